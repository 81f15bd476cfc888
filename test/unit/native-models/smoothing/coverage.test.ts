import { describe, expect, it } from 'vitest';
import { seededRandom, type Random } from '../../../../native-models/random.ts';
import { BettingTest } from '../../../../native-models/smoothing/bettingTest.ts';
import {
  certify,
  type DrawLooks,
  type SmoothingSettings,
} from '../../../../native-models/smoothing/certify.ts';
import { normalCdf, normalQuantile } from '../../../../native-models/statistics/normal.ts';
import { upperTail } from '../../../../native-models/statistics/binomial.ts';
import { errorsAllowed } from '../../../support/binomial.ts';

const parts = 10_000;
const alpha = 0.01;
const sigma = 0.25;
const rules = ['betting', 'bonferroni', 'none'] as const;

/** Looks at a part whose class 0 has probability p; the other looks fall on two classes. */
function looksAt(p: number, random: Random): DrawLooks {
  return async (count) =>
    Uint8Array.from({ length: count }, () => (random.uniform() < p ? 0 : 1 + random.integer(2)));
}

async function certificates(p: number, settings: Partial<SmoothingSettings>, seed: number) {
  const random = seededRandom(seed);
  const all = [];
  for (let part = 0; part < parts; part++) {
    const asked = { sigma, alpha, rule: 'betting', radius: null, n0: 20, n: 300, ...settings } as const;
    all.push(await certify(asked, part, looksAt(p, random)));
  }
  return all;
}

const allowed = errorsAllowed(parts, alpha);

describe.each(rules)('over 10,000 simulated parts, rule %s', (rule) => {
  it('certifies a radius just out of reach for no more than the stated share', async () => {
    const radius = 0.2;
    const found = await certificates(normalCdf(radius / sigma), { rule, radius }, 1);
    expect(found.filter(({ isCertified }) => isCertified).length).toBeLessThanOrEqual(allowed);
  });

  it('gives a radius within reach up for no more than the stated share', async () => {
    const radius = 0.2;
    const found = await certificates(normalCdf(radius / sigma), { rule, radius }, 2);
    const given = found.filter(({ ended, isCertified }) => ended === 'settled' && !isCertified);
    expect(given.length).toBeLessThanOrEqual(allowed);
  });

  it.each([0.55, 0.95])('states too large a radius for no more than that: p = %d', async (p) => {
    const truth = sigma * normalQuantile(p);
    const found = await certificates(p, { rule }, 3);
    const wrong = found.filter(({ radius, predicted }) => radius > (predicted === 0 ? truth : 0));
    expect(wrong.length).toBeLessThanOrEqual(allowed);
    // And is not merely silent.
    const sure = found.filter(({ radius }) => radius > 0.5 * truth);
    if (p > 0.7) expect(sure.length).toBeGreaterThan(0.9 * parts);
  });
});

describe('looking after every look', () => {
  const looks = 300;
  const p = 0.8;

  /** Parts that some look rules the truth out for. */
  function wronged(rulesOut: (hits: number, looks: number) => boolean, random: Random): number {
    let wrong = 0;
    for (let part = 0; part < parts; part++) {
      let hits = 0;
      for (let at = 1; at <= looks; at++) {
        if (random.uniform() < p) hits += 1;
        if (!rulesOut(hits, at)) continue;
        wrong += 1;
        break;
      }
    }
    return wrong;
  }

  it('costs a betting sequence nothing: either side is wrong for no more than the stated share', () => {
    const random = seededRandom(5);
    let wrong = 0;
    for (let part = 0; part < parts; part++) {
      const test = new BettingTest(alpha, { p0: p, q0: 1 - p }, looks);
      while (test.answer === 'open' && test.looks < looks) test.add(random.uniform() < p);
      if (test.answer !== 'open') wrong += 1;
    }
    expect(wrong).toBeLessThanOrEqual(allowed);
    expect(wrong).toBeGreaterThan(0);
  });

  it('is what the bound for a fixed number of looks does not allow', () => {
    const tails = new Map<number, boolean>();
    const peek = (hits: number, at: number) => {
      // A lower bound that could be wrong needs more hits than the mean.
      if (hits <= p * at) return false;
      const key = hits * (looks + 1) + at;
      const known = tails.get(key) ?? upperTail(hits, at, p) <= alpha;
      tails.set(key, known);
      return known;
    };
    expect(wronged(peek, seededRandom(6))).toBeGreaterThan(3 * allowed);
  });
});
