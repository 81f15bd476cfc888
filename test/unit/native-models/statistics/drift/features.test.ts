import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../../native-models/random.ts';
import { featureDrift } from '../../../../../native-models/statistics/drift/features.ts';

const random = seededRandom(8);
const normals = (n: number, mean = 0) => Array.from({ length: n }, () => mean + random.normal());

describe('featureDrift', () => {
  it('names the feature that moved, by how much and from where to where', () => {
    const reference = { brightness: normals(200), sharpness: normals(200), noise: normals(200) };
    const now = { brightness: normals(100), sharpness: normals(100, -2), noise: normals(100) };
    const [first, ...rest] = featureDrift(reference, now, 0.01);
    expect(first).toMatchObject({ feature: 'sharpness', hasMoved: true });
    expect(first!.shift).toBeGreaterThan(-2.6);
    expect(first!.shift).toBeLessThan(-1.4);
    expect(first!.to).toBeLessThan(first!.from);
    expect(rest.map(({ hasMoved }) => hasMoved)).toEqual([false, false]);
  });

  it('without drift names any of ten features in at most alpha of the cases', () => {
    let named = 0;
    const runs = 400;
    const sample = () => Object.fromEntries(Array.from({ length: 10 }, (_, k) => [`f${k}`, normals(40)]));
    for (let run = 0; run < runs; run++) {
      if (featureDrift(sample(), sample(), 0.05).some(({ hasMoved }) => hasMoved)) named += 1;
    }
    expect(named / runs).toBeLessThan(0.06);
  });

  it('has no shift in units of a reference that does not vary', () => {
    const same = Array.from({ length: 50 }, () => 1);
    const [only] = featureDrift({ noise: same }, { noise: same.map(() => 2) }, 0.01);
    expect(only).toMatchObject({ shift: null, hasMoved: true, from: 1, to: 2 });
  });
});
