import { betaQuantile, incompleteBeta } from './beta.ts';

/**
 * Lower bound of a probability by Clopper & Pearson (Biometrika 1934): it lies above the truth in at most a share
 * `alpha` of all samples, whatever the truth.
 * @param hits of `of` independent trials @param alpha one-sided error in (0, 1)
 */
export function lowerBound(hits: number, of: number, alpha: number): number {
  return hits === 0 ? 0 : betaQuantile(alpha, hits, of - hits + 1);
}

/** Upper bound of a probability, as `lowerBound`. */
export function upperBound(hits: number, of: number, alpha: number): number {
  return hits === of ? 1 : betaQuantile(1 - alpha, hits + 1, of - hits);
}

/** P(X ≥ hits) of X ~ Binomial(of, p). */
export function upperTail(hits: number, of: number, p: number): number {
  return hits <= 0 ? 1 : incompleteBeta(p, hits, of - hits + 1);
}
