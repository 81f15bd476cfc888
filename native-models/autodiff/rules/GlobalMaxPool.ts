import { mul, range } from '../arithmetic.ts';
import { tieShare } from '../reduction.ts';
import type { GradientRule } from '../rule.ts';

/** Positions that tie share the gradient equally. */
export const GlobalMaxPool: GradientRule = (s) => {
  const x = s.input(0);
  const reduction = { x, y: s.output(0), dy: s.gradient(), axes: range(2, s.rank(x)) };
  return [mul(s, reduction.dy, tieShare(s, reduction))];
};
