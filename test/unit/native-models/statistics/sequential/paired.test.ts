import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../../native-models/random.ts';
import { upperTail } from '../../../../../native-models/statistics/binomial.ts';
import { anytimeP, eValue, isRejected } from '../../../../../native-models/statistics/sequential/evidence.ts';
import {
  nextTrials,
  noTrials,
  type RateClaim,
} from '../../../../../native-models/statistics/sequential/oneRate.ts';
import {
  nextPair,
  noPairs,
  type PairedState,
} from '../../../../../native-models/statistics/sequential/paired.ts';

const alpha = 0.05;
const current = { current: true, candidate: false };
const candidate = { current: false, candidate: true };

/** Share of runs in which the claim is accepted at any of `disagreements` looks, and the mean number to then. */
function watch(pForClaim: number, disagreements: number, runs: number, seed: number) {
  const random = seededRandom(seed);
  let proven = 0;
  let looks = 0;
  for (let run = 0; run < runs; run++) {
    let state: PairedState = noPairs;
    for (let i = 0; i < disagreements && !isRejected(state.evidence, alpha); i++) {
      state = nextPair('fewer', state, random.uniform() < pForClaim ? current : candidate);
    }
    if (isRejected(state.evidence, alpha)) {
      proven += 1;
      looks += state.of;
    }
  }
  return { share: proven / runs, looks: looks / proven };
}

describe('the paired betting test', () => {
  it('bets on the side of the claim only, from the past: the first disagreement has known wealth', () => {
    // Jeffreys' prior on (½, 1) has mean ½ + 1/π, so the first bet is λ = 2/π.
    const first = nextPair('fewer', noPairs, current);
    expect(eValue(first.evidence)).toBeCloseTo(1 + 2 / Math.PI, 10);
    expect(eValue(nextPair('fewer', noPairs, candidate).evidence)).toBeCloseTo(1 - 2 / Math.PI, 10);
    expect(eValue(nextPair('more', noPairs, candidate).evidence)).toBeCloseTo(1 + 2 / Math.PI, 10);
  });

  it('has an expected wealth of 1 under equal models, by enumeration of all courses', () => {
    const mean = (state: PairedState, left: number): number =>
      left === 0
        ? eValue(state.evidence)
        : (mean(nextPair('fewer', state, current), left - 1) +
            mean(nextPair('fewer', state, candidate), left - 1)) /
          2;
    expect(mean(noPairs, 10)).toBeCloseTo(1, 10);
  });

  it('learns nothing from parts on which both models err, or neither', () => {
    expect(nextPair('fewer', noPairs, { current: true, candidate: true })).toBe(noPairs);
    expect(nextPair('more', noPairs, { current: false, candidate: false })).toBe(noPairs);
  });

  it('promotes an equal model in at most alpha of the runs, looking after each of 2,000 disagreements', () => {
    const { share } = watch(0.5, 2000, 2000, 1);
    expect(share).toBeLessThan(alpha);
    expect(share).toBeGreaterThan(0.005);
  });

  it('promotes a worse one more seldom still', () => {
    expect(watch(0.4, 1000, 2000, 2).share).toBeLessThan(0.02);
  });

  it('finds an improvement nearly as often as a test of fixed size that may be looked at once', () => {
    // A sign test at 5 % with 80 % power at 65:35 needs about 69 disagreements.
    const fixed = Array.from({ length: 101 }, (_, n) => n).find((n) => {
      const needed = Array.from({ length: n + 1 }, (_, k) => k).find((k) => upperTail(k, n, 0.5) <= alpha);
      return needed !== undefined && upperTail(needed, n, 0.65) >= 0.8;
    })!;
    expect(fixed).toBeGreaterThan(60);
    const { share, looks } = watch(0.65, 3 * fixed, 1000, 3);
    expect(share).toBeGreaterThan(0.9);
    expect(looks).toBeLessThan(1.4 * fixed);
  });
});

describe('nextTrials', () => {
  const claim: RateClaim = { is: 'below', rate: 0.01 };

  it('comes to the same wealth part by part and in batches', () => {
    let single = noTrials;
    for (let i = 0; i < 300; i++) single = nextTrials(claim, single, { hits: i % 150 === 0 ? 1 : 0, of: 1 });
    const batch = nextTrials(claim, noTrials, { hits: 2, of: 300 });
    expect(batch.evidence.log).toBe(single.evidence.log);
    expect(single.evidence.highestLog).toBeGreaterThanOrEqual(single.evidence.log);
  });

  it('says that a rate is below a ceiling when parts enough went by without a hit', () => {
    // The exact fixed-size test needs ln(.05)/ln(.99) = 299 parts without a hit.
    const after = (of: number) => anytimeP(nextTrials(claim, noTrials, { hits: 0, of }).evidence);
    expect(after(299)).toBeGreaterThan(alpha);
    expect(after(900)).toBeLessThan(alpha);
  });

  it('does not run out of digits when everything speaks against the claim', () => {
    const { evidence } = nextTrials(claim, noTrials, { hits: 50_000, of: 100_000 });
    expect(Number.isFinite(evidence.log)).toBe(true);
    expect(evidence.log).toBeLessThan(0);
  });
});
