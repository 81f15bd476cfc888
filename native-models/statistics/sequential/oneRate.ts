import { logUpperTailOverPower } from '../beta.ts';
import { noEvidence, withWealth, type Evidence } from './evidence.ts';

/** That a probability lies above (or below) `rate`, in (0, 1); the hypothesis to be rejected is that it does not. */
export interface RateClaim {
  readonly is: 'above' | 'below';
  readonly rate: number;
}

export interface RateState {
  readonly hits: number;
  readonly of: number;
  readonly evidence: Evidence;
}

export const noTrials: RateState = { hits: 0, of: 0, evidence: noEvidence };

/**
 * One-sided betting test of a probability. Before each trial the wealth is spread over the probabilities p on the side
 * of the claim by the posterior of Jeffreys' prior cut off at the claim's rate p0, which is the forecast of Krichevsky &
 * Trofimov (IEEE Trans. Inf. Theory 1981) made one-sided: each bet λ is predicted from the past and never bets on the
 * hypothesis, so that the wealth is a supermartingale for every p of it (Waudby-Smith & Ramdas, arXiv 2010.09686). For
 * outcomes of ±1 the bet of aGRAPA is the same but for its prior. The product of all bets has a closed form in the two
 * counts: ∫ p^h (1−p)^m dπ / p0^h (1−p0)^m.
 * @param trials independent ones since the last look, whose number was not chosen by their outcomes
 */
export function nextTrials(
  claim: RateClaim,
  state: RateState,
  trials: { readonly hits: number; readonly of: number },
): RateState {
  const hits = state.hits + trials.hits;
  const of = state.of + trials.of;
  return { hits, of, evidence: withWealth(state.evidence, logWealth(claim, hits, of - hits)) };
}

function logWealth({ is, rate }: RateClaim, hits: number, misses: number): number {
  const [p0, favourable, against] = is === 'above' ? [rate, hits, misses] : [1 - rate, misses, hits];
  // The prior's share on the claim's side is what the wealth is divided by.
  return logUpperTailOverPower(p0, favourable + 0.5, against + 0.5) - logUpperTailOverPower(p0, 0.5, 0.5);
}
