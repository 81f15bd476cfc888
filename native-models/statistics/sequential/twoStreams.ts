import { noEvidence, withWealth, type Evidence } from './evidence.ts';
import { nearestOnLine } from './nearestNull.ts';

/** Of the parts of one arm: `count` of `of` were seen to be a hit (a false alarm, an escape). */
export interface ArmCount {
  readonly count: number;
  readonly of: number;
  /**
   * Probability, known beforehand, with which a hit among these parts is seen: 1 where all are confirmed, else the
   * sampling share of the audit of OK parts. Default 1.
   */
  readonly share?: number;
}

export interface Block {
  readonly current: ArmCount;
  readonly candidate: ArmCount;
}

/**
 * - `lower`: that the candidate's rate is below the current one's plus `margin`: improvement at margin 0,
 *   non-inferiority at a margin above 0.
 * - `higher`: that it is above it, for a guard.
 */
export interface TwoStreamClaim {
  readonly is: 'lower' | 'higher';
  /** Difference of rates, within (−1, 1). */
  readonly margin: number;
  /** What is expected of both rates before any part is seen, and how many parts per arm that guess is worth. */
  readonly prior: { readonly rate: number; readonly parts: number };
}

interface ArmSum {
  /** Hits divided by the share with which they are seen. */
  readonly hits: number;
  readonly of: number;
}

export interface TwoStreamState {
  readonly blocks: number;
  readonly current: ArmSum;
  readonly candidate: ArmSum;
  readonly evidence: Evidence;
}

const noneOfArm: ArmSum = { hits: 0, of: 0 };
export const noBlocks: TwoStreamState = {
  blocks: 0,
  current: noneOfArm,
  candidate: noneOfArm,
  evidence: noEvidence,
};

/**
 * E-process for two streams of Bernoulli trials in blocks (Turner, Ly & Grünwald, arXiv 2106.02693): the wealth is
 * multiplied by the likelihood of the block under the rates estimated from the blocks before, over that under the
 * nearest pair of rates of the hypothesis. Its expectation under every pair of the hypothesis, a half plane, is 1 at
 * most, whatever the sizes of the block. Nothing is staked while the estimate lies in the hypothesis.
 *
 * The shift of the hypothesis by a margin is section 4 of that paper. Shares of sampling scale its half plane: where a
 * hit is seen with probability s, the seen rate is s times the true one.
 * @param block whose sizes and shares were not chosen by its outcomes; small blocks learn sooner, and only those with
 *   parts of both arms tell anything
 */
export function nextBlock(claim: TwoStreamClaim, state: TwoStreamState, block: Block): TwoStreamState {
  return {
    blocks: state.blocks + 1,
    current: addTo(state.current, block.current),
    candidate: addTo(state.candidate, block.candidate),
    evidence: withWealth(state.evidence, state.evidence.log + logBet(claim, state, block)),
  };
}

function addTo(sum: ArmSum, { count, of, share = 1 }: ArmCount): ArmSum {
  return { hits: sum.hits + count / share, of: sum.of + of };
}

function logBet(claim: TwoStreamClaim, state: TwoStreamState, { current, candidate }: Block): number {
  if (current.of === 0 || candidate.of === 0) return 0;
  const guess = { current: estimate(claim, state.current), candidate: estimate(claim, state.candidate) };
  const apart = guess.candidate - guess.current - claim.margin;
  if (claim.is === 'lower' ? apart >= 0 : apart <= 0) return 0;
  const sizes = {
    current: { of: current.of, share: current.share ?? 1 },
    candidate: { of: candidate.of, share: candidate.share ?? 1 },
  };
  const seen = {
    current: guess.current * sizes.current.share,
    candidate: guess.candidate * sizes.candidate.share,
  };
  const nearest = nearestOnLine(seen, sizes, claim.margin);
  if (nearest === null) return 0;
  return (
    logRatio(current, seen.current, nearest.current) + logRatio(candidate, seen.candidate, nearest.candidate)
  );
}

/** Mean of the Beta posterior, kept off 1, which a weighted sum could pass. */
function estimate({ prior }: TwoStreamClaim, { hits, of }: ArmSum): number {
  return Math.min((hits + prior.rate * prior.parts) / (of + prior.parts), 1 - 1e-6);
}

/** ln of the likelihood at rate p over that at rate q. */
function logRatio({ count, of }: ArmCount, p: number, q: number): number {
  return count * Math.log(p / q) + (of - count) * (Math.log1p(-p) - Math.log1p(-q));
}
