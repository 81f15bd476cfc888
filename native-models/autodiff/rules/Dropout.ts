import { mul, scalar } from '../arithmetic.ts';
import type { GradientRule } from '../rule.ts';

/** Identity at inference; in training mode what the mask let pass, scaled as the forward pass scaled it. */
export const Dropout: GradientRule = (s) => {
  const training = s.hasInput(2) ? s.constant(s.input(2)) : null;
  if (s.hasInput(2) && !training) throw s.unsupported('training_mode is not a constant');
  const active = training !== null && training.values[0]! !== 0;
  const dy = s.gradient();
  const others = s.node.inputs.slice(1).map(() => null);
  if (!active) return [dy, ...others];
  const ratio = s.hasInput(1) ? s.input(1) : scalar(s, dy, 0.5);
  const kept = s.op('Where', [s.output(1), dy, scalar(s, dy, 0)]);
  const boost = s.op('Reciprocal', [s.op('Sub', [scalar(s, dy, 1), ratio])]);
  return [mul(s, kept, boost), ...others];
};
