import { add, mul, scalar, where } from '../arithmetic.ts';
import { elementwise } from '../elementwise.ts';

/** Below 0, α·eˣ = y + α. */
export const Elu = elementwise((s, x, y, dy) =>
  where(
    s,
    s.op('Greater', [x, scalar(s, x, 0)]),
    dy,
    mul(s, dy, add(s, y, scalar(s, y, s.attributeFloat('alpha', 1)))),
  ),
);
