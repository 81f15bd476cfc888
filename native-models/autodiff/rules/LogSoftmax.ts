import { mul, normalAxis, sub, sum } from '../arithmetic.ts';
import { elementwise } from '../elementwise.ts';

/** dy − e^y·Σ dy along the axis. */
export const LogSoftmax = elementwise((s, x, y, dy) => {
  const axis = normalAxis(s.attributeInt('axis', -1), s.rank(x));
  return sub(s, dy, mul(s, s.op('Exp', [y]), sum(s, dy, [axis], true)));
});
