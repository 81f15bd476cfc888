import { add, mul, scalar, scale, where } from '../arithmetic.ts';
import { elementwise } from '../elementwise.ts';

/** Below 0, γ·α·eˣ = y + γ·α. */
export const Selu = elementwise((s, x, y, dy) => {
  const alpha = s.attributeFloat('alpha', 1.6732632423543772);
  const gamma = s.attributeFloat('gamma', 1.0507009873554805);
  return where(
    s,
    s.op('Greater', [x, scalar(s, x, 0)]),
    scale(s, dy, gamma),
    mul(s, dy, add(s, y, scalar(s, y, alpha * gamma))),
  );
});
