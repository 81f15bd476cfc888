import type { Random } from '../../native-models/random.ts';

/** Counts of hits among `of` independent trials. */
export function binomialDraws(random: Random, of: number, p: number): () => number {
  return () => {
    let hits = 0;
    for (let trial = 0; trial < of; trial++) if (random.uniform() < p) hits += 1;
    return hits;
  };
}

/** Most errors that chance leaves among `parts` whose error rate is `rate` (four deviations above the mean). */
export function errorsAllowed(parts: number, rate: number): number {
  return parts * rate + 4 * Math.sqrt(parts * rate * (1 - rate));
}
