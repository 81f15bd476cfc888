import { range, transpose } from '../arithmetic.ts';
import type { GradientRule } from '../rule.ts';

export const Transpose: GradientRule = (s) => {
  const perm = s.attributeInts('perm') ?? range(0, s.rank(s.input(0))).reverse();
  const inverse = perm.map((_, axis) => perm.indexOf(axis));
  return [transpose(s, s.gradient(), inverse)];
};
