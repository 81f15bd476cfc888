import { mul } from '../arithmetic.ts';
import { elementwise } from '../elementwise.ts';

/** At 0 the gradient is 0. */
export const Abs = elementwise((s, x, _y, dy) => mul(s, dy, s.op('Sign', [x])));
