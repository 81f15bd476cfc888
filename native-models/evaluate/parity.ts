import type { Thresholds } from '../detectors/card.ts';
import { verdictOf } from './evaluateDetector.ts';

/**
 * Scores of the same pictures may differ by so much of their size: two orders of summation in float32 over the layers
 * of a network, and the cancellation in |f|² + |m|² − 2f·mᵀ of a detector's distances.
 */
export const scoreTolerance = 2e-3;

/** How two computations of the same scores agree. */
export interface Parity {
  /** All scores within the tolerance and no verdict flipped beyond it. */
  readonly agrees: boolean;
  readonly pictures: number;
  /** Largest difference of two scores, as a share of the larger of score and threshold. */
  readonly worst: number;
  /** Verdicts that differ though the score lies further from every threshold than the tolerance. */
  readonly flips: number;
  /** Verdicts that differ for scores that lie on a threshold, as far as float32 can say. */
  readonly closeFlips: number;
}

/**
 * Compares scores of the same pictures computed in two places.
 * @param reference and @param live in the same order; a score that is no number agrees with none
 */
export function compareScores(
  reference: readonly number[],
  live: readonly number[],
  thresholds: Thresholds,
  tolerance = scoreTolerance,
): Parity {
  let worst = 0;
  let flips = 0;
  let closeFlips = 0;
  reference.forEach((expected, at) => {
    const got = live[at] ?? NaN;
    const size = Math.max(Math.abs(expected), Math.abs(thresholds.ng), Number.MIN_VALUE);
    const difference = Math.abs(got - expected) / size;
    // Math.max would pass a NaN on as well, but a comparison with it is false and would let it through.
    worst = Number.isNaN(difference) ? Infinity : Math.max(worst, difference);
    if (verdictOf(expected, thresholds) === verdictOf(got, thresholds)) return;
    const reach = tolerance * size;
    const isClose = [thresholds.review, thresholds.ng].some((edge) => Math.abs(expected - edge) <= reach);
    if (isClose) closeFlips += 1;
    else flips += 1;
  });
  return { agrees: worst <= tolerance && flips === 0, pictures: reference.length, worst, flips, closeFlips };
}
