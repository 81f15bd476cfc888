import { logUpperTailOverPower } from '../beta.ts';

/** That a probability lies above (or below) `rate`, in (0, 1); the hypothesis to be rejected is that it does not. */
export interface RateClaim {
  readonly is: 'above' | 'below';
  readonly rate: number;
}

/**
 * One-sided betting test of a probability: ln of the e-value, the wealth of one who began with 1 and bets against the
 * hypothesis. Under it, the wealth reaches 1/α at any time with probability α at most (Ville's inequality), however often
 * it is looked at. Before each trial the wealth is spread over the probabilities p on the side of the claim by the
 * posterior of Jeffreys' prior cut off at the claim's rate p0, which is the forecast of Krichevsky & Trofimov (IEEE
 * Trans. Inf. Theory 1981) made one-sided: each bet λ is predicted from the past and never bets on the hypothesis, so
 * that the wealth is a supermartingale for every p of it (Waudby-Smith & Ramdas, arXiv 2010.09686). For outcomes of ±1
 * the bet of aGRAPA is the same but for its prior. The product of all bets has a closed form in the two counts:
 * ∫ p^h (1−p)^m dπ / p0^h (1−p0)^m.
 * @param trials independent ones, whose number was not chosen by their outcomes
 */
export function logEvidence(
  { is, rate }: RateClaim,
  { hits, of }: { readonly hits: number; readonly of: number },
): number {
  const misses = of - hits;
  const [p0, favourable, against] = is === 'above' ? [rate, hits, misses] : [1 - rate, misses, hits];
  // The prior's share on the claim's side is what the wealth is divided by.
  return logUpperTailOverPower(p0, favourable + 0.5, against + 0.5) - logUpperTailOverPower(p0, 0.5, 0.5);
}
