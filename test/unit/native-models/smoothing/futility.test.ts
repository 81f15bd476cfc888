import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../native-models/random.ts';
import {
  certify,
  type DrawLooks,
  type SmoothingSettings,
} from '../../../../native-models/smoothing/certify.ts';
import { futility } from '../../../../native-models/smoothing/futility.ts';
import { normalCdf } from '../../../../native-models/statistics/normal.ts';

const sigma = 0.25;
const radius = 0.25;
const p0 = normalCdf(radius / sigma);
const n = 20_000;
const deviation = Math.sqrt((p0 * (1 - p0)) / n);
const parts = 60;
const settings = { sigma, alpha: 0.001, radius, n0: 0, n };

/** Parts whose p lies so many deviations of all looks above p0, judged by early stopping and by all looks. */
async function judged(deviations: number, rule: SmoothingSettings['rule']) {
  const random = seededRandom(100 + deviations);
  let [early, all, looks] = [0, 0, 0];
  for (let seed = 0; seed < parts; seed++) {
    const tape = Array.from({ length: n }, () => (random.uniform() < p0 + deviations * deviation ? 0 : 1));
    const certificate = await certify({ ...settings, rule }, seed, replay(tape), 0);
    early += Number(certificate.isCertified);
    looks += certificate.n / parts;
    all += Number((await certify({ ...settings, rule: 'none' }, seed, replay(tape), 0)).isCertified);
  }
  return { early, all, looks };
}

function replay(tape: readonly number[]): DrawLooks {
  let at = 0;
  return async (count) => tape.slice(at, (at += count));
}

describe.each(['betting', 'bonferroni'] as const)('early stopping by %s', (rule) => {
  it('spares most looks at parts on the boundary, which all looks could not certify either', async () => {
    const { all, looks } = await judged(0, rule);
    expect(looks).toBeLessThan(0.6 * n);
    expect(all).toBeLessThanOrEqual(1);
  });

  it('hardly withholds a certificate from parts that all looks certify', async () => {
    const { early, all } = await judged(8, rule);
    expect(all).toBe(parts);
    expect(early).toBeGreaterThanOrEqual(0.9 * parts);
  });
});

describe('futility', () => {
  const test = (hits: number, looks: number) => {
    return { hits, looks, answer: 'open' as const, add() {}, soonest: () => 1, lowerBound: () => 0 };
  };

  it('goes on as long as hits alone could show it, where only all of them would do', () => {
    // 0.9772^202 < 0.01: nothing but hits will do.
    const isFutile = futility(normalCdf(2), 202, 0.01);
    for (let looks = 0; looks <= 202; looks++) expect(isFutile(test(looks, looks))).toBe(false);
    expect(isFutile(test(201, 202))).toBe(true);
  });

  it('ends where no looks would do, after a few', () => {
    const isFutile = futility(normalCdf(2), 150, 0.001);
    expect(isFutile(test(63, 63))).toBe(false);
    expect(isFutile(test(64, 64))).toBe(true);
  });
});
