import { range, reshape, scalar, shapeOf, zerosLike } from './arithmetic.ts';
import type { Scope } from './rule.ts';

/** Adds `updates` onto zeros of the shape of `like` at `indices` (same rank and shape as updates) of one axis. */
export function scatterAdd(s: Scope, like: string, indices: string, updates: string, axis: number): string {
  return s.op('ScatterElements', [zerosLike(s, like), indices, updates], {
    axis: axis,
    reduction: 'add',
  });
}

/**
 * Adds the slices of `updates` along `axis` onto zeros of the shape of `like`, slice k at `indices[k]`.
 * @param indices int64 vector [K]; negative ones count from the end.
 * @param updates shape of `like` with K in place of the size of `axis`.
 */
export function scatterSlices(
  s: Scope,
  like: string,
  indices: string,
  updates: string,
  axis: number,
): string {
  const rank = s.rank(like);
  const column = reshape(
    s,
    indices,
    range(0, rank).map((i) => (i === axis ? -1 : 1)),
  );
  const spreadIndices = s.op('Expand', [column, shapeOf(s, updates)]);
  return scatterAdd(s, like, spreadIndices, updates, axis);
}

/** Zeros around `value`: `before[axis]` in front of it, `after[axis]` behind. */
export function pad(s: Scope, value: string, before: readonly number[], after: readonly number[]): string {
  if ([...before, ...after].every((size) => size === 0)) return value;
  return s.op('Pad', [value, s.ints([...before, ...after]), scalar(s, value, 0)]);
}

/** Zeros around `value` along one axis. */
export function padAxis(s: Scope, value: string, axis: number, before: number, after: number): string {
  const at = (size: number) => range(0, s.rank(value)).map((i) => (i === axis ? size : 0));
  return pad(s, value, at(before), at(after));
}
