import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../native-models/random.ts';
import { BettingTest, closingShare } from '../../../../native-models/smoothing/bettingTest.ts';
import { boundaryAt } from '../../../../native-models/smoothing/lookTest.ts';
import { lowerBound } from '../../../../native-models/statistics/binomial.ts';

/** The sequence alone errs in a thousandth of all parts. */
const alpha = 0.001 / (1 - closingShare);

function fed(outcomes: Iterable<boolean>, p0 = 0.5, looks = Infinity): BettingTest {
  const test = new BettingTest(alpha, { p0, q0: 1 - p0 }, looks);
  for (const each of outcomes) test.add(each);
  return test;
}

/** `hits` among `looks`, spread evenly. */
function* spread(hits: number, looks: number): Generator<boolean> {
  for (let at = 0; at < looks; at++)
    yield Math.floor(((at + 1) * hits) / looks) > Math.floor((at * hits) / looks);
}

/** [hits, looks, lower bound], from Γ(H + ½) Γ(T − H + ½) / (π Γ(T + 1)) by mpmath with 40 digits. */
const bounds = [
  [52, 52, 0.8336951917308121],
  [900, 1000, 0.8507901738928655],
  [99_500, 100_000, 0.9937809510072847],
] as const;

describe('BettingTest', () => {
  it.each(bounds)('bounds p by the closed form of its forecasts: %d of %d', (hits, looks, expected) => {
    expect(Math.abs(fed(spread(hits, looks)).lowerBound() / expected - 1)).toBeLessThan(1e-10);
  });

  it('answers when the boundary leaves the interval, and on the right side', () => {
    const above = fed(spread(900, 1000), 0.85);
    expect(above.answer).toBe('above');
    expect(fed(spread(900, 1000), 0.851).answer).toBe('open');
    expect(fed(spread(900, 1000), 0.95).answer).toBe('below');
    expect(above.lowerBound()).toBeGreaterThan(0.85);
  });

  it('looks once more at all looks together when they are used up', () => {
    const closing = closingShare * alpha;
    const test = fed(spread(900, 1000), 0.86, 1000);
    expect(fed(spread(900, 1000), 0.86).answer).toBe('open');
    expect(test.answer).toBe('above');
    expect(test.lowerBound()).toBe(lowerBound(900, 1000, closing));
    expect(fed(spread(900, 1000), 0.935, 1000).answer).toBe('below');
    expect(fed(spread(900, 1000), 0.9, 1000).answer).toBe('open');
    // Not before the end.
    expect(fed(spread(900, 1000), 0.86, 1001).answer).toBe('open');
  });

  it('does not take a class that never comes for certified', () => {
    // The rule of the wealth alone stops here too.
    const never = fed(
      Array.from({ length: 20 }, () => false),
      0.84,
    );
    expect(never.answer).toBe('below');
    expect(never.lowerBound()).toBe(0);
  });

  it('does not answer before the looks that it called needed', () => {
    const random = seededRandom(4);
    for (let part = 0; part < 300; part++) {
      const p = random.uniform();
      const test = new BettingTest(alpha, boundaryAt(random.uniform(), 0.5), Infinity);
      while (test.answer === 'open' && test.looks < 500) {
        const needed = test.soonest(64);
        for (let look = 0; look < needed; look++) {
          expect(test.answer).toBe('open');
          test.add(random.uniform() < p);
        }
      }
    }
  });

  it('needs no more looks than it must where all are alike', () => {
    const test = fed(spread(48, 48), 0.84);
    const needed = test.soonest(1000);
    expect(needed).toBeGreaterThan(1);
    expect(fed(spread(48 + needed, 48 + needed), 0.84).answer).toBe('above');
    expect(test.soonest(2)).toBe(2);
    const misses = fed([], 0.84).soonest(1000);
    expect(fed(spread(0, misses), 0.84).answer).toBe('below');
  });
});
