import { range, reshape, sum } from './arithmetic.ts';
import type { Scope } from './rule.ts';

/** A per-channel vector [C] shaped to broadcast over [N,C,…] of the rank of `like`. */
export const perChannel = (s: Scope, vector: string, like: string) =>
  reshape(s, vector, [1, -1, ...range(2, s.rank(like)).map(() => 1)]);

/** Sums [N,C,…] to [C]. */
export const sumPerChannel = (s: Scope, value: string) =>
  sum(s, value, [0, ...range(2, s.rank(value))], false);
