import type { Limits } from '../detectors/verdict.ts';
import type { Scored } from './conditions.ts';
import type { CostModel } from './costs.ts';
import { errorRates } from './errorRates.ts';
import { escapeRates, type EscapeRates } from './escapeRates.ts';
import { goodLabel } from './evaluateDetector.ts';

/** A limit that is not kept: one the plant states, or what the model in use lets pass (`escapeRate`). */
export interface UnmetCeiling {
  readonly ceiling: 'falseAlarmRate' | 'recall' | 'escapeRate' | 'latencyP99Ms';
  /** The type of defect that a recall or a rate of escapes is about; null = all of them, or no matter of types. */
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

/** Limits that are no matter of the plant's statement alone. */
export interface FurtherLimits {
  /** Of the model in use on the same parts: no more may pass, neither in all nor of a critical type. */
  readonly escapes?: EscapeRates | null;
}

/**
 * The ceilings that scored parts do not keep under the site's mix, as measured: whether a ceiling that is kept
 * on these parts is kept on the line, `Claim`s say.
 */
export function unmetCeilings(
  scored: Scored,
  thresholds: Limits,
  { ceilings }: CostModel,
  { escapes = null }: FurtherLimits = {},
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
  return escapes ? [...unmet, ...moreEscapes(escapes, escapeRates(scored, thresholds), ceilings)] : unmet;
}

/** By how much ceilings are broken, in the sum of rates. */
export function excessOf(unmet: readonly UnmetCeiling[]): number {
  return unmet.reduce((sum, { limit, reached }) => sum + Math.abs(reached - limit), 0);
}

function moreEscapes(most: EscapeRates, now: EscapeRates, ceilings: CostModel['ceilings']): UnmetCeiling[] {
  const types = Object.keys(now.byType).filter((type) => isCritical(type, ceilings));
  const compared = [
    { type: null, limit: most.all, reached: now.all },
    ...types.map((type) => ({ type, limit: most.byType[type], reached: now.byType[type]! })),
  ];
  return compared.flatMap(({ type, limit = null, reached }) =>
    limit !== null && reached !== null && reached > limit + rounding
      ? [{ ceiling: 'escapeRate' as const, type, limit, reached }]
      : [],
  );
}

/** The ceiling of latency where a measured time is above it. @param p99Ms 99th percentile of judging one picture */
export function unmetLatency({ ceilings }: Pick<CostModel, 'ceilings'>, p99Ms: number): UnmetCeiling[] {
  const { latencyP99Ms: limit } = ceilings;
  return limit !== null && p99Ms > limit
    ? [{ ceiling: 'latencyP99Ms', type: null, limit, reached: p99Ms }]
    : [];
}

/** Of sums of weighted rates. */
export const rounding = 1e-9;
