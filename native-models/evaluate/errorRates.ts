import type { Thresholds } from '../detectors/card.ts';
import type { Scored } from './conditions.ts';
import { goodLabel } from './evaluateDetector.ts';
import { clopperPearsonRate } from './rates.ts';

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
export function errorRates({ strata, conditions }: Scored, { ng, review }: Thresholds): ErrorRate[] {
  return strata.map(({ label, units }) => {
    const isError =
      label === goodLabel ? (score: number) => score >= ng : (score: number) => score < ng && score < review;
    const indices = units.flat();
    const rate = conditions.reduce((sum, { weight, scores }) => {
      const errors = indices.filter((part) => isError(scores[part]!)).length;
      return sum + (weight * errors) / indices.length;
    }, 0);
    return { label, rate, parts: indices.length, atMost: upperLimit(rate, units.length) };
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
