import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../native-models/random.ts';
import { GaussianNoise } from '../../../../native-models/smoothing/gaussianNoise.ts';
import { normalCdf } from '../../../../native-models/statistics/normal.ts';

const noiseOf = (seed: number) => new GaussianNoise(seededRandom(seed));

describe('GaussianNoise', () => {
  it('is standard normal, in the middle and in the tails', () => {
    const count = 1_000_000;
    const noise = noiseOf(3);
    const values = Float64Array.from({ length: count }, () => noise.normal()).sort();
    // Kolmogorov and Smirnov: beyond 2.2/√n once in 8,000.
    let apart = 0;
    values.forEach((x, at) => (apart = Math.max(apart, Math.abs((at + 0.5) / count - normalCdf(x)))));
    expect(apart).toBeLessThan(2.2 / Math.sqrt(count));
    // The tail has its own way of being drawn, from 3.44 on.
    for (const from of [3, 3.5, 4]) {
      const expected = 2 * count * normalCdf(-from);
      const found = values.filter((x) => Math.abs(x) > from).length;
      expect(Math.abs(found - expected)).toBeLessThan(4 * Math.sqrt(expected));
    }
  });

  it('gives neighbours, and streams of other seeds, nothing in common', () => {
    const count = 200_000;
    const [one, other] = [noiseOf(1), noiseOf(2)];
    const a = Float64Array.from({ length: count }, () => one.normal());
    const b = Float64Array.from({ length: count }, () => other.normal());
    const correlation = (x: Float64Array, y: Float64Array, lag: number) =>
      x.subarray(lag).reduce((sum, value, at) => sum + value * y[at]!, 0) / (count - lag);
    for (const lag of [1, 2, 3, 64]) {
      expect(Math.abs(correlation(a, a, lag))).toBeLessThan(4 / Math.sqrt(count));
      const squares = a.map((value) => (value * value - 1) / Math.SQRT2);
      expect(Math.abs(correlation(squares, squares, lag))).toBeLessThan(4 / Math.sqrt(count));
    }
    expect(Math.abs(correlation(a, b, 0))).toBeLessThan(4 / Math.sqrt(count));
  });

  it('adds sigma times the same stream, however it is cut into pieces', () => {
    const image = Float32Array.of(0.25, 0.5, 1);
    const whole = new Float32Array(12);
    noiseOf(5).addTo(image, whole, 0.5);
    const pieces = noiseOf(5);
    const [first, rest] = [new Float32Array(3), new Float32Array(9)];
    pieces.addTo(image, first, 0.5);
    pieces.addTo(image, rest, 0.5);
    expect([...first, ...rest]).toEqual([...whole]);
    const plain = noiseOf(5);
    whole.forEach((value, at) => {
      expect(value).toBeCloseTo(image[at % 3]! + 0.5 * plain.normal(), 6);
    });
  });
});
