import { mul, reshape, reshapeLike } from '../arithmetic.ts';
import { perChannel, sumPerChannel } from '../channels.ts';
import type { GradientRule } from '../rule.ts';
import { standardise, throughStandardise } from '../standardise.ts';

/** Standardises over each group's channels and positions, seen as [N, groups, rest]. Scale and bias per channel. */
export const GroupNormalization: GradientRule = (s) => {
  if (s.opset < 21) throw s.unsupported('scale and bias per group (operator sets 18 to 20)');
  const [x, gamma, dy] = [s.input(0), s.input(1), s.gradient()];
  const grouped = (value: string) => reshape(s, value, [0, s.attributeInt('num_groups', 1), -1]);
  const normal = standardise(s, grouped(x), [2], s.attributeFloat('epsilon', 1e-5));
  const g = () => grouped(mul(s, dy, perChannel(s, gamma, x)));
  return [
    s.wants(0) ? reshapeLike(s, throughStandardise(s, g(), normal), x) : null,
    s.wants(1) ? sumPerChannel(s, mul(s, dy, reshapeLike(s, normal.xHat, x))) : null,
    s.wants(2) ? sumPerChannel(s, dy) : null,
  ];
};
