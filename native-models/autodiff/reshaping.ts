import { reshapeLike } from './arithmetic.ts';
import type { GradientRule } from './rule.ts';

/** Operators that only rename dimensions: the gradient takes the shape of the input again. */
export const reshaping: GradientRule = (s) => [
  reshapeLike(s, s.gradient(), s.input(0)),
  ...s.node.inputs.slice(1).map(() => null),
];
