import { mul } from '../arithmetic.ts';
import { elementwise } from '../elementwise.ts';

export const Exp = elementwise((s, _x, y, dy) => mul(s, dy, y));
