import { add, div, mul, scalar } from '../arithmetic.ts';
import { elementwise } from '../elementwise.ts';

export const Softsign = elementwise((s, x, _y, dy) => {
  const root = add(s, s.op('Abs', [x]), scalar(s, x, 1));
  return div(s, dy, mul(s, root, root));
});
