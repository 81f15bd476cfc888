import { describe, expect, it } from 'vitest';
import { comparePairs, compareScores, differenceOf } from '../../../../native-models/evaluate/parity.ts';

const thresholds = { review: 1, ng: 2 };

describe('compareScores', () => {
  it('takes rounding for agreement', () => {
    expect(compareScores([0.5, 1.5, 3], [0.5004, 1.5, 2.999], thresholds, 1e-3)).toEqual({
      ...{ agrees: true, pictures: 3, flips: 0, closeFlips: 0 },
      // 0.001 of 3; the small score is measured by the threshold it is compared with.
      worst: expect.closeTo(0.001 / 3, 6) as number,
    });
  });

  it('counts a verdict that flips beyond the tolerance, and does not agree', () => {
    const parity = compareScores([0.5], [1.2], thresholds, 1e-3);
    expect(parity).toMatchObject({ agrees: false, flips: 1, closeFlips: 0 });
  });

  it('forgives a flip of a score that lies on a threshold', () => {
    const parity = compareScores([0.9999], [1.0001], thresholds, 1e-3);
    expect(parity).toMatchObject({ agrees: true, flips: 0, closeFlips: 1 });
  });

  it('agrees with no score that is no number or is missing', () => {
    expect(compareScores([0.5], [NaN], thresholds).agrees).toBe(false);
    expect(compareScores([0.5, 0.5], [0.5], thresholds).agrees).toBe(false);
  });
});

describe('comparePairs', () => {
  it('judges each picture by its own thresholds', () => {
    const pair = { expected: 0.5, got: 0.5004 };
    const own = { review: 0.5002, ng: 0.5002 };
    expect(comparePairs([{ ...pair, thresholds }], 1e-4)).toMatchObject({ flips: 0 });
    expect(comparePairs([{ ...pair, thresholds: own }], 1e-4)).toMatchObject({ agrees: false, flips: 1 });
  });

  it('measures a difference by the larger of score and threshold', () => {
    expect(differenceOf({ expected: 4, got: 5, thresholds })).toBeCloseTo(0.25, 12);
    expect(differenceOf({ expected: 0.1, got: 0.2, thresholds })).toBeCloseTo(0.05, 12);
    expect(differenceOf({ expected: 1, got: NaN, thresholds })).toBe(Infinity);
  });
});
