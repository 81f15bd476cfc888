import { describe, expect, it } from 'vitest';
import { seededRandom, type Random } from '../../../../../native-models/random.ts';
import { gather, nothingPending } from '../../../../../native-models/statistics/sequential/blocks.ts';
import { isRejected, noEvidence } from '../../../../../native-models/statistics/sequential/evidence.ts';
import { nearestOnLine } from '../../../../../native-models/statistics/sequential/nearestNull.ts';
import { everywhere, together } from '../../../../../native-models/statistics/sequential/strata.ts';
import {
  nextBlock,
  noBlocks,
  type Block,
  type TwoStreamClaim,
  type TwoStreamState,
} from '../../../../../native-models/statistics/sequential/twoStreams.ts';

const alpha = 0.05;
const fewer: TwoStreamClaim = { is: 'lower', margin: 0, prior: { rate: 0.03, parts: 50 } };

function binomial(random: Random, of: number, p: number): number {
  let count = 0;
  for (let i = 0; i < of; i++) if (random.uniform() < p) count += 1;
  return count;
}

interface Course {
  readonly current: number;
  readonly candidate: number;
  readonly sizes?: readonly [number, number];
  readonly shares?: readonly [number, number];
  readonly blocks: number;
  readonly runs: number;
  readonly seed: number;
}

/** Share of runs in which the claim is accepted at any block. */
function accepted(claim: TwoStreamClaim, course: Course): number {
  const { sizes = [20, 20], shares = [1, 1], blocks, runs, seed } = course;
  const random = seededRandom(seed);
  let proven = 0;
  for (let run = 0; run < runs; run++) {
    let state: TwoStreamState = noBlocks;
    for (let i = 0; i < blocks && !isRejected(state.evidence, alpha); i++) {
      const arm = (k: 0 | 1, rate: number) => ({
        count: binomial(random, sizes[k], rate * shares[k]),
        of: sizes[k],
        share: shares[k],
      });
      state = nextBlock(claim, state, {
        current: arm(0, course.current),
        candidate: arm(1, course.candidate),
      });
    }
    if (isRejected(state.evidence, alpha)) proven += 1;
  }
  return proven / runs;
}

/** Expected growth of one block under given true rates, by enumeration of its outcomes. */
function expectedGrowth(
  claim: TwoStreamClaim,
  state: TwoStreamState,
  block: Block,
  truth: [number, number],
): number {
  const pmf = (of: number, p: number): number[] => {
    let term = (1 - p) ** of;
    return Array.from({ length: of + 1 }, (_, k) => {
      const here = term;
      term *= ((of - k) / (k + 1)) * (p / (1 - p));
      return here;
    });
  };
  const { current, candidate } = block;
  let sum = 0;
  pmf(current.of, truth[0] * (current.share ?? 1)).forEach((a, i) => {
    pmf(candidate.of, truth[1] * (candidate.share ?? 1)).forEach((b, j) => {
      const seen = { current: { ...current, count: i }, candidate: { ...candidate, count: j } };
      const next = nextBlock(claim, state, seen);
      sum += a * b * Math.exp(next.evidence.log - state.evidence.log);
    });
  });
  return sum;
}

describe('nearestOnLine', () => {
  it('is the pooled rate when the hypothesis is that both are equal', () => {
    const sizes = { current: { of: 9, share: 1 }, candidate: { of: 1, share: 1 } };
    const nearest = nearestOnLine({ current: 0.02, candidate: 0.01 }, sizes, 0)!;
    expect(nearest.current).toBeCloseTo(0.019, 12);
    expect(nearest.candidate).toBeCloseTo(0.019, 12);
  });

  it('lies on the shifted line, and is null when no two rates do', () => {
    const sizes = { current: { of: 5, share: 0.5 }, candidate: { of: 5, share: 1 } };
    const nearest = nearestOnLine({ current: 0.02, candidate: 0.03 }, sizes, 0.1)!;
    expect(nearest.candidate - nearest.current / 0.5).toBeCloseTo(0.1, 12);
    expect(nearestOnLine({ current: 0.02, candidate: 0.03 }, sizes, 1.5)).toBeNull();
  });
});

describe('the e-process of two streams', () => {
  const past = nextBlock(fewer, noBlocks, {
    current: { count: 40, of: 800 },
    candidate: { count: 10, of: 800 },
  });
  const truths: [number, number][] = [
    [0.01, 0.01],
    [0.03, 0.03],
    [0.5, 0.5],
    [0.02, 0.3],
    [0.001, 0.002],
  ];

  it.each(truths)(
    'expects no growth where the current model errs at %d and the candidate at %d',
    (...truth) => {
      for (const of of [
        [4, 4],
        [9, 2],
      ] as const) {
        const block = { current: { count: 0, of: of[0] }, candidate: { count: 0, of: of[1] } };
        expect(expectedGrowth(fewer, past, block, truth)).toBeLessThanOrEqual(1 + 1e-9);
      }
    },
  );

  it('expects growth where the candidate is really better', () => {
    const block = { current: { count: 0, of: 4 }, candidate: { count: 0, of: 4 } };
    expect(expectedGrowth(fewer, past, block, [0.05, 0.0125])).toBeGreaterThan(1.01);
  });

  it('expects no growth at or beyond the margin, with different shares of audit in the arms', () => {
    const claim: TwoStreamClaim = { is: 'lower', margin: 0.05, prior: { rate: 0.01, parts: 50 } };
    const block = { current: { count: 0, of: 4, share: 0.1 }, candidate: { count: 0, of: 4, share: 0.5 } };
    for (const [a, b] of [
      [0.01, 0.06],
      [0.2, 0.25],
      [0.1, 0.3],
    ] as const) {
      expect(expectedGrowth(claim, noBlocks, block, [a, b])).toBeLessThanOrEqual(1 + 1e-9);
    }
    expect(expectedGrowth(claim, noBlocks, block, [0.01, 0.01])).toBeGreaterThan(1);
  });

  it('promotes an equal candidate in at most alpha of the runs, looking after every block', () => {
    expect(
      accepted(fewer, { current: 0.05, candidate: 0.05, blocks: 300, runs: 1000, seed: 1 }),
    ).toBeLessThan(alpha);
    const uneven: Course = {
      current: 0.05,
      candidate: 0.05,
      sizes: [18, 2],
      blocks: 300,
      runs: 1000,
      seed: 2,
    };
    expect(accepted(fewer, uneven)).toBeLessThan(alpha);
  });

  it('proves an improvement to a third of the false alarms', () => {
    const course: Course = { current: 0.06, candidate: 0.02, blocks: 100, runs: 300, seed: 3 };
    expect(accepted(fewer, course)).toBeGreaterThan(0.95);
  });

  it('proves non-inferiority from an audit sample, and not of a candidate at the margin', () => {
    const claim: TwoStreamClaim = { is: 'lower', margin: 0.02, prior: { rate: 0.005, parts: 50 } };
    const equal: Course = {
      current: 0.005,
      candidate: 0.005,
      sizes: [20, 20],
      shares: [0.2, 0.4],
      blocks: 200,
      runs: 300,
      seed: 4,
    };
    expect(accepted(claim, equal)).toBeGreaterThan(0.95);
    expect(accepted(claim, { ...equal, candidate: 0.025, runs: 1000 })).toBeLessThan(alpha);
  });

  it('as a guard stops a regression, and a healthy rollout seldom', () => {
    const guard: TwoStreamClaim = { is: 'higher', margin: 0, prior: { rate: 0.03, parts: 50 } };
    const course: Course = { current: 0.03, candidate: 0.09, blocks: 100, runs: 300, seed: 5 };
    expect(accepted(guard, course)).toBeGreaterThan(0.95);
    expect(accepted(guard, { ...course, candidate: 0.03, runs: 1000 })).toBeLessThan(alpha);
  });
});

describe('gather', () => {
  it('closes a block when both arms hold enough parts, and counts all of them', () => {
    const first = gather(nothingPending, { arm: 'current', count: 1, of: 7 }, 2);
    expect(first.block).toBeNull();
    const second = gather(first.pending, { arm: 'candidate', count: 0, of: 1 }, 2);
    expect(second.block).toBeNull();
    const third = gather(second.pending, { arm: 'candidate', count: 1, of: 1 }, 2);
    expect(third).toEqual({
      pending: nothingPending,
      block: { current: { count: 1, of: 7 }, candidate: { count: 1, of: 2 } },
    });
  });
});

describe('strata', () => {
  const strong = { log: 3, highestLog: 4 };
  const weak = { log: -1, highestLog: 0.5 };

  it('multiplies e-values, and keeps the highest product of one moment', () => {
    const before = together(noEvidence, [strong, strong]);
    expect(before).toEqual({ log: 6, highestLog: 6 });
    expect(together(before, [strong, weak])).toEqual({ log: 2, highestLog: 6 });
  });

  it('claims everywhere only what the weakest stratum shows', () => {
    expect(everywhere([strong, weak])).toEqual({ log: -1, highestLog: 0.5 });
    expect(everywhere([])).toEqual(noEvidence);
  });
});
