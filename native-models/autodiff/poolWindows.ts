import { mul, range, reshape, scalar, transpose, zerosLike } from './arithmetic.ts';
import { gridOf, offsets, phaseCount, tapsOf, type Grid } from './grid.ts';
import type { Scope } from './rule.ts';
import { pad } from './scatter.ts';
import { known, type Window } from './window.ts';

/**
 * The gradient of a maximum over windows, found by comparing what each tap sees with the maximum. Channels last: what
 * is cut out of a strided row, put into one or woven then are runs of channels, not single elements.
 */
export function throughWindows(s: Scope, w: Window): string {
  const channels = s.shape(s.input(0))![1];
  if (typeof channels !== 'number') throw s.unsupported('the number of channels is not known');
  const rank = w.kernel.length + 2;
  const [grid, taps] = [gridOf(s, w), tapsOf(w)];
  const dy = channelsLast(s, s.gradient());
  const sent = firstHits(s, w, grid).map((hit) => mul(s, dy, s.op('CastLike', [hit, dy])));
  const planes = range(0, phaseCount(w)).map((phase) => {
    const parts = sent.flatMap((part, k) =>
      taps[k]!.phase === phase ? [shiftInto(s, part, taps[k]!.shift, w, grid)] : [],
    );
    return parts.length > 1 ? s.op('Sum', parts) : (parts[0] ?? null);
  });
  const some = planes.find((plane) => plane !== null)!;
  const all = planes.map((plane) => plane ?? zerosLike(s, some));
  const whole = unpadded(s, w, grid, woven(s, all, channels, w, grid));
  return transpose(s, whole, [0, rank - 1, ...range(1, rank - 1)]);
}

/** For each tap, where it is the first of the window, in row-major order, to see the maximum. */
function firstHits(s: Scope, w: Window, grid: Grid): string[] {
  const x = channelsLast(s, s.input(0));
  const y = channelsLast(s, s.output(0));
  const outputs = known(s, w.outputs);
  const around = [0, ...w.padsBegin, 0, 0, ...grid.after, 0];
  const isPadded = around.some((size) => size > 0);
  const area = isPadded ? s.op('Pad', [x, s.ints(around), scalar(s, x, -Infinity)]) : x;
  const axes = s.ints(outputs.map((_, i) => i + 1));
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
  return pad(s, part, [0, ...shift, 0], [0, ...after, 0]);
}

/** Planes [N,…sizes,C], one for each phase → the padded input [N,…,C]: axis by axis, the last one first. */
function woven(s: Scope, planes: readonly string[], channels: number, w: Window, grid: Grid): string {
  const whole = grid.sizes.map((size, i) => size * w.strides[i]!);
  let rows = planes;
  let run = channels;
  for (let i = w.strides.length - 1; i >= 0; i--) {
    const stride = w.strides[i]!;
    const length = run;
    const flat = rows.map((plane) => reshape(s, plane, [-1, length]));
    rows = range(0, flat.length / stride).map((k) =>
      stride === 1 ? flat[k]! : s.op('Concat', flat.slice(k * stride, (k + 1) * stride), { axis: 1 }),
    );
    run *= whole[i]!;
  }
  return reshape(s, rows[0]!, [-1, ...whole, channels]);
}

function unpadded(s: Scope, w: Window, grid: Grid, area: string): string {
  const ends = known(s, w.inputs).map((size, i) => w.padsBegin[i]! + size);
  const isWhole = ends.every((end, i) => w.padsBegin[i] === 0 && end === grid.sizes[i]! * w.strides[i]!);
  if (isWhole) return area;
  return s.op('Slice', [area, s.ints(w.padsBegin), s.ints(ends), s.ints(ends.map((_, i) => i + 1))]);
}

const channelsLast = (s: Scope, value: string) => transpose(s, value, [0, ...range(2, s.rank(value)), 1]);
