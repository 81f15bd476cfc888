import { normalCdf } from '../statistics/normal.ts';

/** What the looks so far say of p, the probability that a noisy look gives the class in question. */
export type Answer = 'above' | 'below' | 'open';

/** p0, the probability to compare p with, and its complement, which would lose its digits as 1 − p0. */
export interface Boundary {
  readonly p0: number;
  readonly q0: number;
}

/**
 * A test of p against a boundary that is fed look by look. Each of `above` and `below` is wrong for at most a share
 * alpha of all parts, and so is `lowerBound`, wherever the feeding stops.
 */
export interface LookTest {
  readonly hits: number;
  readonly looks: number;
  readonly answer: Answer;
  add(isHit: boolean): void;
  /** The looks without which the answer cannot change, at least 1 and at most `within`. */
  soonest(within: number): number;
  /** Lower bound of p, 0 where the looks so far allow none. */
  lowerBound(): number;
}

/** p at which the certified radius is r: Φ(r/σ) (Cohen et al., arXiv 1902.02918, theorem 1). */
export function boundaryAt(radius: number, sigma: number): Boundary {
  return { p0: normalCdf(radius / sigma), q0: normalCdf(-radius / sigma) };
}
