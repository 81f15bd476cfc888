import type { Limits } from '../detectors/verdict.ts';
import type { Scored } from './conditions.ts';
import { errorRates } from './errorRates.ts';
import { goodLabel } from './evaluateDetector.ts';

/** How often defective parts pass as OK under the site's mix: what a model that takes over must not exceed. */
export interface EscapeRates {
  /** In the line's mix of types, 0..1; null without defective parts. */
  readonly all: number | null;
  /** By type of defect, 0..1. */
  readonly byType: Readonly<Record<string, number>>;
}

export function escapeRates(scored: Scored, thresholds: Limits): EscapeRates {
  const rates = errorRates(scored, thresholds).filter(({ label }) => label !== goodLabel);
  return {
    all: meanOfTypes(
      scored,
      rates.map(({ rate }) => rate),
    ),
    byType: Object.fromEntries(rates.map(({ label, rate }) => [label, rate])),
  };
}

/**
 * Mean over the types of defect, each by its share of the line; null where none comes.
 * @param rates one for each defective stratum, in their order
 */
export function meanOfTypes({ strata }: Pick<Scored, 'strata'>, rates: readonly number[]): number | null {
  const types = strata.filter(({ label }) => label !== goodLabel);
  const share = types.reduce((sum, type) => sum + type.share, 0);
  return share > 0 ? types.reduce((sum, type, at) => sum + type.share * rates[at]!, 0) / share : null;
}
