import type { Dim } from '../onnx/ir.ts';
import { range, reshapeLike, shapeOf, sum } from './arithmetic.ts';
import type { Scope } from './rule.ts';

/**
 * Undoes a broadcast: sums `gradient`, which has the shape of the broadcast result, down to the shape of
 * `value`. Uses the shapes where they are known and asks the running graph where they are not.
 */
export function unbroadcast(s: Scope, gradient: string, value: string): string {
  const from = s.shape(gradient);
  const to = s.shape(value);
  const axes = from && to ? broadcastAxes(from, to) : null;
  if (!from || !to || axes === null) return unbroadcastAtRunTime(s, gradient, value);
  if (axes.length === 0) return gradient;
  const extra = from.length - to.length;
  const keep = axes.filter((axis) => axis >= extra);
  if (extra === 0) return sum(s, gradient, axes, true);
  if (keep.length === 0) return sum(s, gradient, axes, false);
  return reshapeLike(s, sum(s, gradient, axes, false), value);
}

/** Axes of `from` that a broadcast from `to` stretched, or `null` when the shapes do not tell. */
function broadcastAxes(from: readonly Dim[], to: readonly Dim[]): number[] | null {
  const extra = from.length - to.length;
  const axes = range(0, extra);
  for (let axis = extra; axis < from.length; axis++) {
    const target = to[axis - extra];
    const source = from[axis];
    if (target === source && target !== null) continue;
    if (target !== 1) return null;
    axes.push(axis);
  }
  return axes;
}

function unbroadcastAtRunTime(s: Scope, gradient: string, value: string): string {
  const gradientShape = s.op('Shape', [gradient]);
  const valueShape = s.op('Shape', [value]);
  const missing = s.op('Sub', [s.op('Size', [gradientShape]), s.op('Size', [valueShape])]);
  const ones = s.op('Expand', [s.ints([1]), s.op('Reshape', [missing, s.ints([1])])]);
  const padded = s.op('Concat', [ones, valueShape], { axis: 0 });
  const stretched = s.op('Not', [s.op('Equal', [padded, gradientShape])]);
  const axes = s.op('Reshape', [s.op('NonZero', [stretched]), s.ints([-1])]);
  const summed = s.op('ReduceSum', [gradient, axes], { keepdims: 1, noop_with_empty_axes: 1 });
  return s.op('Reshape', [summed, shapeOf(s, value)]);
}
