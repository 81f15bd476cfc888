import { scalar, where } from '../arithmetic.ts';
import { elementwise } from '../elementwise.ts';

/** At 0 the gradient is 0. */
export const Relu = elementwise((s, _x, y, dy) =>
  where(s, s.op('Greater', [y, scalar(s, y, 0)]), dy, scalar(s, dy, 0)),
);
