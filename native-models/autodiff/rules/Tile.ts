import { range, slice, sum } from '../arithmetic.ts';
import type { GradientRule } from '../rule.ts';

/** Views each axis as [repeats, size] and sums over the repeats. */
export const Tile: GradientRule = (s) => {
  const x = s.input(0);
  const rank = s.rank(x);
  const shape = s.op('Shape', [x]);
  const pairs = range(0, rank).flatMap((axis) => [
    slice(s, s.input(1), 0, axis, axis + 1),
    slice(s, shape, 0, axis, axis + 1),
  ]);
  const interleaved = s.op('Reshape', [s.gradient(), s.op('Concat', pairs, { axis: 0 })]);
  return [
    sum(
      s,
      interleaved,
      range(0, rank).map((axis) => 2 * axis),
      false,
    ),
    null,
  ];
};
