import { emptyPoint, type Chart, type Subgroup } from './subgroups.ts';

/** What a CUSUM is to find, and how seldom it may call without need. */
export interface CusumGoal {
  /** Rate in control, in (0, 1). */
  readonly inControl: number;
  /** The raised rate to be found, above it. */
  readonly outOfControl: number;
  /** Parts between two calls in control, at least. */
  readonly runLength: number;
}

export interface CusumDesign {
  /** One over the parts whose count in control is expected to be less than one hit: taken off per part. */
  readonly reference: number;
  /** The sum at which the chart calls. */
  readonly limit: number;
  /** Mean number of parts to a call, in control and at the raised rate. */
  readonly runLengths: { readonly inControl: number; readonly outOfControl: number };
}

/**
 * CUSUM of Bernoulli trials (Reynolds & Stoumbos, J. Quality Technology 1999): S ← max(0, S + hit − k) with the reference
 * of the sequential likelihood ratio, k = ln((1 − p0)/(1 − p1)) / ln(p1(1 − p0)/(p0(1 − p1))), rounded to one over a whole
 * number so that the sum lives on a lattice and both run lengths are exact.
 * @throws RangeError unless 0 < inControl < outOfControl < 1 and runLength > 1 / inControl
 */
export function designCusum({ inControl, outOfControl, runLength }: CusumGoal): CusumDesign {
  if (!(inControl > 0 && inControl < outOfControl && outOfControl < 1)) {
    throw new RangeError(`rates ${inControl} and ${outOfControl} must rise within 0 and 1`);
  }
  if (!(runLength > 1 / inControl)) {
    throw new RangeError(`a run length of ${runLength} is no longer than that of calling every hit`);
  }
  const reference =
    Math.log((1 - inControl) / (1 - outOfControl)) /
    Math.log((outOfControl * (1 - inControl)) / (inControl * (1 - outOfControl)));
  const perHit = Math.max(2, Math.round(1 / reference));
  const steps = shortestLimit(perHit, inControl, runLength);
  return {
    reference: 1 / perHit,
    limit: steps / perHit,
    runLengths: {
      inControl: runLengthOf(perHit, steps, inControl),
      outOfControl: runLengthOf(perHit, steps, outOfControl),
    },
  };
}

/** The lowest limit, in steps of the lattice, whose run length in control is `runLength` or more. */
function shortestLimit(perHit: number, rate: number, runLength: number): number {
  let high = perHit;
  while (runLengthOf(perHit, high, rate) < runLength) high *= 2;
  let low = 0;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (runLengthOf(perHit, middle, rate) < runLength) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * Mean number of parts until the sum, from 0, reaches `limit`: a good part takes one step down (not below 0), a hit
 * takes `perHit` − 1 up. The mean from step i is a_i + b_i times that from step i − 1, since the way down goes by every
 * step; solved from the limit downwards (Brook & Evans, Biometrika 1972, for this chain).
 * @param perHit steps of the lattice that one hit is worth, 2 or more @param limit in steps, 1 or more
 */
export function runLengthOf(perHit: number, limit: number, rate: number): number {
  const constants = new Float64Array(limit);
  const slopes = new Float64Array(limit);
  for (let i = limit - 1; i >= 0; i--) {
    // The mean from the step a hit leads to, in terms of that from this one.
    let constant = 0;
    let slope = 0;
    const top = i + perHit - 1;
    if (top < limit) {
      slope = 1;
      for (let j = top; j > i; j--) {
        constant += slope * constants[j]!;
        slope *= slopes[j]!;
      }
    }
    const stay = 1 - rate * slope - (i === 0 ? 1 - rate : 0);
    constants[i] = (1 + rate * constant) / stay;
    slopes[i] = i === 0 ? 0 : (1 - rate) / stay;
  }
  return constants[0]!;
}

/**
 * The chart of a design over subgroups: S ← max(0, S + count − k · of). Looking at the end of a subgroup only, it calls
 * no sooner than part by part, so that the run length in control is the design's at least. After a call it begins anew.
 * @returns `value` the sum, `upper` the limit, rule 1 where it is reached; `centre` 0
 */
export function cusumChart(subgroups: readonly Subgroup[], { reference, limit }: CusumDesign): Chart {
  let sum = 0;
  const points = subgroups.map(({ count, of }) => {
    if (of === 0) return emptyPoint;
    sum = Math.max(0, sum + count - reference * of);
    const value = sum;
    const isOut = value >= limit;
    if (isOut) sum = 0;
    return { value, lower: null, upper: limit, rules: isOut ? [1 as const] : [] };
  });
  return { centre: 0, points };
}
