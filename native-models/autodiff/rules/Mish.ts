import { add, mul, scalar, sub } from '../arithmetic.ts';
import { elementwise } from '../elementwise.ts';

/** y = x·t with t = tanh(softplus x): y′ = t + x·(1 − t²)·sigmoid x. */
export const Mish = elementwise((s, x, _y, dy) => {
  const t = s.op('Tanh', [s.op('Softplus', [x])]);
  const slope = sub(s, scalar(s, x, 1), mul(s, t, t));
  return mul(s, dy, add(s, t, mul(s, mul(s, x, slope), s.op('Sigmoid', [x]))));
});
