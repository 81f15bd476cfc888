import type {
  RolloutTest,
  TrialPeriod,
  Trials,
  WeighRolloutJob,
  WeighRolloutReply,
} from '../../contract/rolloutEvidence.ts';
import { wilsonRate } from '../../../native-models/evaluate/rates.ts';
import { upperBound } from '../../../native-models/statistics/binomial.ts';
import { gather, nothingPending, type Pending } from '../../../native-models/statistics/sequential/blocks.ts';
import {
  nextTrials,
  noTrials,
  type RateClaim,
} from '../../../native-models/statistics/sequential/oneRate.ts';
import {
  nextBlock,
  noBlocks,
  type TwoStreamClaim,
  type TwoStreamState,
} from '../../../native-models/statistics/sequential/twoStreams.ts';

/** What the counts of a rollout prove. */
export function weighRollout({ tests, rates }: WeighRolloutJob): WeighRolloutReply {
  return {
    evidence: mapped(tests, logEvidence),
    intervals: mapped(rates, ({ hits, of }) => wilsonRate(hits, of)?.interval ?? null),
  };
}

function mapped<From, To>(given: Record<string, From>, to: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, to(value)]));
}

function logEvidence(test: RolloutTest): number {
  switch (test.kind) {
    case 'rate':
      return test.strata.reduce((sum, { rate, ...trials }) => sum + logOf({ is: test.is, rate }, trials), 0);
    case 'since':
      return logSince(test.periods);
    case 'excess': {
      const { hits, of } = test.reference;
      if (of === 0) return 0;
      const rate = Math.min(test.ratio * upperBound(hits, of, test.alpha), highestRate);
      return logSince(test.periods.map((period) => ({ ...period, rate })));
    }
    case 'streams':
      return logOfStreams(test.margin, test.blocks);
  }
}

const highestRate = 0.999;

function logOf(claim: RateClaim, trials: Trials): number {
  return nextTrials(claim, noTrials, trials).evidence.log;
}

/**
 * A test begun anew in every minute m, each with the share 1 / (m(m + 1)) of the first wealth: the shares add up to 1, so
 * that the sum is still an e-process, and what was calm for months does not hide what is wrong since a minute ago (as
 * the mixture over change points of Shin, Ramdas & Rinaldo, arXiv 2203.03532, but for a level instead of a run length).
 * Minutes at which no period begins are left out, which can only lower it.
 * @param periods oldest first
 */
function logSince(periods: readonly TrialPeriod[]): number {
  const byRate = new Map<number, Trials>();
  const logs: number[] = [];
  for (const { minute, rate, hits, of } of periods.toReversed()) {
    const sum = byRate.get(rate) ?? { hits: 0, of: 0 };
    byRate.set(rate, { hits: sum.hits + hits, of: sum.of + of });
    const log = [...byRate].reduce(
      (all, [each, trials]) => all + logOf({ is: 'above', rate: each }, trials),
      0,
    );
    logs.push(log - Math.log(minute) - Math.log(minute + 1));
  }
  return logSumExp(logs);
}

/** ln Σ eˣ; without any, nothing was gathered. */
function logSumExp(logs: readonly number[]): number {
  if (logs.length === 0) return 0;
  const highest = Math.max(...logs);
  return highest + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - highest), 0));
}

/** Escapes and false alarms are rare. */
const prior: TwoStreamClaim['prior'] = { rate: 0.01, parts: 20 };

function logOfStreams(
  margin: number,
  blocks: readonly { current: { count: number; of: number }; candidate: { count: number; of: number } }[],
): number {
  let state: TwoStreamState = noBlocks;
  let pending: Pending = nothingPending;
  for (const block of blocks) {
    for (const arm of ['current', 'candidate'] as const) {
      const next = gather(pending, { arm, ...block[arm] }, 1);
      pending = next.pending;
      if (next.block) state = nextBlock({ is: 'lower', margin, prior }, state, next.block);
    }
  }
  return state.evidence.log;
}
