import type { Thresholds } from '../detectors/card.ts';
import { verdictOf } from '../detectors/verdict.ts';

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

/** One picture's score computed in two places. */
export interface ScorePair {
  readonly expected: number;
  /** A score that is no number agrees with none. */
  readonly got: number;
  readonly thresholds: Thresholds;
}

/**
 * Compares scores of the same pictures computed in two places.
 * @param reference and @param live in the same order; a score that is missing agrees with none
 */
export function compareScores(
  reference: readonly number[],
  live: readonly number[],
  thresholds: Thresholds,
  tolerance = scoreTolerance,
): Parity {
  const pairs = reference.map((expected, at) => ({ expected, got: live[at] ?? NaN, thresholds }));
  return comparePairs(pairs, tolerance);
}

/** As `compareScores`, where pictures have thresholds of their own. */
export function comparePairs(pairs: readonly ScorePair[], tolerance = scoreTolerance): Parity {
  const kinds = pairs.map((pair) => flipOf(pair, tolerance));
  const count = (kind: 'flip' | 'close') => kinds.filter((each) => each === kind).length;
  const worst = Math.max(0, ...pairs.map(differenceOf));
  const flips = count('flip');
  return {
    agrees: worst <= tolerance && flips === 0,
    pictures: pairs.length,
    ...{ worst, flips, closeFlips: count('close') },
  };
}

/** Of two scores, as a share of the larger of score and threshold; infinite where one is no number. */
export function differenceOf(pair: ScorePair): number {
  const difference = Math.abs(pair.got - pair.expected) / sizeOf(pair);
  return Number.isNaN(difference) ? Infinity : difference;
}

function flipOf(pair: ScorePair, tolerance: number): 'none' | 'close' | 'flip' {
  const { expected, got, thresholds } = pair;
  if (verdictOf(expected, thresholds) === verdictOf(got, thresholds)) return 'none';
  const reach = tolerance * sizeOf(pair);
  const edges = [thresholds.review, thresholds.ng];
  return edges.some((edge) => Math.abs(expected - edge) <= reach) ? 'close' : 'flip';
}

function sizeOf({ expected, thresholds }: ScorePair): number {
  return Math.max(Math.abs(expected), Math.abs(thresholds.ng), Number.MIN_VALUE);
}
