import { mul, range } from '../arithmetic.ts';
import { perChannel, sumPerChannel } from '../channels.ts';
import type { GradientRule } from '../rule.ts';
import { standardise, throughStandardise } from '../standardise.ts';

export const InstanceNormalization: GradientRule = (s) => {
  const [x, gamma, dy] = [s.input(0), s.input(1), s.gradient()];
  const normal = standardise(s, x, range(2, s.rank(x)), s.attributeFloat('epsilon', 1e-5));
  return [
    s.wants(0) ? throughStandardise(s, mul(s, dy, perChannel(s, gamma, x)), normal) : null,
    s.wants(1) ? sumPerChannel(s, mul(s, dy, normal.xHat)) : null,
    s.wants(2) ? sumPerChannel(s, dy) : null,
  ];
};
