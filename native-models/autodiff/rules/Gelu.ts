import { add, mul, neg, scalar, scale, sub } from '../arithmetic.ts';
import { elementwise } from '../elementwise.ts';
import type { Scope } from '../rule.ts';

/** Hendrycks & Gimpel, arXiv 1606.08415: Φ(x) + x·φ(x), or the derivative of its tanh form. */
export const Gelu = elementwise((s, x, _y, dy) =>
  mul(s, dy, s.attributeString('approximate', 'none') === 'tanh' ? tanhForm(s, x) : exactForm(s, x)),
);

function exactForm(s: Scope, x: string): string {
  const cdf = scale(s, add(s, s.op('Erf', [scale(s, x, Math.SQRT1_2)]), scalar(s, x, 1)), 0.5);
  const bell = s.op('Exp', [scale(s, neg(s, mul(s, x, x)), 0.5)]);
  return add(s, cdf, mul(s, x, scale(s, bell, 1 / Math.sqrt(2 * Math.PI))));
}

function tanhForm(s: Scope, x: string): string {
  const c = Math.sqrt(2 / Math.PI);
  const square = mul(s, x, x);
  const inner = scale(s, mul(s, x, add(s, scale(s, square, 0.044715), scalar(s, x, 1))), c);
  const t = s.op('Tanh', [inner]);
  const left = scale(s, add(s, t, scalar(s, x, 1)), 0.5);
  const slope = sub(s, scalar(s, x, 1), mul(s, t, t));
  const innerSlope = scale(s, add(s, scale(s, square, 3 * 0.044715), scalar(s, x, 1)), 0.5 * c);
  return add(s, left, mul(s, mul(s, x, slope), innerSlope));
}
