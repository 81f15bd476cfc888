import { div, mul, neg } from '../arithmetic.ts';
import type { GradientRule } from '../rule.ts';
import { unbroadcast } from '../unbroadcast.ts';

/** d(a/b) = da/b − (a/b)·db/b. */
export const Div: GradientRule = (s) => {
  const share = div(s, s.gradient(), s.input(1));
  return [
    s.wants(0) ? unbroadcast(s, share, s.input(0)) : null,
    s.wants(1) ? neg(s, unbroadcast(s, mul(s, share, s.output(0)), s.input(1))) : null,
  ];
};
