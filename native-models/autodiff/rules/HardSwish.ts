import { add, mul, scalar, scale, where } from '../arithmetic.ts';
import { elementwise } from '../elementwise.ts';

/** 0 below −3, 1 above 3, x/3 + ½ between (both ends included). */
export const HardSwish = elementwise((s, x, _y, dy) => {
  const ramp = add(s, scale(s, x, 1 / 3), scalar(s, x, 0.5));
  const inside = s.op('LessOrEqual', [s.op('Abs', [x]), scalar(s, x, 3)]);
  const outside = s.op('HardSigmoid', [x], { alpha: 1 / 6, beta: 0.5 });
  return mul(s, dy, where(s, inside, ramp, outside));
});
