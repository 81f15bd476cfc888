import { range, reshape, scalar, where, zerosLike } from './arithmetic.ts';
import { gridOf, interleave, offsets, phaseCount, tapsOf, type Grid } from './grid.ts';
import type { Scope } from './rule.ts';
import { pad } from './scatter.ts';
import { known, type Window } from './window.ts';

/** The gradient of a maximum over windows, found by comparing what each tap sees with the maximum. */
export function throughWindows(s: Scope, w: Window): string {
  const grid = gridOf(s, w);
  const taps = tapsOf(w);
  const sent = firstHits(s, w, grid).map((hit) => where(s, hit, s.gradient(), scalar(s, s.gradient(), 0)));
  const planes = range(0, phaseCount(w)).map((phase) => {
    const parts = sent.flatMap((part, k) =>
      taps[k]!.phase === phase ? [shiftInto(s, part, taps[k]!.shift, w, grid)] : [],
    );
    return parts.length > 1 ? s.op('Sum', parts) : (parts[0] ?? null);
  });
  const some = planes.find((plane) => plane !== null)!;
  const opened = planes.map((plane) => s.op('Unsqueeze', [plane ?? zerosLike(s, some), s.ints([2])]));
  const joined = opened.length > 1 ? s.op('Concat', opened, { axis: 2 }) : opened[0]!;
  const channels = s.shape(s.input(0))![1];
  if (typeof channels !== 'number') throw s.unsupported('the number of channels is not known');
  const all = reshape(s, joined, [-1, channels * phaseCount(w), ...grid.sizes]);
  const kept = known(s, w.inputs).map((size, i) => ({
    begin: w.padsBegin[i]!,
    end: w.padsBegin[i]! + size,
  }));
  return interleave(s, all, channels, w.strides, grid.sizes, kept);
}

/** For each tap, where it is the first of the window, in row-major order, to see the maximum. */
function firstHits(s: Scope, w: Window, grid: Grid): string[] {
  const [x, y, outputs] = [s.input(0), s.output(0), known(s, w.outputs)];
  const lowest = scalar(s, x, -Infinity);
  const around = [0, 0, ...w.padsBegin, 0, 0, ...grid.after];
  const area = around.every((size) => size === 0) ? x : s.op('Pad', [x, s.ints(around), lowest]);
  const axes = s.ints(outputs.map((_, i) => i + 2));
  let free: string | null = null;
  return offsets(w.kernel).map((offset) => {
    const starts = offset.map((tap, i) => tap * w.dilations[i]!);
    const ends = starts.map((start, i) => start + (outputs[i]! - 1) * w.strides[i]! + 1);
    const seen = s.op('Slice', [area, s.ints(starts), s.ints(ends), axes, s.ints(w.strides)]);
    const equal = s.op('Equal', [seen, y]);
    const hit: string = free === null ? equal : s.op('And', [equal, free]);
    free = free === null ? s.op('Not', [hit]) : s.op('Xor', [free, hit]);
    return hit;
  });
}

/** What one tap sends back, at its place in the plane of its phase. */
function shiftInto(s: Scope, part: string, shift: readonly number[], w: Window, grid: Grid): string {
  const after = known(s, w.outputs).map((size, i) => grid.sizes[i]! - size - shift[i]!);
  return pad(s, part, [0, 0, ...shift], [0, 0, ...after]);
}
