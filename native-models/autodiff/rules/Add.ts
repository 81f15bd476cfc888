import type { GradientRule } from '../rule.ts';
import { unbroadcast } from '../unbroadcast.ts';

export const Add: GradientRule = (s) =>
  [0, 1].map((i) => (s.wants(i) ? unbroadcast(s, s.gradient(), s.input(i)) : null));
