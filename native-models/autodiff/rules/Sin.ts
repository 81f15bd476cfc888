import { mul } from '../arithmetic.ts';
import { elementwise } from '../elementwise.ts';

export const Sin = elementwise((s, x, _y, dy) => mul(s, dy, s.op('Cos', [x])));
