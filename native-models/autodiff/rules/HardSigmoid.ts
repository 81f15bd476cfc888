import { scale } from '../arithmetic.ts';
import { elementwise } from '../elementwise.ts';
import { whereInside } from '../mask.ts';

/** α strictly inside the ramp, 0 on and beyond its ends. */
export const HardSigmoid = elementwise((s, _x, y, dy) =>
  whereInside(s, y, 1, scale(s, dy, s.attributeFloat('alpha', 0.2))),
);
