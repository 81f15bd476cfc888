import type { Condition } from '../../../../native-models/evaluate/conditions.ts';
import type { CostModel } from '../../../../native-models/evaluate/costs.ts';

export function costModel(stated: Partial<CostModel> = {}): CostModel {
  return {
    currency: 'JPY',
    falseAlarm: 100,
    escape: 10_000,
    escapeByType: {},
    review: 30,
    lineStop: null,
    defectRate: 0.02,
    defectRateByType: null,
    ceilings: { falseAlarmRate: null, recall: null, criticalTypes: [], latencyP99Ms: null },
    attackWeight: 0,
    ...stated,
  };
}

/** A condition from scores by label. */
export function condition(
  name: string,
  weight: number,
  scores: Readonly<Record<string, readonly (number | null)[]>>,
): Condition {
  const parts = Object.entries(scores).flatMap(([label, own]) => own.map((score) => ({ label, score })));
  return { name, weight, scores: parts };
}
