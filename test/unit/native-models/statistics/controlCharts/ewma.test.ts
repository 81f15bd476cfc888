import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../../native-models/random.ts';
import { ewmaChart, ewmaOf } from '../../../../../native-models/statistics/controlCharts/ewma.ts';

describe('ewmaChart', () => {
  it('has the exact limits, which widen from λσ·L to their end value', () => {
    const readings = Array.from({ length: 60 }, () => ({ value: 10, sigma: 1 }));
    const { points } = ewmaOf(readings, { centre: 10, lambda: 0.1, reach: 2.7 });
    // Montgomery, table 9.10: limits 10.27 at the first point, 10.36 at the second, 10.62 in the end.
    expect(points[0]!.upper).toBeCloseTo(10.27, 2);
    expect(points[1]!.upper).toBeCloseTo(10.36, 2);
    expect(points.at(-1)!.upper).toBeCloseTo(10.62, 2);
  });

  it('follows subgroups of varying size and passes over those without parts', () => {
    const { centre, points } = ewmaChart([
      { count: 2, of: 100 },
      { count: 0, of: 0 },
      { count: 8, of: 100 },
    ])!;
    expect(centre).toBeCloseTo(0.05, 12);
    expect(points[0]!.value).toBeCloseTo(0.05 - 0.2 * 0.03, 12);
    expect(points[1]!.value).toBeNull();
    expect(points[2]!.value).toBeCloseTo(0.044 + 0.2 * 0.036, 12);
    expect(ewmaChart([])).toBeNull();
  });

  // Lucas & Saccucci, Technometrics 1990 (Montgomery, table 9.11): λ = .2, L = 2.962 calls every 500 points in control
  // and 10.5 points after a shift of 1σ, with limits at their end value; exact limits call a little sooner.
  it.each([
    [0, 440, 525],
    [1, 9, 10.8],
  ])('after a shift of %dσ calls after the run length of the tables', (shift, from, to) => {
    const random = seededRandom(3);
    const runs = 2500;
    let sum = 0;
    for (let run = 0; run < runs; run++) {
      const readings = Array.from({ length: shift === 0 ? 4000 : 200 }, () => ({
        value: shift + random.normal(),
        sigma: 1,
      }));
      const { points } = ewmaOf(readings, { centre: 0, reach: 2.962 });
      const first = points.findIndex(({ rules }) => rules.length > 0);
      sum += first < 0 ? points.length : first + 1;
    }
    expect(sum / runs).toBeGreaterThan(from);
    expect(sum / runs).toBeLessThan(to);
  });
});
