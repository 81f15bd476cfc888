import { normalAxis, zerosLike } from '../arithmetic.ts';
import type { GradientRule } from '../rule.ts';

/** The gradients of the parts in a row; a part that nobody used counts as zero. */
export const Split: GradientRule = (s) => {
  const axis = normalAxis(s.attributeInt('axis', 0), s.rank(s.input(0)));
  const parts = s.node.outputs.map((y, k) => (s.hasGradient(k) ? s.gradient(k) : zerosLike(s, y)));
  const whole = s.op('Concat', parts, { axis: axis });
  return [whole, ...s.node.inputs.slice(1).map(() => null)];
};
