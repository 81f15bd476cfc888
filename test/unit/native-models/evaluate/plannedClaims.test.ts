import { describe, expect, it } from 'vitest';
import { plannedClaims } from '../../../../native-models/evaluate/plannedClaims.ts';
import { costModel } from './costModels.ts';

const kind = (label: string, all: number, calibration: number) => ({ label, all, calibration });
const ceilings = { falseAlarmRate: null, recall: null, criticalTypes: [], latencyP99Ms: null };
const plain = costModel({ ceilings });

describe('what thresholds will be able to show', () => {
  it('is the rate that parts without an error do not rule out: 3 of 20 parts at 95 %', () => {
    const { bounds } = plannedClaims(
      [kind('ok', 140, 20), kind('crack', 10, 1), kind('stain', 10, 1)],
      plain,
    );
    expect(bounds).toEqual([
      { label: 'ok', parts: 20, atMost: expect.closeTo(1 - 0.05 ** (1 / 20), 9) as number },
      { label: 'ng', parts: 2, atMost: expect.closeTo(1 - Math.sqrt(0.05), 9) as number },
    ]);
    const [none] = plannedClaims([kind('crack', 1, 0)], plain).bounds;
    expect(none).toEqual({ label: 'ng', parts: 0, atMost: 1 });
    expect(plannedClaims([kind('ok', 140, 20)], plain).bounds.map(({ label }) => label)).toEqual(['ok']);
  });

  it('asks for 30 of a kind where no ceiling is stated, by the kind that is rarest', () => {
    expect(plannedClaims([kind('ok', 300, 45), kind('crack', 100, 15)], plain)).toMatchObject({
      share: 0.3,
      missing: [],
    });
  });

  it('asks for what shows the ceilings, each critical type by itself', () => {
    const stated = costModel({
      ceilings: { ...ceilings, falseAlarmRate: 0.02, recall: 0.9, criticalTypes: ['crack'] },
    });
    // log .05 / log .98 = 148.3 good parts, log .05 / log .9 = 28.4 cracks.
    const { share } = plannedClaims(
      [kind('ok', 596, 9), kind('crack', 100, 9), kind('stain', 100, 9)],
      stated,
    );
    expect(share).toBeCloseTo(0.29);
    expect(plannedClaims([kind('ok', 298, 9), kind('crack', 100, 9)], stated).share).toBeCloseTo(0.5);
  });

  it('says how many are missing where a sensible share is not enough', () => {
    const { share, missing } = plannedClaims([kind('ok', 300, 45), kind('crack', 12, 2)], plain);
    expect(share).toBe(0.5);
    expect(missing).toEqual([{ label: 'ng', parts: 48 }]);
  });
});
