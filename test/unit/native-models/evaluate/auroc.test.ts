import { describe, expect, it } from 'vitest';
import { auroc } from '../../../../native-models/evaluate/auroc.ts';
import { seededRandom } from '../../../../native-models/random.ts';

/** The definition itself: share of pairs in the right order, ties half. */
function byPairs(good: readonly number[], bad: readonly number[]): number {
  let wins = 0;
  for (const g of good) for (const b of bad) wins += b > g ? 1 : b === g ? 0.5 : 0;
  return wins / (good.length * bad.length);
}

describe('auroc', () => {
  it('counts pairs, ties half', () => {
    const random = seededRandom(3);
    const good = Array.from({ length: 40 }, () => random.integer(10));
    const bad = Array.from({ length: 25 }, () => random.integer(10) + 2);
    expect(auroc(good, bad)!.value).toBeCloseTo(byPairs(good, bad), 12);
  });

  it('is null when a class is missing', () => {
    expect(auroc([], [1])).toBeNull();
    expect(auroc([1], [])).toBeNull();
  });

  it('covers the true area in about 95 % of samples', () => {
    // Normal scores one standard deviation apart: area Φ(1/√2) = 0.7602.
    const random = seededRandom(11);
    let covered = 0;
    const repeats = 400;
    for (let i = 0; i < repeats; i++) {
      const good = Array.from({ length: 40 }, () => random.normal());
      const bad = Array.from({ length: 30 }, () => random.normal() + 1);
      const [low, high] = auroc(good, bad)!.interval;
      if (low <= 0.76025 && 0.76025 <= high) covered++;
    }
    expect(covered / repeats).toBeGreaterThan(0.92);
    expect(covered / repeats).toBeLessThan(0.985);
  });

  it('does not claim certainty after complete separation', () => {
    const few = auroc([1, 2, 3, 4], [5, 6, 7])!;
    expect(few.value).toBe(1);
    expect(few.interval[0]).toBeCloseTo(0.025 ** (1 / 3), 12);
    expect(few.interval[1]).toBe(1);
    expect(auroc([5, 6, 7], [1, 2, 3, 4])!.interval).toEqual([0, 1 - few.interval[0]]);
  });
});
