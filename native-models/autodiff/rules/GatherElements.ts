import { normalAxis } from '../arithmetic.ts';
import type { GradientRule } from '../rule.ts';
import { scatterAdd } from '../scatter.ts';

export const GatherElements: GradientRule = (s) => {
  const axis = normalAxis(s.attributeInt('axis', 0), s.rank(s.input(0)));
  return [scatterAdd(s, s.input(0), s.input(1), s.gradient(), axis), null];
};
