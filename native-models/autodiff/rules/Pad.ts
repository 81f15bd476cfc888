import { normalAxis, range } from '../arithmetic.ts';
import { applyTransposed, selection } from '../alongAxis.ts';
import type { GradientRule, Scope } from '../rule.ts';

/** Cuts the padding off; what was copied from the inside is added back to where it came from. */
export const Pad: GradientRule = (s) => {
  const rank = s.rank(s.input(0));
  const pads = s.constantInts(1);
  const axes = s.hasInput(3) ? s.constantInts(3).map((axis) => normalAxis(axis, rank)) : range(0, rank);
  const rest = s.node.inputs.slice(1).map(() => null);
  const amounts = axes.map((axis, i) => ({ axis, before: pads[i]!, after: pads[i + axes.length]! }));
  const mode = s.attributeString('mode', 'constant');
  if (mode === 'constant') return [cropped(s, amounts), ...rest];
  let gradient = s.gradient();
  for (const { axis, before, after } of amounts) {
    if (before === 0 && after === 0) continue;
    const size = s.shape(s.input(0))?.[axis];
    if (typeof size !== 'number') throw s.unsupported(`mode ${mode} on axis ${axis} of unknown size`);
    const index = range(-before, size + after).map((at) => copiedFrom(at, size, mode));
    gradient = applyTransposed(s, gradient, selection(index, size), axis);
  }
  return [gradient, ...rest];
};

interface Amount {
  readonly axis: number;
  readonly before: number;
  readonly after: number;
}

/** The padding with the opposite sign: cuts where it was added, adds zeros where it had cut. */
function cropped(s: Scope, amounts: readonly Amount[]): string {
  const rank = s.rank(s.input(0));
  const pads = new Array<number>(2 * rank).fill(0);
  for (const { axis, before, after } of amounts) {
    pads[axis] = -before;
    pads[axis + rank] = -after;
  }
  return s.op('Pad', [s.gradient(), s.ints(pads), s.floats(s.gradient(), [], [0])]);
}

/** Which inner position a padded one repeats. */
function copiedFrom(at: number, size: number, mode: string): number {
  if (at >= 0 && at < size) return at;
  if (mode === 'edge') return at < 0 ? 0 : size - 1;
  if (mode === 'wrap') return ((at % size) + size) % size;
  const period = Math.max(1, 2 * (size - 1));
  const folded = ((at % period) + period) % period;
  return folded < size ? folded : period - folded;
}
