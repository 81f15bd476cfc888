import { scalar, where } from '../arithmetic.ts';
import { elementwise } from '../elementwise.ts';

/** Passes where the value was not changed, the bounds themselves included; the bounds get no gradient. */
export const Clip = elementwise((s, x, y, dy) => where(s, s.op('Equal', [x, y]), dy, scalar(s, dy, 0)));
