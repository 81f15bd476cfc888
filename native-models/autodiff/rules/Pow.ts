import { mul, scalar, scale, sub, where } from '../arithmetic.ts';
import type { GradientRule, Scope } from '../rule.ts';
import { unbroadcast } from '../unbroadcast.ts';

/** dx = p·x^(p−1), dp = y·ln x (0 where x ≤ 0, as the logarithm has no value there). */
export const Pow: GradientRule = (s) => {
  const [x, power, dy] = [s.input(0), s.input(1), s.gradient()];
  return [
    s.wants(0) ? unbroadcast(s, mul(s, dy, baseSlope(s, x, power)), x) : null,
    s.wants(1) ? unbroadcast(s, mul(s, mul(s, dy, s.output(0)), safeLog(s, x)), power) : null,
  ];
};

function baseSlope(s: Scope, x: string, power: string): string {
  const known = s.constant(power);
  if (known?.values.length === 1 && known.values[0]! === 2) return scale(s, x, 2);
  const p = s.dtype(power) === s.dtype(x) ? power : s.op('CastLike', [power, x]);
  return mul(s, p, s.op('Pow', [x, sub(s, p, scalar(s, x, 1))]));
}

function safeLog(s: Scope, x: string): string {
  const positive = s.op('Greater', [x, scalar(s, x, 0)]);
  return s.op('Log', [where(s, positive, x, scalar(s, x, 1))]);
}
