import { scalar, scale, where } from '../arithmetic.ts';
import { elementwise } from '../elementwise.ts';

/** At 0 the gradient is that of the negative side. */
export const LeakyRelu = elementwise((s, x, _y, dy) =>
  where(s, s.op('Greater', [x, scalar(s, x, 0)]), dy, scale(s, dy, s.attributeFloat('alpha', 0.01))),
);
