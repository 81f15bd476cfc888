import type { Parameters } from './parameters.ts';

/** Length of all gradients taken as one vector. */
export function globalNorm(gradients: Parameters): number {
  let squares = 0;
  for (const values of gradients.values()) {
    for (const value of values) squares += value * value;
  }
  return Math.sqrt(squares);
}

/**
 * Scales all gradients in place so that their global norm is at most `limit` (Pascanu et al., arXiv 1211.5063).
 * @returns the norm before
 */
export function clipByGlobalNorm(gradients: Parameters, limit: number): number {
  const norm = globalNorm(gradients);
  if (norm > limit) {
    const factor = limit / norm;
    for (const values of gradients.values()) {
      for (let i = 0; i < values.length; i++) values[i] = values[i]! * factor;
    }
  }
  return norm;
}
