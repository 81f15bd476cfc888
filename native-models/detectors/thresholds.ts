import { betaQuantile } from '../statistics/beta.ts';
import type { Thresholds } from './card.ts';

/** Share of good parts that should stay below the threshold. */
export const goodShare = 0.99;
/** One-sided error of each end of the interval: together a 95 % interval. */
const tailError = 0.025;

export interface ScoreQuantile {
  /** The score that `goodShare` of good parts stay below. */
  readonly value: number;
  /** 95 % confidence interval of it. */
  readonly interval: readonly [number, number];
}

/**
 * The upper quantile of good parts' scores from parts the memory has not seen. The ends of the interval are
 * order statistics, which holds for any continuous distribution (Wilks 1941; David & Nagaraja, Order
 * Statistics, section 7.1). Where there are too few parts for such an end (fewer than about 370 for 99 %), the
 * tail above the highest few scores is taken for exponential (peaks over threshold) and the quantile and its
 * end are extrapolated.
 * @param scores finite, at least 2
 */
export function upperQuantile(scores: readonly number[], share = goodShare): ScoreQuantile {
  const sorted = Float64Array.from(scores).sort();
  const n = sorted.length;
  const tail = exponentialTail(sorted, share);
  const rank = Math.ceil(share * n);
  const value = n * (1 - share) >= 5 ? sorted[rank - 1]! : tail.value;
  const lowRank = lowestRank(n, share);
  const highRank = highestRank(n, share);
  const low = lowRank >= 1 ? sorted[lowRank - 1]! : sorted[0]!;
  const high = highRank <= n ? sorted[highRank - 1]! : tail.high;
  return { value, interval: [Math.min(low, value), Math.max(high, value)] };
}

/**
 * Exponential tail above the (k+1)-th highest score: the excesses' mean β gives the quantile u + β·ln(k/(n(1−q)));
 * 2kβ̂/β is χ² with 2k degrees of freedom, which bounds β from above.
 */
function exponentialTail(sorted: Float64Array, share: number): { value: number; high: number } {
  const n = sorted.length;
  const k = Math.max(1, Math.min(n - 1, Math.max(4, Math.round(n / 5))));
  const start = sorted[n - 1 - k]!;
  let excess = 0;
  for (let i = n - k; i < n; i++) excess += sorted[i]! - start;
  const scale = excess / k;
  const reach = Math.max(0, Math.log(k / (n * (1 - share))));
  const factor = (2 * k) / chiSquareLow(2 * k);
  return { value: start + scale * reach, high: Math.max(start + scale * factor * reach, sorted[n - 1]!) };
}

/** The `tailError` quantile of χ² by Wilson & Hilferty (1931), good to about a per cent here. */
function chiSquareLow(freedom: number): number {
  const z = -1.959963984540054;
  const part = 2 / (9 * freedom);
  return freedom * Math.max(0.05, 1 - part + z * Math.sqrt(part)) ** 3;
}

/** The largest rank whose score lies below the quantile with confidence 1 − tailError; 0 = none. */
function lowestRank(n: number, share: number): number {
  let rank = Math.floor(share * n);
  // P(X₍r₎ ≤ quantile) = P(Beta(r, n − r + 1) ≤ share).
  while (rank >= 1 && betaQuantile(1 - tailError, rank, n - rank + 1) > share) rank--;
  return rank;
}

/** The smallest rank whose score lies above the quantile with that confidence; n + 1 = none. */
function highestRank(n: number, share: number): number {
  let rank = Math.max(1, Math.ceil(share * n));
  while (rank <= n && betaQuantile(tailError, rank, n - rank + 1) < share) rank++;
  return rank;
}

/**
 * Without labelled defects: review from the score that 99 % of good parts stay below, NG from the upper end of
 * that score's confidence interval. Between them lies exactly what the number of good parts leaves open.
 */
export function thresholdsFromGood(quantile: ScoreQuantile): Thresholds {
  return { review: quantile.value, ng: quantile.interval[1] };
}

/**
 * With labelled defects: the score that separates best (largest share of defects found minus share of good
 * parts rejected, Youden 1950; the middle of the widest gap among equals) and the score that 99 % of good
 * parts stay below are the two thresholds, the lower one for review and the higher one for NG.
 */
export function thresholdsFromBoth(
  good: readonly number[],
  defective: readonly number[],
  quantile: ScoreQuantile,
): Thresholds {
  const separating = bestSeparation(good, defective);
  return { review: Math.min(separating, quantile.value), ng: Math.max(separating, quantile.value) };
}

function bestSeparation(good: readonly number[], defective: readonly number[]): number {
  const scores = [
    ...good.map((score) => ({ score, step: 1 / good.length })),
    ...defective.map((score) => ({ score, step: -1 / defective.length })),
  ].sort((a, b) => a.score - b.score);
  let gain = 0;
  let best = { gain: -Infinity, gap: 0, score: scores[0]!.score };
  for (let i = 0; i + 1 < scores.length; i++) {
    gain += scores[i]!.step;
    const gap = scores[i + 1]!.score - scores[i]!.score;
    if (gap > 0 && (gain > best.gain + 1e-12 || (gain > best.gain - 1e-12 && gap > best.gap))) {
      best = { gain, gap, score: scores[i]!.score + gap / 2 };
    }
  }
  return best.score;
}
