import { describe, expect, it } from 'vitest';
import {
  estimateEscapes,
  estimateFalseAlarms,
  type PassedStratum,
} from '../../../../native-models/evaluate/lineRates.ts';
import { clopperPearsonRate, wilsonRate } from '../../../../native-models/evaluate/rates.ts';
import { seededRandom } from '../../../../native-models/random.ts';

const stratum = (passed: number, judged: number, escapes: number, known = escapes): PassedStratum => ({
  ...{ passed, judged, escapes, known },
});

describe('escapes', () => {
  it('of one stratum are those of the sample, with its exact interval', () => {
    const { share, covered } = estimateEscapes([stratum(10_000, 400, 3)]);
    const { value, interval } = clopperPearsonRate(3, 400)!;
    expect(covered).toBe(10_000);
    expect(share!.value).toBeCloseTo(value, 12);
    expect(share!.interval[0]).toBeCloseTo(interval[0], 10);
    expect(share!.interval[1]).toBeCloseTo(interval[1], 10);
  });

  it('weigh each stratum by its parts, however many of them were judged', () => {
    const { share } = estimateEscapes([stratum(9000, 90, 0), stratum(1000, 500, 50)]);
    expect(share!.value).toBeCloseTo((1000 * 0.1) / 10_000, 12);
  });

  it('are never fewer than anybody has found, and say nothing of strata without a judged part', () => {
    const floor = estimateEscapes([stratum(1000, 100, 0, 20)]);
    expect(floor.share).toMatchObject({ value: 0.02 });
    expect(floor.share!.interval[0]).toBe(0.02);
    const partly = estimateEscapes([stratum(1000, 100, 1), stratum(500, 0, 0, 4)]);
    expect(partly).toMatchObject({ covered: 1000, passed: 1500, known: 5 });
    expect(partly.share!.value).toBeCloseTo(0.01, 12);
    expect(estimateEscapes([stratum(500, 0, 0, 4)]).share).toBeNull();
    expect(estimateEscapes([]).share).toBeNull();
  });

  it('lie in their interval in at least 95 of 100 samples, with shares and rates that differ', () => {
    const random = seededRandom(7);
    const kinds = [
      { passed: 20_000, share: 0.01, rate: 0.004 },
      { passed: 4000, share: 0.1, rate: 0.02 },
    ];
    const truth = (20_000 * 0.004 + 4000 * 0.02) / 24_000;
    const hits = (of: number, rate: number) => {
      let count = 0;
      for (let i = 0; i < of; i++) if (random.uniform() < rate) count++;
      return count;
    };
    const runs = 1000;
    let held = 0;
    for (let i = 0; i < runs; i++) {
      const { share } = estimateEscapes(
        kinds.map(({ passed, share, rate }) => {
          const judged = Math.max(1, hits(passed, share));
          const escapes = hits(judged, rate);
          return stratum(passed, judged, escapes);
        }),
      );
      if (share!.interval[0] <= truth && truth <= share!.interval[1]) held++;
    }
    expect(held / runs).toBeGreaterThanOrEqual(0.95);
  });
});

describe('false alarms', () => {
  const rejects = { parts: 10_000, falseAlarms: 20, confirmed: 60, unconfirmed: 0 };

  it('are final once every reject is judged', () => {
    expect(estimateFalseAlarms(rejects)).toEqual({
      share: { value: 0.002, interval: wilsonRate(20, 10_000)!.interval },
      isProvisional: false,
      unconfirmed: 0,
    });
  });

  it('are provisional before, between none and all of the others', () => {
    const { share, isProvisional } = estimateFalseAlarms({ ...rejects, unconfirmed: 40 });
    expect(isProvisional).toBe(true);
    expect(share!.value).toBeCloseTo((120 * 0.25) / 10_000, 12);
    expect(share!.interval).toEqual([
      wilsonRate(20, 10_000)!.interval[0],
      wilsonRate(60, 10_000)!.interval[1],
    ]);
  });

  it('are unknown without parts, and while no reject is judged', () => {
    const none = { parts: 100, falseAlarms: 0, confirmed: 0, unconfirmed: 3 };
    expect(estimateFalseAlarms(none)).toMatchObject({ share: null, isProvisional: true });
    expect(estimateFalseAlarms({ ...none, parts: 0, unconfirmed: 0 }).share).toBeNull();
    expect(estimateFalseAlarms({ ...none, unconfirmed: 0 }).share!.value).toBe(0);
  });
});
