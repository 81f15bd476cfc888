import type { Scope } from './rule.ts';

/** The few operators every rule is written in, as functions. Each writes one node and returns its output. */
export const add = (s: Scope, a: string, b: string) => s.op('Add', [a, b]);
export const sub = (s: Scope, a: string, b: string) => s.op('Sub', [a, b]);
export const mul = (s: Scope, a: string, b: string) => s.op('Mul', [a, b]);
export const div = (s: Scope, a: string, b: string) => s.op('Div', [a, b]);
export const neg = (s: Scope, a: string) => s.op('Neg', [a]);
export const where = (s: Scope, condition: string, a: string, b: string) => s.op('Where', [condition, a, b]);
export const scalar = (s: Scope, like: string, value: number) => s.floats(like, [], [value]);
export const scale = (s: Scope, a: string, factor: number) =>
  factor === 1 ? a : mul(s, a, scalar(s, a, factor));
export const shapeOf = (s: Scope, value: string) => {
  const known = s.staticShape(value);
  return known ? s.ints(known) : s.op('Shape', [value]);
};
export const reshapeLike = (s: Scope, value: string, like: string) =>
  s.op('Reshape', [value, shapeOf(s, like)]);
export const reshape = (s: Scope, value: string, dims: readonly number[]) =>
  s.op('Reshape', [value, s.ints(dims)]);
export const transpose = (s: Scope, value: string, perm: readonly number[]) =>
  perm.every((axis, i) => axis === i) ? value : s.op('Transpose', [value], { perm: perm });
export const unsqueeze = (s: Scope, value: string, axes: readonly number[]) =>
  axes.length === 0 ? value : s.op('Unsqueeze', [value, s.ints(axes)]);
export const sum = (s: Scope, value: string, axes: readonly number[], keepDims: boolean) =>
  axes.length === 0 ? value : s.op('ReduceSum', [value, s.ints(axes)], { keepdims: keepDims ? 1 : 0 });
/** Elements [start, end) of one axis, by step. */
export const slice = (s: Scope, value: string, axis: number, start: number, end: number, step = 1) =>
  s.op('Slice', [value, s.ints([start]), s.ints([end]), s.ints([axis]), s.ints([step])]);
export const zerosLike = (s: Scope, value: string) =>
  s.op('Expand', [scalar(s, value, 0), shapeOf(s, value)]);

/** `axis` in 0..rank−1 from one that may count from the end. */
export const normalAxis = (axis: number, rank: number) => (axis < 0 ? axis + rank : axis);
export const range = (from: number, to: number) =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
/** Mean over `axes`, kept as size 1; the axes moved from an attribute to an input with operator set 18. */
export const mean = (s: Scope, value: string, axes: readonly number[]) =>
  s.opset >= 18
    ? s.op('ReduceMean', [value, s.ints(axes)], { keepdims: 1 })
    : s.op('ReduceMean', [value], { axes, keepdims: 1 });
