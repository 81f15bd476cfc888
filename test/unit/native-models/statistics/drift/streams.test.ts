import { describe, expect, it } from 'vitest';
import { seededRandom, type Random } from '../../../../../native-models/random.ts';
import {
  emptyWindow,
  nextAdwin,
  windowOf,
  type AdwinState,
} from '../../../../../native-models/statistics/drift/adwin.ts';
import {
  nextPageHinkley,
  noValues,
  type PageHinkleyState,
} from '../../../../../native-models/statistics/drift/pageHinkley.ts';
import { populationStability } from '../../../../../native-models/statistics/drift/psi.ts';

describe('nextAdwin', () => {
  /** Index of the first cut, or null; values within 0..1 that step from .3 to `to` at `stepAt`. */
  function firstCut(random: Random, length: number, stepAt: number, to: number) {
    let state: AdwinState = emptyWindow;
    for (let i = 0; i < length; i++) {
      const mean = i < stepAt ? 0.3 : to;
      const next = nextAdwin({}, state, Math.min(1, Math.max(0, mean + 0.1 * random.normal())));
      state = next.state;
      if (next.cut) return { at: i, cut: next.cut, state };
    }
    return null;
  }

  it('seldom cuts a stream that does not change', () => {
    const random = seededRandom(1);
    let cuts = 0;
    for (let run = 0; run < 100; run++) if (firstCut(random, 2000, 2000, 0.3)) cuts += 1;
    expect(cuts).toBeLessThanOrEqual(5);
  });

  it('finds a step soon, with the means before and after and how long ago it was', () => {
    const found = firstCut(seededRandom(2), 3000, 1000, 0.5)!;
    expect(found.at).toBeGreaterThanOrEqual(1000);
    expect(found.at).toBeLessThan(1100);
    expect(found.cut.before).toBeCloseTo(0.3, 1);
    expect(found.cut.after).toBeCloseTo(0.5, 1);
    expect(found.cut.length).toBeLessThan(128);
  });

  it('keeps all values in a logarithm of buckets', () => {
    let state: AdwinState = emptyWindow;
    for (let i = 0; i < 5000; i++) state = nextAdwin({ delta: 1e-9 }, state, 0.5).state;
    expect(windowOf(state)).toEqual({ mean: 0.5, length: 5000 });
    expect(state.buckets.length).toBeLessThan(70);
    expect(windowOf(emptyWindow)).toBeNull();
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  });
});

describe('nextPageHinkley', () => {
  const options = { tolerance: 0.25, threshold: 20 };
  function run(values: readonly number[]) {
    let state: PageHinkleyState = noValues;
    for (const [at, value] of values.entries()) {
      const next = nextPageHinkley(options, state, value);
      if (next.moved) return { at, moved: next.moved };
      state = next.state;
    }
    return null;
  }
  const random = seededRandom(12);
  const stream = (shift: number) =>
    Array.from({ length: 1000 }, (_, i) => random.normal() + (i < 500 ? 0 : shift));

  it.each([
    [1.5, 'up'],
    [-1.5, 'down'],
  ])('finds a shift of %d as a move %s', (shift, moved) => {
    const found = run(stream(shift))!;
    expect(found.moved).toBe(moved);
    expect(found.at).toBeGreaterThanOrEqual(500);
    expect(found.at).toBeLessThan(560);
  });

  it('seldom calls without one, and never while it warms up', () => {
    let calls = 0;
    for (let i = 0; i < 100; i++) if (run(stream(0))) calls += 1;
    expect(calls).toBeLessThanOrEqual(5);
    expect(run([0, 100, 100])).toBeNull();
  });
});

describe('populationStability', () => {
  const random = seededRandom(3);
  const sample = (n: number, mean: number) => Array.from({ length: n }, () => mean + random.normal());

  it('is small without drift, about its mean under chance, and above .25 after a clear shift', () => {
    const mean = Array.from({ length: 50 }, () => populationStability(sample(500, 0), sample(500, 0)));
    expect(mean.reduce((sum, value) => sum + value, 0) / 50).toBeCloseTo(0.036, 2);
    expect(populationStability(sample(1000, 0), sample(500, 1))).toBeGreaterThan(0.25);
  });

  it('refuses fewer than 500 parts on either side', () => {
    expect(() => populationStability(sample(499, 0), sample(500, 0))).toThrow(/499 parts/);
    expect(() => populationStability(sample(500, 0), sample(20, 0))).toThrow(/20 parts/);
  });
});
