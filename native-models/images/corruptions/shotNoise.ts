import type { Corruption } from './corruption.ts';
import { mapFrame } from './frame.ts';
import type { Random } from '../../random.ts';

/** From this mean on the Poisson distribution is taken for a rounded normal one. */
const manyPhotons = 30;

function poisson(random: Random, mean: number): number {
  if (mean > manyPhotons) return Math.max(0, Math.round(mean + Math.sqrt(mean) * random.normal()));
  // Knuth (The Art of Computer Programming, vol. 2, 3.4.1): uniform factors until their product falls below e^−mean.
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random.uniform(); product > limit; product *= random.uniform()) count += 1;
  return count;
}

/** Photon noise: Poisson, growing with the square root of the light. */
export const shotNoise: Corruption = {
  name: 'shot-noise',
  family: 'noise',
  measure: 'photons of a white pixel',
  levels: [600, 250, 100, 50, 25],
  apply: (frame, photons, random) => mapFrame(frame, (value) => poisson(random, value * photons) / photons),
};
