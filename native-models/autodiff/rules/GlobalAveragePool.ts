import { div, range } from '../arithmetic.ts';
import { reducedCount, spread } from '../reduction.ts';
import type { GradientRule } from '../rule.ts';

export const GlobalAveragePool: GradientRule = (s) => {
  const x = s.input(0);
  const reduction = { x, y: s.output(0), dy: s.gradient(), axes: range(2, s.rank(x)) };
  return [spread(s, div(s, reduction.dy, reducedCount(s, reduction)), x)];
};
