import type { Thresholds } from '../detectors/card.ts';
import { bootstrapIntervals, type Resampling } from './bootstrap.ts';
import { scoredParts, type Condition, type Scored } from './conditions.ts';
import type { CostModel } from './costs.ts';
import { costOfShares, type VerdictShares } from './expectedCost.ts';

/** Expected cost per 1,000 parts with one of the two thresholds at this place. */
export interface CostPoint {
  readonly threshold: number;
  readonly value: number;
  /** 95 %, of this point by itself. */
  readonly interval: readonly [number, number];
}

export interface CostCurves {
  readonly review: readonly CostPoint[];
  readonly ng: readonly CostPoint[];
}

/**
 * `expectedCost` as one threshold moves and the other stays; where it would pass the other, it takes that with it.
 * All places share their draws, and each draw is one pass over the parts.
 * @param places thresholds, in any order
 * @throws RangeError as `scoredParts`
 */
export function costCurves(
  conditions: readonly Condition[],
  { review, ng }: Thresholds,
  costs: CostModel,
  places: readonly number[],
  resampling: Resampling,
): CostCurves {
  const scored = scoredParts(conditions, costs);
  const pairs = [
    ...places.map((place) => ({ review: place, ng: Math.max(ng, place) })),
    ...places.map((place) => ({ review: Math.min(review, place), ng: place })),
  ];
  const bill = billing(scored, pairs, costs);
  const values = bill(new Float64Array(scored.parts).fill(1));
  const intervals = bootstrapIntervals(scored.strata, scored.parts, bill, resampling);
  const points = (from: number) =>
    places.map((threshold, i) => ({
      threshold,
      value: values[from + i]!,
      interval: intervals[from + i]!,
    }));
  return { review: points(0), ng: points(places.length) };
}

/** What each pair costs, as a function of how often each part was drawn. */
function billing(
  { strata, conditions, weights }: Scored,
  pairs: readonly Thresholds[],
  costs: CostModel,
): (drawn: Float64Array) => Float64Array {
  const steps = Float64Array.from(new Set(pairs.flatMap(({ review, ng }) => [review, ng]))).sort();
  const stepOf = new Map([...steps].map((step, at) => [step, at]));
  const places = pairs.map(({ review, ng }) => [stepOf.get(review)!, stepOf.get(ng)!] as const);
  const cells = conditions.map(({ scores }) => Int32Array.from(scores, (score) => stepsUpTo(steps, score)));
  const members = strata.map(({ units }) => units.flat());

  const below = (cell: Int32Array, parts: readonly number[], drawn: Float64Array) => {
    const mass = new Float64Array(steps.length + 1);
    let unjudged = 0;
    for (const part of parts) {
      const weight = drawn[part]! * weights[part]!;
      if (cell[part]! < 0) unjudged += weight;
      else mass[cell[part]!]! += weight;
    }
    let sum = 0;
    const sums = mass.map((each) => (sum += each));
    return { sums, judged: sum, all: sum + unjudged };
  };
  return (drawn) => {
    const total = new Float64Array(pairs.length);
    conditions.forEach(({ weight }, c) => {
      const kinds = members.map((parts) => below(cells[c]!, parts, drawn));
      places.forEach(([review, ng], p) => {
        const shares = kinds.map(({ sums, judged, all }): VerdictShares => {
          const [ok, rejected] = [sums[review]! / all, (judged - sums[ng]!) / all];
          return [ok, rejected, 1 - ok - rejected];
        });
        total[p]! += weight * costOfShares(strata, shares, costs).value;
      });
    });
    return total;
  };
}

/** How many of the ascending steps a score has reached; −1 where it is no number. */
function stepsUpTo(steps: Float64Array, score: number): number {
  if (Number.isNaN(score)) return -1;
  let [low, high] = [0, steps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle]! <= score) low = middle + 1;
    else high = middle;
  }
  return low;
}
