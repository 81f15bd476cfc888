import type { Dim } from '../../onnx/ir.ts';
import { normalAxis, range, slice } from '../arithmetic.ts';
import type { GradientRule, Scope } from '../rule.ts';
import { pad, scatterSlices } from '../scatter.ts';

/**
 * Puts the gradient back where it was cut from: zeros around it for a known contiguous cut, otherwise a
 * scatter at the positions that the same slice takes from 0, 1, 2, …; one axis after the other.
 */
export const Slice: GradientRule = (s) => {
  const x = s.input(0);
  const rank = s.rank(x);
  const count = vectorLength(s, 1);
  const axes = (s.hasInput(3) ? s.constantInts(3) : range(0, count)).map((axis) => normalAxis(axis, rank));
  const rest = s.node.inputs.slice(1).map(() => null);
  const cuts = axes.map((axis, i) => knownCut(s, i, s.shape(x)?.[axis]));
  if (cuts.every((cut): cut is Cut => cut?.step === 1)) return [padBack(s, axes, cuts), ...rest];
  let gradient = s.gradient();
  // Several axes are undone last to first; `stages` holds the forward value before each cut.
  const stages = [x];
  axes.slice(0, -1).forEach((axis, i) => stages.push(cutLikeForward(s, stages[i]!, axis, i)));
  for (let i = axes.length - 1; i >= 0; i--) gradient = uncut(s, stages[i]!, gradient, axes[i]!, i);
  return [gradient, ...rest];
};

/** One Pad for all axes. */
function padBack(s: Scope, axes: readonly number[], cuts: readonly Cut[]): string {
  const before = new Array<number>(s.rank(s.input(0))).fill(0);
  const after = [...before];
  axes.forEach((axis, i) => {
    before[axis] = cuts[i]!.start;
    after[axis] = cuts[i]!.size - cuts[i]!.end;
  });
  return pad(s, s.gradient(), before, after);
}

function uncut(s: Scope, whole: string, gradient: string, axis: number, i: number): string {
  const length = slice(s, s.op('Shape', [whole]), 0, axis, axis + 1);
  const positions = s.op('Range', [s.int(0), s.op('Squeeze', [length, s.ints([0])]), s.int(1)]);
  return scatterSlices(s, whole, cutLikeForward(s, positions, 0, i), gradient, axis);
}

/** Applies cut `i` of the forward node to one axis of another value. */
function cutLikeForward(s: Scope, value: string, axis: number, i: number): string {
  const at = (k: number) => slice(s, s.input(k), 0, i, i + 1);
  const step = s.hasInput(4) ? at(4) : s.ints([1]);
  return s.op('Slice', [value, at(1), at(2), s.ints([axis]), step]);
}

function vectorLength(s: Scope, i: number): number {
  const length = s.shape(s.input(i))?.[0];
  if (typeof length !== 'number') throw s.unsupported('the number of sliced axes is not known');
  return length;
}

/** Elements [start, end) by step of an axis with `size` elements. */
interface Cut {
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly size: number;
}

/** Cut `i` of the node, where it is known when the graph is made. */
function knownCut(s: Scope, i: number, size: Dim | undefined): Cut | null {
  const [starts, ends] = [s.constant(s.input(1)), s.constant(s.input(2))];
  const steps = s.hasInput(4) ? s.constant(s.input(4)) : null;
  if (!starts || !ends || (s.hasInput(4) && !steps) || typeof size !== 'number') return null;
  const clamp = (value: number) => Math.min(Math.max(value < 0 ? value + size : value, 0), size);
  const start = clamp(starts.values[i]!);
  const end = Math.max(start, clamp(ends.values[i]!));
  return { start, end, step: steps ? steps.values[i]! : 1, size };
}
