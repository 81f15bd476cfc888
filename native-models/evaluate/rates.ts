import { lowerBound, upperBound } from '../statistics/binomial.ts';

/** A share with its confidence interval: `hits` of `of`. */
export interface Rate {
  readonly value: number;
  readonly interval: [number, number];
  readonly hits: number;
  readonly of: number;
}

/**
 * Share with the interval of Wilson (JASA 1927), the usual choice for reporting: it never leaves [0, 1] and
 * its mean coverage is near nominal (Brown, Cai & DasGupta, Statistical Science 2001).
 * @param z two-sided normal quantile; 1.96 is 95 %
 * @returns null when `of` is 0
 */
export function wilsonRate(hits: number, of: number, z = 1.959963984540054): Rate | null {
  if (of === 0) return null;
  const value = hits / of;
  const denominator = 1 + (z * z) / of;
  const centre = value + (z * z) / (2 * of);
  const half = z * Math.sqrt((value * (1 - value)) / of + (z * z) / (4 * of * of));
  const low = hits === 0 ? 0 : (centre - half) / denominator;
  const high = hits === of ? 1 : (centre + half) / denominator;
  return { value, interval: [low, high], hits, of };
}

/**
 * Share with the exact interval of Clopper & Pearson (Biometrika 1934): coverage is never below nominal, for
 * statements that must hold (certificates, gates).
 * @param alpha one minus the confidence, split over both sides
 * @returns null when `of` is 0
 */
export function clopperPearsonRate(hits: number, of: number, alpha = 0.05): Rate | null {
  if (of === 0) return null;
  const interval: [number, number] = [lowerBound(hits, of, alpha / 2), upperBound(hits, of, alpha / 2)];
  return { value: hits / of, interval, hits, of };
}

/**
 * How many equally weighted parts say as much as these (Kish, Survey Sampling, 1965): (Σw)² / Σw². The intervals of
 * rates of such a sample are those of a sample of that size (Dean & Pagano, J. Survey Stat. Methodol. 2015).
 */
export function effectiveSize(weights: readonly number[]): number {
  const [sum, squares] = weights.reduce(([one, two], w) => [one + w, two + w * w], [0, 0]);
  return squares > 0 ? (sum * sum) / squares : 0;
}
