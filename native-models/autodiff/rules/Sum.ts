import type { GradientRule } from '../rule.ts';
import { unbroadcast } from '../unbroadcast.ts';

export const Sum: GradientRule = (s) =>
  s.node.inputs.map((x, i) => (s.wants(i) ? unbroadcast(s, s.gradient(), x) : null));
