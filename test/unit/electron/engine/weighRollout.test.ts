import { expect, test } from 'vitest';
import type { RolloutTest, TrialPeriod } from '../../../../electron/contract/rolloutEvidence.ts';
import { weighRollout } from '../../../../electron/engine/calls/weighRollout.ts';
import { seededRandom, type Random } from '../../../../native-models/random.ts';

function evidence(test: RolloutTest): number {
  return weighRollout({ tests: { asked: test }, rates: {} }).evidence['asked'] as number;
}

/** Share of runs in which the evidence reaches ln(1/alpha) at any of many looks. */
function reached(runs: number, alpha: number, run: (random: Random) => Iterable<RolloutTest>): number {
  let hits = 0;
  for (let seed = 0; seed < runs; seed++) {
    for (const each of run(seededRandom(seed))) {
      if (evidence(each) < -Math.log(alpha)) continue;
      hits += 1;
      break;
    }
  }
  return hits / runs;
}

/** Twenty minutes with events by chance at the candidate or not; looked at after each. */
function* minutes(random: Random, share: number, changeAt = Infinity, after = share): Generator<RolloutTest> {
  const periods: TrialPeriod[] = [];
  for (let minute = 1; minute <= 20; minute++) {
    const now = minute >= changeAt ? after : share;
    const hits = Array.from({ length: 10 }, () => random.uniform()).filter((each) => each < now).length;
    periods.push({ minute, rate: share, hits, of: 10 });
    yield { kind: 'since', periods: [...periods] };
  }
}

test('a guard that is looked at every minute stops a rollout that is well in no more than its share of cases', () => {
  expect(reached(2000, 0.05, (random) => minutes(random, 0.3))).toBeLessThanOrEqual(0.05);
});

test('it sees what has become wrong late, which evidence over the whole time does not', () => {
  const late = (random: Random) => minutes(random, 0.3, 16, 0.9);
  expect(reached(200, 0.01, late)).toBeGreaterThan(0.95);
  const whole = reached(200, 0.01, function* (random) {
    for (const since of late(random)) {
      const { periods } = since as Extract<RolloutTest, { kind: 'since' }>;
      const sum = (of: (period: TrialPeriod) => number) => periods.reduce((all, each) => all + of(each), 0);
      const trials = { rate: 0.3, hits: sum(({ hits }) => hits), of: sum(({ of }) => of) };
      yield { kind: 'rate', is: 'above', strata: [trials] };
    }
  });
  expect(whole).toBeLessThan(0.8);
});

test('false alarms that fall on the candidate as chance has it prove nothing, fewer of them do', () => {
  /** Several steps of the share, each a stratum, looked at after each false alarm. */
  function* steps(random: Random, ratio: number): Generator<RolloutTest> {
    const strata = [0.1, 0.5].map((rate) => ({ rate, hits: 0, of: 0 }));
    for (const stratum of strata) {
      const { rate } = stratum;
      for (let event = 0; event < 60; event++) {
        stratum.of += 1;
        if (random.uniform() < (rate * ratio) / (rate * ratio + 1 - rate)) stratum.hits += 1;
        yield { kind: 'rate', is: 'below', strata: strata.map((each) => ({ ...each })) };
      }
    }
  }
  expect(reached(1000, 0.05, (random) => steps(random, 1))).toBeLessThanOrEqual(0.05);
  expect(reached(200, 0.05, (random) => steps(random, 0.3))).toBeGreaterThan(0.9);
});

test('in full production the candidate is held against what the other model was measured at', () => {
  const excess = (hits: number, of: number, reference = { hits: 20, of: 1000 }): RolloutTest => ({
    ...{ kind: 'excess', reference, ratio: 1.5, margin: 0, alpha: 0.01 },
    periods: [{ minute: 1, hits, of }],
  });
  expect(evidence(excess(20, 1000))).toBeLessThan(0);
  expect(evidence(excess(60, 300))).toBeGreaterThan(Math.log(100));
  // Without a reference, nothing can be said.
  expect(evidence(excess(60, 300, { hits: 0, of: 0 }))).toBe(0);
});

test('two streams are told apart only where there is a difference, whenever one looks', () => {
  function* streams(random: Random, rates: { current: number; candidate: number }): Generator<RolloutTest> {
    const current = { hits: 0, of: 0 };
    const candidate = { hits: 0, of: 0 };
    for (let part = 1; part <= 2000; part++) {
      current.of += 1;
      candidate.of += 1;
      if (random.uniform() < rates.current) current.hits += 1;
      if (random.uniform() < rates.candidate) candidate.hits += 1;
      if (part % 20 === 0) {
        yield { kind: 'margin', margin: 0, current: { ...current }, candidate: { ...candidate } };
      }
    }
  }
  const same = { current: 0.03, candidate: 0.03 };
  expect(reached(300, 0.05, (random) => streams(random, same))).toBeLessThanOrEqual(0.05);
  const better = { current: 0.06, candidate: 0.01 };
  expect(reached(50, 0.05, (random) => streams(random, better))).toBeGreaterThan(0.9);
});

test('escapes within the margin are shown by audited parts', () => {
  const margin = (hits: number, of: number, current = { hits: 0, of: 100 }): RolloutTest => ({
    ...{ kind: 'margin', margin: 0.1, current },
    candidate: { hits, of },
  });
  expect(evidence(margin(0, 20))).toBeLessThan(Math.log(20));
  expect(evidence(margin(0, 120))).toBeGreaterThan(Math.log(20));
  expect(evidence(margin(15, 120))).toBeLessThan(Math.log(20));
  // The other model lets as many pass: no more of them is not much more.
  expect(evidence(margin(150, 1500, { hits: 150, of: 1500 }))).toBeGreaterThan(Math.log(20));
});

test('gives the intervals of rates, and none without parts', () => {
  const { intervals } = weighRollout({
    tests: {},
    rates: { some: { hits: 2, of: 100 }, none: { hits: 0, of: 0 } },
  });
  expect(intervals['none']).toBeNull();
  expect(intervals['some']![0]).toBeCloseTo(0.0055, 3);
  expect(intervals['some']![1]).toBeCloseTo(0.07, 2);
});
