import { scalar, scale, where } from '../arithmetic.ts';
import { elementwise } from '../elementwise.ts';

/** α strictly inside the ramp, 0 on and beyond its ends. */
export const HardSigmoid = elementwise((s, _x, y, dy) => {
  const inside = s.op('And', [s.op('Greater', [y, scalar(s, y, 0)]), s.op('Less', [y, scalar(s, y, 1)])]);
  return where(s, inside, scale(s, dy, s.attributeFloat('alpha', 0.2)), scalar(s, dy, 0));
});
