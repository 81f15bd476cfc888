import { mul, scalar, where } from './arithmetic.ts';
import type { Scope } from './rule.ts';

/**
 * Masks by steep ramps: HardSigmoid(αx + β) is 0 or 1 but for the reach of one rounding. onnxruntime computes it, and
 * the product with dy, in the blocked layout of the convolutions around them; for a comparison it leaves that layout,
 * and its Where takes longer than everything else here. Powers of two, so that scaling by them is exact.
 */
const perTiny = 2 ** 100;
const perUlp = 2 ** 24;

/** dy where y > 0, else 0. In float32 a y within (0, 2⁻¹⁰⁰) passes only a part. */
export function wherePositive(s: Scope, y: string, dy: string): string {
  if (s.dtype(y) !== 'float32') {
    return where(s, s.op('Greater', [y, scalar(s, y, 0)]), dy, scalar(s, dy, 0));
  }
  return mul(s, dy, s.op('HardSigmoid', [y], { alpha: perTiny, beta: 0 }));
}

/** dy where 0 < y < high, else 0. @param high 1 to 2²⁴ */
export function whereInside(s: Scope, y: string, high: number, dy: string): string {
  if (s.dtype(y) !== 'float32') {
    const below = s.op('Less', [y, scalar(s, y, high)]);
    return wherePositive(s, y, where(s, below, dy, scalar(s, dy, 0)));
  }
  const below = s.op('HardSigmoid', [y], { alpha: -perUlp, beta: perUlp * high });
  return mul(s, wherePositive(s, y, dy), below);
}
