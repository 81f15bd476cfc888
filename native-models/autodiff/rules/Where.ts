import { scalar, where } from '../arithmetic.ts';
import type { GradientRule } from '../rule.ts';
import { unbroadcast } from '../unbroadcast.ts';

export const Where: GradientRule = (s) => {
  const [condition, dy] = [s.input(0), s.gradient()];
  const zero = scalar(s, dy, 0);
  return [
    null,
    s.wants(1) ? unbroadcast(s, where(s, condition, dy, zero), s.input(1)) : null,
    s.wants(2) ? unbroadcast(s, where(s, condition, zero, dy), s.input(2)) : null,
  ];
};
