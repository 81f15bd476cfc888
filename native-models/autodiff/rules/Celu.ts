import { mul, scalar, scale } from '../arithmetic.ts';
import { elementwise } from '../elementwise.ts';

/** e^(min(x,0)/α): 1 above 0. */
export const Celu = elementwise((s, x, _y, dy) => {
  const below = s.op('Min', [x, scalar(s, x, 0)]);
  return mul(s, dy, s.op('Exp', [scale(s, below, 1 / s.attributeFloat('alpha', 1))]));
});
