import { upperTail } from '../statistics/binomial.ts';
import { normalQuantile } from '../statistics/normal.ts';
import type { LookTest } from './lookTest.ts';

/** Looking goes on while the looks left would show with at least this probability what is asked. */
const smallestChance = 0.001;
/** Fewer looks are cheap, and soon tell of a part that it lies well below. */
const soonest = 64;
const farOut = normalQuantile(smallestChance);

/**
 * Whether the looks left could hardly show any more that p lies above p0: stochastic curtailment (Lan, Simon & Halperin,
 * Communications in Statistics C 1, 1982) by predictive power, from the looks so far with half a hit and half a miss. It
 * only ever withholds a certificate, so that no statement errs more often for it.
 * @param of looks at most @param alpha of the exact test of all looks, which would have to be passed
 */
export function futility(p0: number, of: number, alpha: number): (test: LookTest) => boolean {
  const needed = fewestHits(p0, of, alpha);
  return ({ hits, looks }) => {
    if (looks < soonest) return false;
    const left = of - looks;
    if (hits + left < needed) return true;
    const share = (hits + 0.5) / (looks + 1);
    const expected = hits + left * share;
    // What the looks left may scatter, and what is not known of p.
    const variance = left * share * (1 - share) * (1 + left / (looks + 1));
    return expected - (needed - 0.5) < farOut * Math.sqrt(variance);
  };
}

/** Hits among all looks from which on p is shown to lie above p0; more than there are looks where none suffice. */
function fewestHits(p0: number, of: number, alpha: number): number {
  let low = 0;
  let high = of + 1;
  while (low < high) {
    const hits = Math.floor((low + high) / 2);
    if (upperTail(hits, of, p0) <= alpha) high = hits;
    else low = hits + 1;
  }
  return low;
}
