import { mul, neg, scale } from '../arithmetic.ts';
import { elementwise } from '../elementwise.ts';

export const Erf = elementwise((s, x, _y, dy) =>
  mul(s, dy, scale(s, s.op('Exp', [neg(s, mul(s, x, x))]), 2 / Math.sqrt(Math.PI))),
);
