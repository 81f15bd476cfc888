import { mul } from '../arithmetic.ts';
import type { GradientRule } from '../rule.ts';
import { unbroadcast } from '../unbroadcast.ts';

export const Mul: GradientRule = (s) =>
  [0, 1].map((i) => (s.wants(i) ? unbroadcast(s, mul(s, s.gradient(), s.input(1 - i)), s.input(i)) : null));
