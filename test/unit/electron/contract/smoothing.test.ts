import { describe, expect, it } from 'vitest';
import {
  isNear,
  ProductSmoothing,
  settledVerdict,
  usualSmoothing,
} from '../../../../electron/contract/smoothing.ts';
import { decide } from '../../../../electron/contract/verdict.ts';
import { certificateWith } from '../../../support/certificates.ts';

const thresholds = { review: 10, ng: 20 };

describe('isNear', () => {
  it.each([
    [8.9, false],
    [9.1, true],
    [9.99, true],
    // Between the thresholds a human looks at it anyway.
    [10, false],
    [19.9, false],
    [20, true],
    [21.9, true],
    [22.1, false],
  ])('score %d: %s', (score, near) => {
    expect(isNear(score, decide(score, thresholds), thresholds, 0.1)).toBe(near);
  });

  it('takes scores as they are where the threshold is 0', () => {
    const zero = { review: 0, ng: 0 };
    expect(isNear(-0.05, 'OK', zero, 0.1)).toBe(true);
    expect(isNear(-0.15, 'OK', zero, 0.1)).toBe(false);
  });
});

describe('settledVerdict', () => {
  it.each(['OK', 'NG'] as const)('lets %s stand only where looks have certified the very same', (verdict) => {
    const other = verdict === 'OK' ? 'NG' : 'OK';
    const certificate = certificateWith({ predicted: verdict });
    expect(settledVerdict(verdict, certificate)).toBe(verdict);
    expect(settledVerdict(verdict, { ...certificate, isCertified: false })).toBe('REVIEW');
    expect(settledVerdict(verdict, { ...certificate, predicted: other })).toBe('REVIEW');
    expect(settledVerdict(verdict, { ...certificate, predicted: null })).toBe('REVIEW');
  });
});

describe('ProductSmoothing', () => {
  it('takes what is offered at first, and refuses what makes no sense', () => {
    expect(ProductSmoothing.parse(usualSmoothing)).toEqual(usualSmoothing);
    for (const wrong of [
      { sigma: 0 },
      { alpha: 0.5 },
      { n: 1.5 },
      { n0: -1 },
      { budgetMs: 0 },
      { margin: NaN },
    ]) {
      expect(ProductSmoothing.safeParse({ ...usualSmoothing, ...wrong }).success).toBe(false);
    }
  });
});
