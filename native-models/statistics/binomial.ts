import { betaQuantile, incompleteBeta } from './beta.ts';

/**
 * Lower bound of a probability by Clopper & Pearson (Biometrika 1934): it lies above the truth in at most a share
 * `alpha` of all samples, whatever the truth.
 * @param hits of `of` independent trials @param alpha one-sided error in (0, 1)
 */
export function lowerBound(hits: number, of: number, alpha: number): number {
  if (hits === 0) return 0;
  // All of them, where there is no need to search: I_p(n, 1) = pⁿ.
  return hits === of ? alpha ** (1 / of) : betaQuantile(alpha, hits, of - hits + 1);
}

/** Upper bound of a probability, as `lowerBound`; by that of the misses, since 1 − alpha would lose digits of alpha. */
export function upperBound(hits: number, of: number, alpha: number): number {
  return 1 - lowerBound(of - hits, of, alpha);
}

/** P(X ≥ hits) of X ~ Binomial(of, p). */
export function upperTail(hits: number, of: number, p: number): number {
  return hits <= 0 ? 1 : incompleteBeta(p, hits, of - hits + 1);
}
