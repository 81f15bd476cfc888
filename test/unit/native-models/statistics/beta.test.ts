import { describe, expect, it } from 'vitest';
import {
  betaQuantile,
  incompleteBeta,
  logPowerOverBeta,
  logUpperTailOverPower,
} from '../../../../native-models/statistics/beta.ts';

/** [x, a, b, I_x(a, b)] by mpmath with 40 digits. */
const references = [
  [0.5, 3, 8, 0.9453125],
  [0.3, 0.5, 0.5, 0.36901011956554536],
  [1e-10, 0.5, 2, 1.49999999995e-5],
  [0.99, 99_500, 501, 2.3483777643227083e-69],
  [0.995, 99_500, 501, 0.5118911590484919],
  [0.84134, 84_134, 15_867, 0.5021193359841256],
  [0.5, 50_000, 50_001, 0.5012615631070984],
  [0.7, 69_900, 30_101, 0.7560818775349777],
] as const;

describe('incompleteBeta', () => {
  it.each(references)('I_%d(%d, %d) is %d', (x, a, b, expected) => {
    expect(Math.abs(incompleteBeta(x, a, b) / expected - 1)).toBeLessThan(1e-12);
  });

  it('equals binomial tail sums', () => {
    // I_x(k, n−k+1) = P(Binomial(n, x) ≥ k), here n = 10, x = 0.3, k = 4.
    const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k);
    let tail = 0;
    for (let k = 4; k <= 10; k++) tail += choose(10, k) * 0.3 ** k * 0.7 ** (10 - k);
    expect(incompleteBeta(0.3, 4, 7)).toBeCloseTo(tail, 12);
  });

  it('is undone by its quantile', () => {
    expect(incompleteBeta(betaQuantile(0.2, 300, 5), 300, 5)).toBeCloseTo(0.2, 10);
  });
});

describe('logUpperTailOverPower', () => {
  it.each(references)('is the logarithm of (1 − I_%d(%d, %d)) over its power', (x, a, b, expected) => {
    const tail = Math.log1p(-expected) - logPowerOverBeta(x, a, b);
    expect(logUpperTailOverPower(x, a, b)).toBeCloseTo(tail, 8);
  });

  it('stays finite where tail and power are both too small for a number', () => {
    // Far above the mean ∫ₓ¹ tᵃ⁻¹ (1 − t)ᵇ⁻¹ dt is nearly xᵃ⁻¹ (1 − x)ᵇ / b.
    expect(logUpperTailOverPower(0.5, 0.5, 100_000)).toBeCloseTo(-Math.log(0.5 * 100_000), 4);
  });
});
