import { mul, neg } from '../arithmetic.ts';
import { elementwise } from '../elementwise.ts';

export const Cos = elementwise((s, x, _y, dy) => neg(s, mul(s, dy, s.op('Sin', [x]))));
