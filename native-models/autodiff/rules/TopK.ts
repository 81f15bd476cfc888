import { normalAxis } from '../arithmetic.ts';
import type { GradientRule } from '../rule.ts';
import { scatterAdd } from '../scatter.ts';

/** The gradient of the values goes to the places their indices name. */
export const TopK: GradientRule = (s) => {
  const axis = normalAxis(s.attributeInt('axis', -1), s.rank(s.input(0)));
  return [scatterAdd(s, s.input(0), s.output(1), s.gradient(0), axis), null];
};
