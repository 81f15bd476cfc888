import { describe, expect, it } from 'vitest';
import {
  thresholdsFromBoth,
  thresholdsFromGood,
  upperQuantile,
} from '../../../../native-models/detectors/thresholds.ts';
import { seededRandom } from '../../../../native-models/random.ts';

const exponential = (random: ReturnType<typeof seededRandom>) => -Math.log(1 - random.uniform());

describe('upperQuantile', () => {
  it.each([
    { parts: 20, least: 0.85 },
    { parts: 100, least: 0.9 },
    { parts: 600, least: 0.93 },
  ])('has an interval that covers the true quantile with $parts parts', ({ parts, least }) => {
    const random = seededRandom(parts);
    const truth = Math.log(100);
    const repeats = 300;
    let covered = 0;
    for (let i = 0; i < repeats; i++) {
      const { interval } = upperQuantile(Array.from({ length: parts }, () => exponential(random)));
      if (interval[0] <= truth && truth <= interval[1]) covered++;
    }
    expect(covered / repeats).toBeGreaterThan(least);
  });

  it('takes order statistics where there are enough parts', () => {
    const scores = Array.from({ length: 1000 }, (_, i) => i + 1);
    const { value, interval } = upperQuantile(scores);
    expect(value).toBe(990);
    expect(scores).toContain(interval[0]);
    expect(scores).toContain(interval[1]);
    expect(interval[0]).toBeLessThan(990);
    expect(interval[1]).toBeGreaterThan(990);
  });

  it('never lies below the largest good score when parts are few', () => {
    const { value, interval } = upperQuantile([1, 1.1, 1.2, 1.3, 1.5]);
    expect(interval[1]).toBeGreaterThanOrEqual(1.5);
    expect(value).toBeLessThanOrEqual(interval[1]);
  });
});

describe('thresholds', () => {
  const good = Array.from({ length: 500 }, (_, i) => i / 500);
  const quantile = upperQuantile(good);

  it('leave open exactly what the interval leaves open', () => {
    expect(thresholdsFromGood(quantile)).toEqual({ review: quantile.value, ng: quantile.interval[1] });
  });

  it('lie in the gap when defects are separate', () => {
    const thresholds = thresholdsFromBoth(good, [3, 4, 5], quantile);
    expect(thresholds.review).toBeCloseTo(0.99, 2);
    expect(thresholds.ng).toBeCloseTo((good.at(-1)! + 3) / 2, 6);
  });

  it('send the overlap to review when they are not', () => {
    const thresholds = thresholdsFromBoth(good, [0.9, 0.93, 0.96], quantile);
    expect(thresholds.review).toBeLessThan(0.9);
    expect(thresholds.review).toBeGreaterThan(0.89);
    expect(thresholds.ng).toBe(quantile.value);
  });
});
