import { neg } from '../arithmetic.ts';
import type { GradientRule } from '../rule.ts';
import { unbroadcast } from '../unbroadcast.ts';

export const Sub: GradientRule = (s) => [
  s.wants(0) ? unbroadcast(s, s.gradient(), s.input(0)) : null,
  s.wants(1) ? neg(s, unbroadcast(s, s.gradient(), s.input(1))) : null,
];
