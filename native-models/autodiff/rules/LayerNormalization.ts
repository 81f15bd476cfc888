import { mul, normalAxis, range, sub } from '../arithmetic.ts';
import type { GradientRule } from '../rule.ts';
import { throughStandardise } from '../standardise.ts';
import { unbroadcast } from '../unbroadcast.ts';

/** Uses the mean and inverse deviation that the forward node has computed anyway. */
export const LayerNormalization: GradientRule = (s) => {
  const [x, gamma, dy] = [s.input(0), s.input(1), s.gradient()];
  const rank = s.rank(x);
  const axes = range(normalAxis(s.attributeInt('axis', -1), rank), rank);
  const inverse = s.output(2);
  const xHat = s.wants(0) || s.wants(1) ? mul(s, sub(s, x, s.output(1)), inverse) : '';
  return [
    s.wants(0) ? throughStandardise(s, mul(s, dy, gamma), { xHat, inverse, axes }) : null,
    s.wants(1) ? unbroadcast(s, mul(s, dy, xHat), gamma) : null,
    s.hasInput(2) && s.wants(2) ? unbroadcast(s, dy, s.input(2)) : null,
  ].slice(0, s.node.inputs.length);
};
