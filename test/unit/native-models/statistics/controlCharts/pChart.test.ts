import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../../native-models/random.ts';
import { laneyChart, pChart } from '../../../../../native-models/statistics/controlCharts/pChart.ts';

describe('pChart', () => {
  const subgroups = [
    { count: 10, of: 100 },
    { count: 0, of: 0 },
    { count: 30, of: 400 },
    { count: 30, of: 100 },
  ];

  it('has limits p̄ ± 3√(p̄(1 − p̄)/n) that follow the size of each subgroup', () => {
    const chart = pChart(subgroups, { centre: 0.1 })!;
    expect(chart.points[0]).toMatchObject({ value: 0.1, rules: [] });
    expect(chart.points[0]!.lower).toBeCloseTo(0.01, 12);
    expect(chart.points[0]!.upper).toBeCloseTo(0.19, 12);
    expect(chart.points[2]!.upper).toBeCloseTo(0.145, 12);
    expect(chart.points[3]!.rules).toEqual([1]);
  });

  it('leaves a subgroup without parts blank', () => {
    expect(pChart(subgroups)!.points[1]).toEqual({ value: null, lower: null, upper: null, rules: [] });
  });

  it('takes the share of all parts as its centre, and cuts the limits off at 0 and 1', () => {
    const chart = pChart([
      { count: 1, of: 50 },
      { count: 2, of: 100 },
    ])!;
    expect(chart.centre).toBeCloseTo(0.02, 12);
    expect(chart.points[0]!.lower).toBe(0);
  });

  it('is none without parts, and calm where nothing ever is wrong', () => {
    expect(pChart([])).toBeNull();
    expect(pChart([{ count: 0, of: 0 }], { centre: 0.1 })).toBeNull();
    const calm = pChart(Array.from({ length: 10 }, () => ({ count: 0, of: 50 })))!;
    expect(
      calm.points.every(({ value, upper, rules }) => value === 0 && upper === 0 && rules.length === 0),
    ).toBe(true);
  });
});

describe('laneyChart', () => {
  const random = seededRandom(5);
  const subgroupsOf = (spread: number, of: number) =>
    Array.from({ length: 200 }, () => {
      const rate = 0.05 + spread * random.normal();
      const noise = Math.sqrt((rate * (1 - rate)) / of) * random.normal();
      return { count: Math.round(of * (rate + noise)), of };
    });

  it('is the p-chart where only chance makes the subgroups differ', () => {
    expect(laneyChart(subgroupsOf(0, 1000))!.sigmaZ).toBeCloseTo(1, 0);
  });

  it('widens the limits where the rate itself moves, so that large subgroups do not all call', () => {
    const subgroups = subgroupsOf(0.005, 50_000);
    const laney = laneyChart(subgroups)!;
    const calls = (points: readonly { rules: readonly number[] }[]) =>
      points.filter(({ rules }) => rules.includes(1)).length;
    expect(laney.sigmaZ).toBeGreaterThan(4);
    expect(calls(pChart(subgroups)!.points)).toBeGreaterThan(50);
    expect(calls(laney.points)).toBeLessThan(4);
  });

  it('takes σ_z from the mean moving range over 1.128', () => {
    // z = −1, 1, −1 at centre .5 with 100 parts: the mean range is 2.
    const chart = laneyChart(
      [45, 55, 45].map((count) => ({ count, of: 100 })),
      { centre: 0.5 },
    )!;
    expect(chart.sigmaZ).toBeCloseTo(2 / 1.128, 2);
  });

  it('is none with a single subgroup', () => {
    expect(laneyChart([{ count: 1, of: 100 }])).toBeNull();
  });
});
