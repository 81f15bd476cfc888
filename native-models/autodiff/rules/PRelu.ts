import { mul, scalar, where } from '../arithmetic.ts';
import type { GradientRule } from '../rule.ts';
import { unbroadcast } from '../unbroadcast.ts';

/** At 0 the gradient is that of the negative side. */
export const PRelu: GradientRule = (s) => {
  const [x, slope, dy] = [s.input(0), s.input(1), s.gradient()];
  const positive = s.op('Greater', [x, scalar(s, x, 0)]);
  return [
    s.wants(0) ? where(s, positive, dy, mul(s, dy, slope)) : null,
    s.wants(1) ? unbroadcast(s, where(s, positive, scalar(s, x, 0), mul(s, dy, x)), slope) : null,
  ];
};
