import { mul, neg } from '../arithmetic.ts';
import { elementwise } from '../elementwise.ts';

export const Reciprocal = elementwise((s, _x, y, dy) => neg(s, mul(s, dy, mul(s, y, y))));
