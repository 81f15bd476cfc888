import { scale } from '../arithmetic.ts';
import type { GradientRule } from '../rule.ts';
import { unbroadcast } from '../unbroadcast.ts';

export const Mean: GradientRule = (s) => {
  const share = scale(s, s.gradient(), 1 / s.node.inputs.length);
  return s.node.inputs.map((x, i) => (s.wants(i) ? unbroadcast(s, share, x) : null));
};
