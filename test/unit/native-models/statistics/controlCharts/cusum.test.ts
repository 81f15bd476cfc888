import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../../native-models/random.ts';
import {
  cusumChart,
  designCusum,
  runLengthOf,
} from '../../../../../native-models/statistics/controlCharts/cusum.ts';

describe('runLengthOf', () => {
  it('is one over the rate where the first hit calls', () => {
    expect(runLengthOf(10, 9, 0.02)).toBeCloseTo(50, 9);
  });

  it('has its closed form where two hits close together call', () => {
    // From m − 1 the sum takes m − 1 good parts back to 0: L = (2 − q^(m−1)) / (p (1 − q^(m−1))).
    const [m, p] = [30, 0.01];
    const gone = (1 - p) ** (m - 1);
    expect(runLengthOf(m, m, p)).toBeCloseTo((2 - gone) / (p * (1 - gone)), 6);
  });

  it('agrees with simulation', () => {
    const random = seededRandom(9);
    const [perHit, limit, p] = [40, 120, 0.03];
    let parts = 0;
    const runs = 3000;
    for (let run = 0; run < runs; run++) {
      for (let sum = 0; sum < limit; parts++) {
        sum = random.uniform() < p ? sum + perHit - 1 : Math.max(0, sum - 1);
      }
    }
    expect(parts / runs / runLengthOf(perHit, limit, p)).toBeCloseTo(1, 1);
  });
});

describe('designCusum', () => {
  const goal = { inControl: 0.01, outOfControl: 0.025, runLength: 20_000 };
  const design = designCusum(goal);

  it('keeps the stated run length in control, by no more than a step of the limit', () => {
    expect(design.runLengths.inControl).toBeGreaterThanOrEqual(goal.runLength);
    const perHit = Math.round(1 / design.reference);
    const shorter = Math.round(design.limit * perHit) - 1;
    expect(runLengthOf(perHit, shorter, goal.inControl)).toBeLessThan(goal.runLength);
  });

  it('agrees with the corrected diffusion approximation of Reynolds & Stoumbos (1999)', () => {
    const { inControl: p } = goal;
    const k = design.reference;
    // The raised rate to which the rounded reference belongs gives their r2.
    const r2 = raisedRateOf(k, p);
    const logP = Math.log(p);
    const epsilon = 0.41 - 0.0842 * logP - 0.0391 * logP ** 3 - 0.00376 * logP ** 4 - 0.000008 * logP ** 7;
    const corrected = (design.limit + epsilon * Math.sqrt(p * (1 - p))) * r2;
    const approximate = (Math.exp(corrected) - corrected - 1) / (r2 * (k - p));
    expect(design.runLengths.inControl / approximate).toBeCloseTo(1, 1);
  });

  it('finds the raised rate much sooner than it calls in control', () => {
    expect(design.runLengths.outOfControl).toBeLessThan(goal.runLength / 20);
  });

  it('refuses rates that do not rise and a run length that no chart falls short of', () => {
    expect(() => designCusum({ ...goal, outOfControl: 0.01 })).toThrow(/must rise/);
    expect(() => designCusum({ ...goal, inControl: 0 })).toThrow(/must rise/);
    expect(() => designCusum({ ...goal, runLength: 100 })).toThrow(/run length of 100/);
  });
});

/** ln of the odds ratio r2 whose likelihood ratio has the reference k. */
function raisedRateOf(k: number, p0: number): number {
  let [low, high] = [p0, 1];
  const r2 = (p1: number) => Math.log((p1 * (1 - p0)) / (p0 * (1 - p1)));
  for (let i = 0; i < 60; i++) {
    const p1 = (low + high) / 2;
    if (Math.log((1 - p0) / (1 - p1)) / r2(p1) < k) low = p1;
    else high = p1;
  }
  return r2(low);
}

describe('cusumChart', () => {
  const design = designCusum({ inControl: 0.01, outOfControl: 0.03, runLength: 50_000 });

  it('sums what is more than expected, calls at the limit and begins anew', () => {
    const groups = [
      { count: 0, of: 100 },
      { count: 30, of: 100 },
      { count: 0, of: 0 },
      { count: 3, of: 100 },
    ];
    const { points } = cusumChart(groups, design);
    expect(points.map(({ rules }) => rules)).toEqual([[], [1], [], []]);
    expect(points[0]!.value).toBe(0);
    expect(points[1]!.value).toBeCloseTo(30 - 100 * design.reference, 12);
    expect(points[2]!.value).toBeNull();
    expect(points[3]!.value).toBeCloseTo(3 - 100 * design.reference, 12);
    expect(points[1]!.upper).toBe(design.limit);
  });

  it('over subgroups calls no more often in control than it was designed to', () => {
    const random = seededRandom(21);
    let calls = 0;
    const groups = 40_000;
    const counts = Array.from({ length: groups }, () => {
      let count = 0;
      for (let i = 0; i < 50; i++) if (random.uniform() < 0.01) count += 1;
      return { count, of: 50 };
    });
    for (const { rules } of cusumChart(counts, design).points) calls += rules.length;
    expect(calls).toBeGreaterThan(5);
    expect((groups * 50) / calls).toBeGreaterThan(50_000 * 0.8);
  });
});
