import type { Thresholds } from '../detectors/card.ts';
import type { Scored } from './conditions.ts';
import type { CostModel } from './costs.ts';
import { errorRates } from './errorRates.ts';
import { goodLabel } from './evaluateDetector.ts';

/** A limit of the plant that is not kept. */
export interface UnmetCeiling {
  readonly ceiling: 'falseAlarmRate' | 'recall' | 'latencyP99Ms';
  /** The type of defect a recall is about; else null. */
  readonly type: string | null;
  readonly limit: number;
  readonly reached: number;
}

/** Whether the recall ceiling holds for a type of defect. */
export function isCritical(type: string, { recall, criticalTypes }: CostModel['ceilings']): boolean {
  return (
    recall !== null && type !== goodLabel && (criticalTypes.length === 0 || criticalTypes.includes(type))
  );
}

/**
 * The ceilings that scored parts do not keep under the site's mix, as measured: whether a ceiling that is kept
 * on these parts is kept on the line, `Claim`s say.
 * @param latencyP99Ms where it was measured
 */
export function unmetCeilings(
  scored: Scored,
  thresholds: Thresholds,
  { ceilings }: CostModel,
  latencyP99Ms: number | null = null,
): UnmetCeiling[] {
  const unmet: UnmetCeiling[] = [];
  for (const { label, rate } of errorRates(scored, thresholds)) {
    const { falseAlarmRate, recall } = ceilings;
    if (label === goodLabel && falseAlarmRate !== null && rate > falseAlarmRate + rounding) {
      unmet.push({ ceiling: 'falseAlarmRate', type: null, limit: falseAlarmRate, reached: rate });
    }
    if (recall !== null && isCritical(label, ceilings) && 1 - rate < recall - rounding) {
      unmet.push({ ceiling: 'recall', type: label, limit: recall, reached: 1 - rate });
    }
  }
  const limit = ceilings.latencyP99Ms;
  if (limit !== null && latencyP99Ms !== null && latencyP99Ms > limit) {
    unmet.push({ ceiling: 'latencyP99Ms', type: null, limit, reached: latencyP99Ms });
  }
  return unmet;
}

/** Of sums of weighted rates. */
export const rounding = 1e-9;
