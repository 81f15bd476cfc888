import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../native-models/random.ts';
import { lowerBound, upperBound, upperTail } from '../../../../native-models/statistics/binomial.ts';
import { binomialDraws, errorsAllowed } from '../../../support/binomial.ts';

/** [hits, of, bound] at a one-sided error of 0.001, by mpmath with 40 digits. */
const lower = [
  [99, 100, 0.9113731112960425],
  [51, 100, 0.3541501986578039],
  [1, 100, 1.0004953285956376e-5],
  [9_990, 10_000, 0.9975883080325683],
  [60_000, 100_000, 0.5952010472945846],
  [99_500, 100_000, 0.9942718183966079],
] as const;
const upper = [
  [99, 100, 0.999989995046714],
  [51, 100, 0.6644955179416842],
  [1, 100, 0.08862688870395757],
  [60_000, 100_000, 0.6047855338333897],
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

  it('keep their digits where the error is tiny', () => {
    expect(upperBound(0, 50, 1e-12) / (1 - 1e-12 ** (1 / 50)) - 1).toBeCloseTo(0, 13);
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
