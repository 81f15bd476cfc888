import { evenly } from '../../evenly.ts';
import { seededRandom } from '../../random.ts';
import { quantile, quartileRange, type FeatureValues } from './features.ts';
import { mmdTest } from './mmd.ts';

export type DriftRow<Name extends string> = Readonly<Record<Name, number>>;

/** What is known of one part. */
export interface DriftPart<Name extends string> {
  /** Finite numbers, with the same names as those of all other parts. */
  readonly values: DriftRow<Name>;
  /** How the network sees the part, of one length; null where it has not told. */
  readonly embedding: readonly number[] | null;
}

/** What a line does by itself: consecutive parts are alike, so that a window differs from the whole without any drift. */
export interface ReferenceSwings<Name extends string> {
  /** Median, robust standard deviation, and the largest mean of a window away from the median, in such deviations. */
  readonly features: Readonly<
    Record<Name, { readonly centre: number; readonly spread: number; readonly swing: number }>
  >;
  /** Largest mean discrepancy of a window from the rest: of all features together, and of the embeddings. */
  readonly together: number;
  /** null where the reference has too few embeddings. */
  readonly embedding: number | null;
}

export function swingsOf<Name extends string>(
  windowParts: number,
  reference: readonly DriftPart<Name>[],
): ReferenceSwings<Name> {
  const windows: (readonly DriftPart<Name>[])[] = [];
  for (let at = 0; at + windowParts <= reference.length; at += Math.ceil(windowParts / 5)) {
    windows.push(reference.slice(at, at + windowParts));
  }
  const values = columns(reference);
  const features = Object.fromEntries(
    namesOf(values).map((name) => {
      const own = { centre: quantile(values[name], 0.5), spread: spreadOf(values[name]) };
      const means = windows.map((window) => Math.abs(meanDeviation(own, window, name)));
      return [name, { ...own, swing: Math.max(0, ...means) }];
    }),
  ) as ReferenceSwings<Name>['features'];
  const embeddings = embeddingsOf(reference);
  return {
    features,
    together: largestDiscrepancy(vectors(reference), windowParts),
    embedding: embeddings.length < 2 * windowParts ? null : largestDiscrepancy(embeddings, windowParts),
  };
}

/** Of a window of the rows from the rest. */
function largestDiscrepancy(rows: readonly (readonly number[])[], windowParts: number): number {
  // Side by side: neighbouring windows would hardly differ, and each costs some milliseconds.
  const apart: number[] = [];
  for (let at = 0; at + windowParts <= rows.length; at += windowParts) {
    const rest = evenly([...rows.slice(0, at), ...rows.slice(at + windowParts)], 2 * windowParts);
    if (rest.length < 2) continue;
    const window = rows.slice(at, at + windowParts);
    apart.push(mmdTest(rest, window, { random: seededRandom(at), permutations: 0 }).mmd);
  }
  return Math.max(0, ...apart);
}

interface Scale {
  readonly centre: number;
  readonly spread: number;
}

export function deviation({ centre, spread }: Scale, value: number): number {
  return (value - centre) / spread;
}

export function meanDeviation<Name extends string>(
  scale: Scale,
  parts: readonly DriftPart<Name>[],
  name: Name,
): number {
  return parts.reduce((sum, { values }) => sum + deviation(scale, values[name]), 0) / parts.length;
}

/** Robust standard deviation; of values of which half are equal the plain one, and 1 of those that are all equal. */
function spreadOf(values: readonly number[]): number {
  const robust = (quantile(values, 0.75) - quantile(values, 0.25)) / quartileRange;
  if (robust > 0) return robust;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) || 1;
}

export function vectors<Name extends string>(parts: readonly DriftPart<Name>[]): number[][] {
  const names = namesOf(parts[0]!.values);
  return parts.map(({ values }) => names.map((name) => values[name]));
}

export function embeddingsOf<Name extends string>(parts: readonly DriftPart<Name>[]): (readonly number[])[] {
  return parts.flatMap(({ embedding }) => (embedding === null ? [] : [embedding]));
}

export function columns<Name extends string>(parts: readonly DriftPart<Name>[]): FeatureValues<Name> {
  const entries = namesOf(parts[0]!.values).map((name) => [name, parts.map(({ values }) => values[name])]);
  return Object.fromEntries(entries) as FeatureValues<Name>;
}

export function namesOf<Name extends string>(of: Readonly<Record<Name, unknown>>): Name[] {
  return Object.keys(of) as Name[];
}
