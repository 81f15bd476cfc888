import { add, div, mul, scalar } from '../arithmetic.ts';
import { elementwise } from '../elementwise.ts';

/** y′ = 1 / √(x² + 1). */
export const Asinh = elementwise((s, x, _y, dy) =>
  div(s, dy, s.op('Sqrt', [add(s, mul(s, x, x), scalar(s, x, 1))])),
);
