import { neg } from '../arithmetic.ts';
import { elementwise } from '../elementwise.ts';

export const Neg = elementwise((s, _x, _y, dy) => neg(s, dy));
