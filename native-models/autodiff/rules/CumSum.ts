import type { GradientRule } from '../rule.ts';

/** The same sum from the other end. */
export const CumSum: GradientRule = (s) => [
  s.op('CumSum', [s.gradient(), s.input(1)], {
    exclusive: s.attributeInt('exclusive', 0),
    reverse: 1 - s.attributeInt('reverse', 0),
  }),
  null,
];
