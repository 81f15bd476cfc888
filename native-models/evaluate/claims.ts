import type { Limits } from '../detectors/verdict.ts';
import { isCritical } from './ceilings.ts';
import type { Scored } from './conditions.ts';
import type { CostModel } from './costs.ts';
import { errorRates, type ErrorRate } from './errorRates.ts';
import { goodLabel } from './evaluateDetector.ts';

/** Fewer of a kind than this say little about it. */
export const enoughParts = 30;

/**
 * What the parts at hand can show and what they cannot, to be put into words beside every figure.
 * - `bound`: can be claimed, with 95 % confidence each.
 * - `noDefects`: nothing is known of escapes; `noGoodParts`: nothing of false alarms. Their cost counts as 0.
 * - `fewParts`: fewer than 30 of a kind.
 * - `ceilingUnproven`: the parts are too few, or the rate too near the limit, to say that the line will keep it;
 *   `needed` parts without a single error would say so.
 * - `attacksUntested`: the costs count attacks, and none was tried; they count for nothing.
 * - `typeUntested`: a type of defect the costs name and no part has.
 * - `typeUnstated`: a type of defect that has parts and no rate where rates are stated by type; it counts for nothing.
 */
export type Claim =
  | ({ readonly kind: 'bound' } & ErrorRate)
  | { readonly kind: 'noDefects' | 'noGoodParts' | 'attacksUntested' }
  | { readonly kind: 'fewParts'; readonly label: string; readonly parts: number; readonly enough: number }
  | {
      readonly kind: 'ceilingUnproven';
      readonly ceiling: 'falseAlarmRate' | 'recall';
      readonly label: string;
      readonly limit: number;
      /** The worst that the parts do not rule out, in the unit of the limit. */
      readonly worst: number;
      readonly needed: number;
    }
  | { readonly kind: 'typeUntested' | 'typeUnstated'; readonly type: string };

/** The claims at given thresholds under the site's mix. */
export function claimsOf(scored: Scored, thresholds: Limits, costs: CostModel): Claim[] {
  const rates = errorRates(scored, thresholds);
  const claims: Claim[] = rates.map((rate) => ({ kind: 'bound', ...rate }));
  const labels = rates.map(({ label }) => label);
  if (!labels.includes(goodLabel)) claims.push({ kind: 'noGoodParts' });
  if (labels.every((label) => label === goodLabel)) claims.push({ kind: 'noDefects' });
  for (const { label, parts } of rates) {
    if (parts < enoughParts) claims.push({ kind: 'fewParts', label, parts, enough: enoughParts });
  }
  claims.push(...rates.flatMap((rate) => unproven(rate, costs)));
  const { escapeByType, defectRateByType, ceilings } = costs;
  const named = [...ceilings.criticalTypes, ...Object.keys({ ...escapeByType, ...defectRateByType })];
  for (const type of new Set(named)) {
    if (!labels.includes(type)) claims.push({ kind: 'typeUntested', type });
  }
  for (const type of defectRateByType ? labels : []) {
    if (type !== goodLabel && !(type in defectRateByType!)) claims.push({ kind: 'typeUnstated', type });
  }
  return claims;
}

function unproven({ label, atMost }: ErrorRate, { ceilings }: CostModel): Claim[] {
  const isGood = label === goodLabel;
  const limit = isGood ? ceilings.falseAlarmRate : isCritical(label, ceilings) ? ceilings.recall : null;
  const most = isGood || limit === null ? limit : 1 - limit;
  if (limit === null || most === null || atMost <= most) return [];
  const ceiling = isGood ? 'falseAlarmRate' : 'recall';
  const worst = isGood ? atMost : 1 - atMost;
  return [{ kind: 'ceilingUnproven', ceiling, label, limit, worst, needed: partsFor(most) }];
}

/** Parts without a single error that show, with 95 % confidence, that at most such a share errs. @param most above 0 to 1 */
export function partsFor(most: number): number {
  return most >= 1 ? 1 : Math.ceil(Math.log(0.05) / Math.log1p(-most));
}
