import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../../native-models/random.ts';
import {
  differenceSequence,
  rateSequence,
} from '../../../../../native-models/statistics/sequential/confidenceSequence.ts';

describe('rateSequence', () => {
  it.each([0.5, 0.02])('misses a rate of %d at any of 50 looks in at most alpha of the runs', (p) => {
    const random = seededRandom(7);
    const runs = 400;
    let missed = 0;
    for (let run = 0; run < runs; run++) {
      let hits = 0;
      let isMissed = false;
      for (let of = 20; of <= 1000 && !isMissed; of += 20) {
        for (let i = 0; i < 20; i++) if (random.uniform() < p) hits += 1;
        const [low, high] = rateSequence(hits, of, 0.1);
        isMissed = p < low || p > high;
      }
      if (isMissed) missed += 1;
    }
    expect(missed / runs).toBeLessThan(0.1);
  });

  it('narrows around the rate seen', () => {
    const [low, high] = rateSequence(19, 1000, 0.05);
    expect(low).toBeGreaterThan(0.007);
    expect(high).toBeLessThan(0.04);
    expect(rateSequence(0, 0, 0.05)).toEqual([0, 1]);
    expect(rateSequence(0, 100, 0.05)[0]).toBe(0);
    expect(rateSequence(100, 100, 0.05)[1]).toBe(1);
  });
});

describe('differenceSequence', () => {
  it('lies below zero when a rate fell clearly, and holds zero when it did not', () => {
    const fell = differenceSequence({ hits: 190, of: 10_000 }, { hits: 70, of: 10_000 }, 0.05);
    expect(fell[1]).toBeLessThan(0);
    const same = differenceSequence({ hits: 19, of: 1000 }, { hits: 17, of: 1000 }, 0.05);
    expect(same[0]).toBeLessThan(0);
    expect(same[1]).toBeGreaterThan(0);
  });
});
