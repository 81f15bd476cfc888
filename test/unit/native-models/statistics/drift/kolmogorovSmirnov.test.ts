import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../../native-models/random.ts';
import { kolmogorovSmirnov } from '../../../../../native-models/statistics/drift/kolmogorovSmirnov.ts';

describe('kolmogorovSmirnov', () => {
  it.each([
    [[1, 2, 3, 4, 5], [6, 7, 8, 9, 10], 1, 2 / 252],
    [[1, 2, 3, 5], [4, 6, 7, 8], 0.75, 16 / 70],
    [[1, 2, 5, 6], [3, 4, 7, 8], 0.5, 54 / 70],
    [[1, 2], [1, 2], 0, 1],
  ])('of %j and %j is %d, p %d by counting all orders', (a, b, distance, p) => {
    const result = kolmogorovSmirnov(a, b);
    expect(result.distance).toBeCloseTo(distance, 12);
    expect(result.p).toBeCloseTo(p, 12);
  });

  it('has one p for few and for many values: the limiting distribution meets the exact one', () => {
    const grid = (n: number, from: number) => Array.from({ length: n }, (_, i) => from + (i + 0.5) / n);
    const exact = kolmogorovSmirnov(grid(490, 0), grid(499, 0.08));
    const limiting = kolmogorovSmirnov(grid(500, 0), grid(505, 0.08));
    expect(exact.p / limiting.p).toBeGreaterThan(0.8);
    expect(exact.p / limiting.p).toBeLessThan(1.25);
  });

  it.each([30, 600])(
    'of two samples of %d of one distribution rejects in at most alpha of the cases',
    (n) => {
      const random = seededRandom(2);
      const sample = () => Array.from({ length: n }, () => random.normal());
      const runs = 1000;
      let rejected = 0;
      for (let run = 0; run < runs; run++) if (kolmogorovSmirnov(sample(), sample()).p <= 0.05) rejected += 1;
      expect(rejected / runs).toBeLessThan(0.065);
      expect(rejected / runs).toBeGreaterThan(0.02);
    },
  );

  it('is cautious with equal values', () => {
    const random = seededRandom(4);
    const sample = () => Array.from({ length: 100 }, () => random.integer(3));
    let rejected = 0;
    for (let run = 0; run < 500; run++) if (kolmogorovSmirnov(sample(), sample()).p <= 0.05) rejected += 1;
    expect(rejected / 500).toBeLessThan(0.05);
  });
});
