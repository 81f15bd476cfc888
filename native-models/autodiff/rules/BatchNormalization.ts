import { add, mul, scalar, sub } from '../arithmetic.ts';
import { perChannel, sumPerChannel } from '../channels.ts';
import type { GradientRule } from '../rule.ts';

/** With frozen statistics: an affine map per channel. The statistics themselves get no gradient. */
export const BatchNormalization: GradientRule = (s) => {
  if (s.attributeInt('training_mode', 0) !== 0) throw s.unsupported('training_mode = 1');
  const [x, gamma, dy] = [s.input(0), s.input(1), s.gradient()];
  const variance = add(s, s.input(4), scalar(s, s.input(4), s.attributeFloat('epsilon', 1e-5)));
  const inverse = s.op('Reciprocal', [s.op('Sqrt', [variance])]);
  const slope = () => perChannel(s, mul(s, gamma, inverse), x);
  const xHat = () => mul(s, sub(s, x, perChannel(s, s.input(3), x)), perChannel(s, inverse, x));
  return [
    s.wants(0) ? mul(s, dy, slope()) : null,
    s.wants(1) ? sumPerChannel(s, mul(s, dy, xHat())) : null,
    s.wants(2) ? sumPerChannel(s, dy) : null,
    null,
    null,
  ];
};
