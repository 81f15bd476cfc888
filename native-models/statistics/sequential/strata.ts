import { noEvidence, withWealth, type Evidence } from './evidence.ts';

/**
 * Evidence of several strata (product and shift) together: the product of their e-values, against the hypothesis that
 * holds in all of them (Turner, Ly & Grünwald, arXiv 2106.02693, section 5). A stratum in which the claim is wrong costs
 * little, so the product says "somewhere", and a guard per stratum has to say "nowhere worse".
 * @param before of the same strata together, so that the highest wealth is that of one moment
 */
export function together(before: Evidence, strata: readonly Evidence[]): Evidence {
  return withWealth(
    before,
    strata.reduce((sum, { log }) => sum + log, 0),
  );
}

/**
 * Evidence that the claim holds in every stratum: the smallest e-value, against the hypothesis that it fails in some
 * (an intersection-union test; Berger, Technometrics 1982). Without strata there is none.
 */
export function everywhere(strata: readonly Evidence[]): Evidence {
  if (strata.length === 0) return noEvidence;
  return {
    log: Math.min(...strata.map(({ log }) => log)),
    highestLog: Math.min(...strata.map(({ highestLog }) => highestLog)),
  };
}
