import { expect, it } from 'vitest';
import { unmetLatency } from '../../../../native-models/evaluate/ceilings.ts';
import { costModel } from './costModels.ts';

it('names a latency above its ceiling, and no other', () => {
  const of = (latencyP99Ms: number | null) =>
    costModel({ ceilings: { falseAlarmRate: null, recall: null, criticalTypes: [], latencyP99Ms } });
  expect(unmetLatency(of(20), 20.5)).toEqual([
    { ceiling: 'latencyP99Ms', type: null, limit: 20, reached: 20.5 },
  ]);
  expect(unmetLatency(of(20), 20)).toEqual([]);
  expect(unmetLatency(of(null), 1e9)).toEqual([]);
});
