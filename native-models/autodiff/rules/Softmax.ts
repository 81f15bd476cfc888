import { mul, normalAxis, sub, sum } from '../arithmetic.ts';
import { elementwise } from '../elementwise.ts';

/** y·(dy − Σ y·dy) along the axis. */
export const Softmax = elementwise((s, x, y, dy) => {
  const axis = normalAxis(s.attributeInt('axis', -1), s.rank(x));
  return mul(s, y, sub(s, dy, sum(s, mul(s, y, dy), [axis], true)));
});
