import type { GradientRule } from '../rule.ts';

const floating = new Map([
  ['float32', 1],
  ['float16', 10],
  ['float64', 11],
]);

/** Casts the gradient back; there is no path through integers or booleans. */
export const Cast: GradientRule = (s) => {
  const from = floating.get(s.dtype(s.input(0)));
  const to = floating.get(s.dtype(s.output(0)));
  if (from === undefined || to === undefined) return [null];
  return [s.op('Cast', [s.gradient()], { to: from })];
};
