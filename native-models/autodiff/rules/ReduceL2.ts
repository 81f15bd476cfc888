import { div, mul, scalar, where } from '../arithmetic.ts';
import { reduction } from '../reduction.ts';

/** x/‖x‖, 0 where the norm is 0. */
export const ReduceL2 = reduction((s, r) => {
  const zero = s.op('Equal', [r.y, scalar(s, r.y, 0)]);
  return mul(s, div(s, r.dy, where(s, zero, scalar(s, r.y, 1), r.y)), r.x);
});
