import { zerosLike } from '../arithmetic.ts';
import type { GradientRule } from '../rule.ts';

export const GatherND: GradientRule = (s) => {
  if (s.attributeInt('batch_dims', 0) !== 0) throw s.unsupported('batch_dims other than 0');
  const whole = s.op('ScatterND', [zerosLike(s, s.input(0)), s.input(1), s.gradient()], {
    reduction: 'add',
  });
  return [whole, null];
};
