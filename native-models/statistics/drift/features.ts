import { kolmogorovSmirnov } from './kolmogorovSmirnov.ts';

/** Values of each feature, by its name; all parts have all features. */
export type FeatureValues<Name extends string = string> = Readonly<Record<Name, readonly number[]>>;

export interface FeatureDrift<Name extends string = string> {
  readonly feature: Name;
  /** Kolmogorov–Smirnov distance 0..1 and its p, times the number of features (Bonferroni), at most 1. */
  readonly distance: number;
  readonly p: number;
  readonly hasMoved: boolean;
  /** Medians of the reference and of the parts now. */
  readonly from: number;
  readonly to: number;
  /** Difference of the medians in robust standard deviations of the reference (quartiles / 1.349); null where that is 0. */
  readonly shift: number | null;
}

/**
 * Which features moved: Kolmogorov–Smirnov per feature, with Bonferroni over the features so that without drift any of
 * them is named with probability alpha at most (Rabanser et al., Failing Loudly, arXiv 1810.11953).
 * @returns the one that moved most first
 */
export function featureDrift<Name extends string>(
  reference: FeatureValues<Name>,
  now: FeatureValues<Name>,
  alpha: number,
): FeatureDrift<Name>[] {
  const names = Object.keys(reference) as Name[];
  return names
    .map((feature) => {
      const { distance, p: single } = kolmogorovSmirnov(reference[feature], now[feature]);
      const p = Math.min(1, single * names.length);
      return { feature, distance, p, hasMoved: p <= alpha, ...medians(reference[feature], now[feature]) };
    })
    .sort((a, b) => a.p - b.p || b.distance - a.distance);
}

function medians(reference: readonly number[], now: readonly number[]) {
  const before = Float64Array.from(reference).sort();
  const [from, to] = [quantileOf(before, 0.5), quantile(now, 0.5)];
  const spread = (quantileOf(before, 0.75) - quantileOf(before, 0.25)) / quartileRange;
  return { from, to, shift: spread > 0 ? (to - from) / spread : null };
}

/** Between the quartiles of a standard normal distribution. */
export const quartileRange = 1.3489795003921634;

/** Linear between neighbours. @param values at least one */
export function quantile(values: readonly number[], share: number): number {
  return quantileOf(Float64Array.from(values).sort(), share);
}

/** @param sorted ascending, at least one value */
function quantileOf(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)]!;
  return below + (at - Math.floor(at)) * (sorted[Math.ceil(at)]! - below);
}
