import { describe, expect, it } from 'vitest';
import {
  blameFigures,
  blameFrom,
  blameOf,
  type Look,
} from '../../../../../native-models/training/robust/blame.ts';

const looks = (label: string, disturbance: string | null, costs: readonly number[]): Look[] =>
  costs.map((cost) => ({ label, disturbance, cost }));
const many = (count: number, cost: number) => Array.from({ length: count }, () => cost);

describe('blame', () => {
  const blame = blameOf([
    ...looks('ok', null, many(50, 0)),
    ...looks('ok', 'noise/2', many(50, 1)),
    ...looks('ok', 'blur/2', many(50, 0)),
    ...looks('crack', 'blur/2', many(10, 10)),
  ]);

  it('is above 1 for what costs more than the average look, and bounded', () => {
    expect(blame.labels['crack']).toBe(2);
    expect(blame.labels['ok']).toBeLessThan(1);
    expect(blame.disturbances['blur/2']).toBeGreaterThan(blame.disturbances['noise/2']!);
    for (const factor of [...Object.values(blame.labels), ...Object.values(blame.disturbances)]) {
      expect(factor).toBeGreaterThanOrEqual(0.5);
      expect(factor).toBeLessThanOrEqual(2);
    }
  });

  it('says little from few looks, and nothing where nothing goes wrong', () => {
    const few = blameOf([...looks('ok', 'a/1', many(100, 0.1)), ...looks('ok', 'b/1', [0.3])]);
    expect(few.disturbances['b/1']).toBeLessThan(1.3);
    expect(blameOf(looks('ok', 'a/1', many(5, 0))).labels).toEqual({ ok: 1 });
    expect(blameOf([])).toEqual({ disturbances: {}, labels: {} });
  });

  it('is found again among the figures of an epoch', () => {
    expect(blameFrom({ clean: 0.9, ...blameFigures(blame) })).toEqual(blame);
    expect(blameFrom()).toEqual({ disturbances: {}, labels: {} });
  });
});
