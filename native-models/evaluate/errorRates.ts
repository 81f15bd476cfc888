import { verdictOf, type Limits } from '../detectors/verdict.ts';
import type { Scored } from './conditions.ts';
import { goodLabel } from './evaluateDetector.ts';
import { clopperPearsonRate, effectiveSize } from './rates.ts';

/** How often a detector errs on one kind of part under the site's mix. */
export interface ErrorRate {
  /** `ok`: good parts called NG. A type of defect: parts called OK. */
  readonly label: string;
  /** 0..1 */
  readonly rate: number;
  readonly parts: number;
  /** One-sided 95 % upper confidence limit of `rate`. */
  readonly atMost: number;
}

/** One entry for each kind of part there is, good parts first. */
export function errorRates({ strata, conditions, weights }: Scored, limits: Limits): ErrorRate[] {
  return strata.map(({ label, units }) => {
    const error = label === goodLabel ? 'NG' : 'OK';
    const indices = units.flat();
    const weigh = (some: readonly number[]) => some.reduce((sum, part) => sum + weights[part]!, 0);
    const all = weigh(indices);
    const rate = conditions.reduce((sum, { weight, scores, types }) => {
      const wrong = indices.filter((part) => verdictOf(scores[part]!, limits, types[part]) === error);
      return sum + (weight * weigh(wrong)) / all;
    }, 0);
    const independent = effectiveSize(units.map((unit) => weigh(unit) / unit.length));
    return { label, rate, parts: indices.length, atMost: upperLimit(rate, independent) };
  });
}

/**
 * The limit of Clopper & Pearson (Biometrika 1934) for `rate` of so many independent parts: of 20 without an
 * error at most 13.9 % would err. A part that errs under some conditions only counts as a fraction of an error,
 * which the beta distribution carries over to; a mean of fractions varies less than one of whole errors.
 * @param independent parts, or groups of parts that belong together
 */
export function upperLimit(rate: number, independent: number): number {
  return clopperPearsonRate(rate * independent, independent, 0.1)!.interval[1];
}
