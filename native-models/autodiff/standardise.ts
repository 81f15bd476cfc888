import { add, mean, mul, scalar, sub } from './arithmetic.ts';
import type { Scope } from './rule.ts';

/** x̂ = (x − μ)·r over some axes, with r = 1/√(σ² + ε) broadcastable to x. */
export interface Standardised {
  readonly xHat: string;
  readonly inverse: string;
  readonly axes: readonly number[];
}

export function standardise(s: Scope, x: string, axes: readonly number[], epsilon: number): Standardised {
  const centred = sub(s, x, mean(s, x, axes));
  const variance = mean(s, mul(s, centred, centred), axes);
  const inverse = s.op('Reciprocal', [s.op('Sqrt', [add(s, variance, scalar(s, x, epsilon))])]);
  return { xHat: mul(s, centred, inverse), inverse, axes };
}

/** Gradient through the standardisation: r·(g − mean g − x̂·mean(g·x̂)) (Ba et al., arXiv 1607.06450). */
export function throughStandardise(s: Scope, g: string, { xHat, inverse, axes }: Standardised): string {
  const centred = sub(s, g, mean(s, g, axes));
  return mul(s, inverse, sub(s, centred, mul(s, xHat, mean(s, mul(s, g, xHat), axes))));
}
