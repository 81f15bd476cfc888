import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../native-models/random.ts';
import { lowerBound, upperBound, upperTail } from '../../../../native-models/statistics/binomial.ts';
import { binomialDraws, errorsAllowed } from '../../../support/binomial.ts';

/** [hits, of, bound] at a one-sided error of 0.001, by mpmath with 40 digits. */
const lower = [
  [99, 100, 0.91137311129604243],
  [51, 100, 0.35415019865780390],
  [1, 100, 0.000010004953285956377],
  [9_990, 10_000, 0.99758830803256825],
  [60_000, 100_000, 0.59520104729458455],
  [99_500, 100_000, 0.99427181839660792],
] as const;
const upper = [
  [99, 100, 0.99998999504671404],
  [51, 100, 0.66449551794168416],
  [1, 100, 0.088626888703957571],
  [60_000, 100_000, 0.60478553383338974],
] as const;

describe('the bounds of Clopper and Pearson', () => {
  it.each(lower)('have a lower one at the reference: %d of %d', (hits, of, expected) => {
    expect(Math.abs(lowerBound(hits, of, 0.001) / expected - 1)).toBeLessThan(1e-12);
  });

  it.each(upper)('have an upper one at the reference: %d of %d', (hits, of, expected) => {
    expect(Math.abs(upperBound(hits, of, 0.001) / expected - 1)).toBeLessThan(1e-12);
  });

  it('follow the closed forms at the ends', () => {
    expect(lowerBound(0, 50, 0.01)).toBe(0);
    expect(upperBound(50, 50, 0.01)).toBe(1);
    expect(lowerBound(50, 50, 0.01)).toBeCloseTo(0.01 ** (1 / 50), 14);
  });

  it('say the same as the tail of the distribution', () => {
    for (const p of [0.87, 0.88, 0.89, 0.9, 0.91]) {
      expect(lowerBound(900, 1000, 0.05) > p).toBe(upperTail(900, 1000, p) < 0.05);
    }
    expect(upperTail(0, 10, 0.3)).toBe(1);
  });

  for (const { p, of } of [
    { p: 0.5, of: 40 },
    { p: 0.9, of: 200 },
    { p: 0.999, of: 1000 },
  ]) {
    it(`err in at most the stated share of 10,000 simulated parts: p = ${p}, n = ${of}`, () => {
      const alpha = 0.05;
      const draw = binomialDraws(seededRandom(11), of, p);
      let [above, below] = [0, 0];
      for (let part = 0; part < 10_000; part++) {
        const hits = draw();
        if (lowerBound(hits, of, alpha) > p) above += 1;
        if (upperBound(hits, of, alpha) < p) below += 1;
      }
      expect(above).toBeLessThanOrEqual(errorsAllowed(10_000, alpha));
      expect(below).toBeLessThanOrEqual(errorsAllowed(10_000, alpha));
    });
  }
});
