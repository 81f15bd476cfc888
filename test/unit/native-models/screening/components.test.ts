import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../native-models/random.ts';
import { principalComponents, whitened } from '../../../../native-models/screening/components.ts';
import { blobs } from './blobs.ts';

const variance = (values: readonly number[]) => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
};

describe('principal components', () => {
  it('find the direction in which points were stretched, and how far', () => {
    const random = seededRandom(3);
    const axis = [0.6, -0.8, 0, 0, 0, 0];
    const rows = Array.from({ length: 400 }, () => {
      const along = 5 * random.normal();
      return Float32Array.from(axis, (share) => 7 + along * share + 0.5 * random.normal());
    });
    const { points, spreads, pointOf } = principalComponents(rows, 3, seededRandom(4), 'none');
    expect(spreads[0]).toBeGreaterThan(4.5);
    expect(spreads[0]).toBeLessThan(5.5);
    expect(spreads[1]).toBeLessThan(0.7);
    expect(Math.sqrt(variance(points.map((point) => point[0]!)))).toBeCloseTo(spreads[0]!, 2);
    // A row one step along the axis moves by one along the first component, and nowhere else.
    const base = Float32Array.from(axis, () => 7);
    const moved = Float32Array.from(axis, (share) => 7 + share);
    const [from, to] = [pointOf(base), pointOf(moved)];
    expect(Math.abs(to[0]! - from[0]!)).toBeCloseTo(1, 1);
    expect(Math.abs(to[1]! - from[1]!)).toBeLessThan(0.2);
  });

  it('keep all distances when no component is left out', () => {
    const { rows } = blobs({ a: 30, b: 30 }, 4);
    const { points } = principalComponents(rows, 20, seededRandom(1), 'none');
    const distance = (one: Float32Array, other: Float32Array) =>
      Math.hypot(...one.map((value, d) => value - other[d]!));
    for (const [i, j] of [
      [0, 1],
      [3, 40],
      [17, 59],
    ] as const) {
      expect(distance(points[i]!, points[j]!)).toBeCloseTo(distance(rows[i]!, rows[j]!), 3);
    }
  });

  it('do not let a feature of large numbers outweigh the others, and drop one that never changes', () => {
    const random = seededRandom(8);
    const rows = Array.from({ length: 200 }, () =>
      Float32Array.from([1e6 * random.normal(), random.normal(), 42]),
    );
    const { spreads } = principalComponents(rows, 3, seededRandom(1));
    expect(spreads).toHaveLength(2);
    expect(spreads[0]! / spreads[1]!).toBeLessThan(1.5);
  });

  it('come out with spread 1 when whitened, the same each time', () => {
    const { rows } = blobs({ a: 100, b: 50 }, 6);
    const made = () => whitened(principalComponents(rows, 5, seededRandom(2)));
    for (let k = 0; k < 5; k++) expect(variance(made().map((point) => point[k]!))).toBeCloseTo(1, 2);
    expect(made()).toEqual(made());
  });
});
