import { expect, it } from 'vitest';
import { logEvidence, type RateClaim } from '../../../../../native-models/statistics/sequential/oneRate.ts';

/** Mean of the e-value over all outcomes of so many trials of probability `p`. */
function meanEvidence(claim: RateClaim, of: number, p: number): number {
  let logChance = of * Math.log(1 - p);
  let mean = 0;
  for (let hits = 0; hits <= of; hits++) {
    mean += Math.exp(logChance + logEvidence(claim, { hits, of }));
    logChance += Math.log(((of - hits) * p) / ((hits + 1) * (1 - p)));
  }
  return mean;
}

const claims: readonly RateClaim[] = [
  { is: 'above', rate: 0.02 },
  { is: 'above', rate: 0.5 },
  { is: 'below', rate: 0.01 },
  { is: 'below', rate: 0.5 },
];

it('gathers nothing without trials', () => {
  for (const claim of claims) expect(logEvidence(claim, { hits: 0, of: 0 })).toBeCloseTo(0, 12);
});

it('is fair at the edge of the hypothesis and loses within it, after however many trials', () => {
  for (const claim of claims) {
    for (const of of [1, 2, 7, 40, 300]) {
      expect(meanEvidence(claim, of, claim.rate), `${claim.is} ${claim.rate}, ${of}`).toBeCloseTo(1, 8);
      const within = claim.is === 'above' ? claim.rate * 0.8 : claim.rate * 1.2;
      expect(meanEvidence(claim, of, within)).toBeLessThan(1);
    }
  }
});

it('grows with what speaks for the claim, and falls with each trial that speaks against it', () => {
  const above = (hits: number, of: number) => logEvidence({ is: 'above', rate: 0.1 }, { hits, of });
  expect(above(30, 100)).toBeGreaterThan(Math.log(20));
  expect(above(30, 101)).toBeLessThan(above(30, 100));
  const below = (hits: number, of: number) => logEvidence({ is: 'below', rate: 0.1 }, { hits, of });
  expect(below(1, 100)).toBeGreaterThan(Math.log(20));
  expect(below(2, 101)).toBeLessThan(below(1, 100));
});
