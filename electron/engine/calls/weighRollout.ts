import type {
  RolloutTest,
  TrialPeriod,
  Trials,
  WeighRolloutJob,
  WeighRolloutReply,
} from '../../contract/rolloutEvidence.ts';
import { wilsonRate } from '../../../native-models/evaluate/rates.ts';
import { upperBound } from '../../../native-models/statistics/binomial.ts';
import { logEvidence } from '../../../native-models/statistics/sequential/oneRate.ts';

/** What the counts of a rollout prove. */
export function weighRollout({ tests, rates }: WeighRolloutJob): WeighRolloutReply {
  return {
    evidence: mapped(tests, evidenceOf),
    intervals: mapped(rates, ({ hits, of }) => wilsonRate(hits, of)?.interval ?? null),
  };
}

function mapped<From, To>(given: Record<string, From>, to: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, to(value)]));
}

function evidenceOf(test: RolloutTest): number {
  switch (test.kind) {
    case 'rate':
      return test.strata.reduce(
        (sum, { rate, ...trials }) => sum + logEvidence({ is: test.is, rate }, trials),
        0,
      );
    case 'since':
      return logSince(test.periods);
    case 'excess': {
      const { ratio, margin, alpha } = test;
      const { hits, of } = test.reference;
      if (of === 0) return 0;
      const rate = Math.min(ratio * upperBound(hits, of, alpha) + margin, highestRate);
      return logSince(test.periods.map((period) => ({ ...period, rate })));
    }
    case 'margin':
      return logWithinMargin(test.margin, test.current, test.candidate);
  }
}

const highestRate = 0.999;

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
      (all, [each, trials]) => all + logEvidence({ is: 'above', rate: each }, trials),
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

/** Rates of the model in use at which the two are told apart. */
const dividing = Array.from({ length: 12 }, (_, place) => 0.0005 * 600 ** (place / 11));

/**
 * That the candidate's rate p lies below the current one's q plus a margin δ, from two streams of parts. Were it not so,
 * then for every g either p ≥ g + δ or q ≤ g; the lesser of the two e-values against these is one against both (Berger,
 * Technometrics 1982), and so is the mean over several g. Every e-value is a closed form in counts: unlike a product over
 * blocks in their order (Turner, Ly & Grünwald, arXiv 2106.02693) it stays the same however parts are grouped, and falls
 * with each part that is taken to speak against the candidate.
 */
function logWithinMargin(margin: number, current: Trials, candidate: Trials): number {
  const apart = dividing.map((g) =>
    Math.min(
      logEvidence({ is: 'below', rate: g + margin }, candidate),
      logEvidence({ is: 'above', rate: g }, current),
    ),
  );
  // With a margin, nothing has to be shown of the other model: its rate is not below 0.
  if (margin > 0) apart.push(logEvidence({ is: 'below', rate: margin }, candidate));
  return logSumExp(apart) - Math.log(apart.length);
}
