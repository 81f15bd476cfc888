import { div, mul, scalar, where } from '../arithmetic.ts';
import { reduction } from '../reduction.ts';

/**
 * y/x where x ≠ 0. In a group with one zero only that element has a gradient, the product of the others;
 * with two or more nobody has.
 */
export const ReduceProd = reduction((s, r) => {
  const zero = scalar(s, r.x, 0);
  const one = scalar(s, r.x, 1);
  const isZero = s.op('Equal', [r.x, zero]);
  const others = where(s, isZero, one, r.x);
  const zeros = s.op('ReduceSum', [s.op('CastLike', [isZero, r.x]), s.ints(r.axes)], { keepdims: 1 });
  const product = s.op('Exp', [
    s.op('ReduceSum', [s.op('Log', [s.op('Abs', [others])]), s.ints(r.axes)], { keepdims: 1 }),
  ]);
  const negatives = s.op('CastLike', [s.op('Less', [others, zero]), r.x]);
  const odd = s.op(
    'Mod',
    [s.op('ReduceSum', [negatives, s.ints(r.axes)], { keepdims: 1 }), scalar(s, r.x, 2)],
    { fmod: 1 },
  );
  const signed = mul(s, product, where(s, s.op('Equal', [odd, one]), scalar(s, r.x, -1), one));
  const atZero = where(s, s.op('Equal', [zeros, one]), signed, zero);
  const elsewhere = where(s, s.op('Equal', [zeros, zero]), div(s, signed, others), zero);
  return mul(s, r.dy, where(s, isZero, atZero, elsewhere));
});
