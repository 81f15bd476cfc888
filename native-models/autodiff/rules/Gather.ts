import { normalAxis, reshape, shapeOf, slice } from '../arithmetic.ts';
import type { GradientRule, Scope } from '../rule.ts';
import { padAxis, scatterSlices } from '../scatter.ts';

/** Adds each gathered slice back onto the place it came from. */
export const Gather: GradientRule = (s) => {
  const [x, indices, dy] = [s.input(0), s.input(1), s.gradient()];
  const axis = normalAxis(s.attributeInt('axis', 0), s.rank(x));
  const single = singlePlace(s, axis);
  if (single) {
    const opened = s.op('Unsqueeze', [dy, s.ints([axis])]);
    return [padAxis(s, opened, axis, single.index, single.size - 1 - single.index), null];
  }
  const flatIndices = reshape(s, indices, [-1]);
  return [scatterSlices(s, x, flatIndices, flattenIndexAxes(s, x, dy, axis), axis), null];
};

/** A known scalar index into an axis of known size. */
function singlePlace(s: Scope, axis: number): { index: number; size: number } | null {
  const known = s.constant(s.input(1));
  const size = s.shape(s.input(0))?.[axis];
  if (known?.dims.length !== 0 || typeof size !== 'number') return null;
  return { index: normalAxis(known.values[0]!, size), size };
}

/** dy has the axes of the index tensor where x has one axis: makes them one again. */
function flattenIndexAxes(s: Scope, x: string, dy: string, axis: number): string {
  const shape = shapeOf(s, x);
  const parts = [s.ints([-1])];
  if (axis > 0) parts.unshift(slice(s, shape, 0, 0, axis));
  if (axis < s.rank(x) - 1) parts.push(slice(s, shape, 0, axis + 1, s.rank(x)));
  return s.op('Reshape', [dy, parts.length === 1 ? parts[0]! : s.op('Concat', parts, { axis: 0 })]);
}
