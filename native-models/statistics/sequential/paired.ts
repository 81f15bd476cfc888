import { nextTrials, noTrials, type RateClaim, type RateState } from './oneRate.ts';

/** What both models said wrongly of one and the same part. */
export interface PairedErrors {
  readonly current: boolean;
  readonly candidate: boolean;
}

/** `of` disagreements, `hits` of which speak for the claim. */
export type PairedState = RateState;

export const noPairs: PairedState = noTrials;

const moreThanHalf: RateClaim = { is: 'above', rate: 0.5 };

/**
 * Verification: both models judge the same parts, so only parts on which one errs and the other does not carry
 * information. Tests the hypothesis that the candidate does not err less often (claim `fewer`) or not more often (claim
 * `more`, for a guard) by betting on whose error the next disagreement is.
 * @param errors of the next part, e.g. whether each model raised a false alarm on it
 */
export function nextPair(claim: 'fewer' | 'more', state: PairedState, errors: PairedErrors): PairedState {
  if (errors.current === errors.candidate) return state;
  const isFor = claim === 'fewer' ? errors.current : errors.candidate;
  return nextTrials(moreThanHalf, state, { hits: isFor ? 1 : 0, of: 1 });
}
