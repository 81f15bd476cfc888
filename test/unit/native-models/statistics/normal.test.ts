import { describe, expect, it } from 'vitest';
import { normalCdf, normalDensity, normalQuantile } from '../../../../native-models/statistics/normal.ts';

/** [x, Φ(x)] by mpmath with 60 digits. */
const probabilities = [
  [-38, 2.88542835e-316],
  [-10, 7.619853024160525e-24],
  [-5, 2.866515718791939e-7],
  [-3, 0.0013498980316300946],
  [-1.6, 0.05479929169955799],
  [-1, 0.15865525393145705],
  [-0.1, 0.460172162722971],
  [0, 0.5],
  [0.5, 0.6914624612740131],
  [2, 0.9772498680518208],
  [6, 0.9999999990134124],
] as const;

/** [p, Φ⁻¹(p)], likewise. */
const quantiles = [
  [1e-300, -37.0470962993612],
  [1e-20, -9.26234008979841],
  [1e-5, -4.264890793922825],
  [0.001, -3.0902323061678136],
  [0.3, -0.5244005127080408],
  [0.75, 0.6744897501960817],
  [0.99, 2.3263478740408408],
  [1 - 2 ** -53, 8.209536151601387],
] as const;

const relative = (value: number, truth: number) => Math.abs(value - truth) / Math.abs(truth);

describe('normalCdf', () => {
  it.each(probabilities)('at %d is %d', (x, expected) => {
    expect(relative(normalCdf(x), expected)).toBeLessThan(1e-14);
  });

  it('has no step where the series gives way to the fraction', () => {
    const [below, above] = [normalCdf(-2 - 1e-9), normalCdf(-2 + 1e-9)];
    expect((above - below) / 2e-9).toBeCloseTo(normalDensity(2), 5);
  });

  it('ends in 0 and 1', () => {
    expect([normalCdf(-Infinity), normalCdf(Infinity)]).toEqual([0, 1]);
  });
});

describe('normalQuantile', () => {
  it.each(quantiles)('at %d is %d', (p, expected) => {
    expect(relative(normalQuantile(p), expected)).toBeLessThan(1e-14);
  });

  it('is 0 in the middle and infinite at the ends', () => {
    expect(normalQuantile(0.5)).toBeCloseTo(0, 15);
    expect([normalQuantile(0), normalQuantile(1)]).toEqual([-Infinity, Infinity]);
    expect(normalQuantile(1.1)).toBeNaN();
  });
});
