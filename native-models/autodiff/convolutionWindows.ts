import { range, reshape, sum, transpose } from './arithmetic.ts';
import type { Convolution, ConvolutionFormulation } from './convolution.ts';
import { gridOf, offsets, phaseCount, tapsOf, type Grid, type Tap } from './grid.ts';
import type { Scope } from './rule.ts';
import { pad } from './scatter.ts';
import { known } from './window.ts';

/** Weight gradients that lay out what each tap of the kernel sees (im2col) and multiply it with dy. */

/** Channels last: the columns of every window, concatenated, and a single product. */
export const columns: ConvolutionFormulation = (s, x, dy, c) => {
  const spatial = c.kernel.map((_, i) => i + 2);
  const last = [0, ...spatial, 1];
  const area = padded(s, transpose(s, x, last), c, 1);
  const taps = offsets(c.kernel).map((offset) => windowOf(s, area, c, offset, 1));
  const rows = reshape(s, concat(s, taps, -1), [-1, taps.length * c.inChannelsPerGroup]);
  const gradients = reshape(s, transpose(s, dy, last), [-1, c.outChannels]);
  const product = s.op('MatMul', [transpose(s, gradients, [1, 0]), rows]);
  const shaped = reshape(s, product, [c.outChannels, ...c.kernel, c.inChannelsPerGroup]);
  return transpose(s, shaped, [0, c.kernel.length + 1, ...range(1, c.kernel.length + 1)]);
};

/**
 * As `columns` for a row of the kernel at a time: what its taps see is laid out once for all rows, which then differ by
 * whole rows of the input. Two dimensions.
 */
export const strips: ConvolutionFormulation = (s, x, dy, c) => {
  const [tall, wide] = c.kernel as [number, number];
  const across = { ...c, kernel: [1, wide], strides: [1, c.strides[1]!] };
  const down = { ...c, kernel: [tall, 1], strides: [c.strides[0]!, 1] };
  const [height, width] = known(s, c.outputs) as [number, number];
  const whole = c.inputs[0]! + c.padsBegin[0]! + c.padsEnd[0]!;
  const area = padded(s, transpose(s, x, [0, 2, 3, 1]), c, 1);
  const taps = offsets(across.kernel).map((offset) => cut(s, area, across, offset, [whole, width]));
  const strip = concat(s, taps, -1);
  const gradients = transpose(s, reshape(s, transpose(s, dy, [0, 2, 3, 1]), [-1, c.outChannels]), [1, 0]);
  const products = offsets(down.kernel).map((offset) => {
    const seen = cut(s, strip, down, offset, [height, width]);
    return s.op('MatMul', [gradients, reshape(s, seen, [-1, wide * c.inChannelsPerGroup])]);
  });
  const shaped = reshape(s, concat(s, products, 1), [c.outChannels, tall, wide, c.inChannelsPerGroup]);
  return transpose(s, shaped, [0, 3, 1, 2]);
};

/** Depthwise: for each tap, the sum over batch and positions of dy times the shifted input. */
export const shifted: ConvolutionFormulation = (s, x, dy, c) => {
  const area = padded(s, x, c, 2);
  const axes = [0, ...c.kernel.map((_, i) => i + 2)];
  const taps = offsets(c.kernel).map((offset) => {
    const product = s.op('Mul', [windowOf(s, area, c, offset, 2), dy]);
    return reshape(s, sum(s, product, axes, false), [c.outChannels, 1]);
  });
  return reshape(s, concat(s, taps, 1), [c.outChannels, 1, ...c.kernel]);
};

/**
 * In the planes of `Grid`, flattened: a tap is a run of consecutive elements, so laying it out is a plain copy.
 * Where a run goes over the end of a row, dy is zero. One product for each image and group, then their sum.
 */
export const samples: ConvolutionFormulation = (s, x, dy, c) => {
  const [grid, taps] = [gridOf(s, c), tapsOf(c)];
  const flat = flatPlanes(s, x, c, grid);
  const run = runLength(s, c, grid);
  const seen = taps.map((tap) => runOf(s, flat, tap, grid, run));
  const cols = reshape(s, concat(s, seen, 2), [0, c.groups, taps.length * c.inChannelsPerGroup, run]);
  const gradients = transpose(s, flatGradient(s, dy, c, grid, run), [0, 1, 3, 2]);
  return fromTaps(s, sum(s, s.op('MatMul', [cols, gradients]), [0], false), c, taps.length);
};

/** As `samples`, with the whole batch in one run of each channel and one product for all. */
export const planes: ConvolutionFormulation = (s, x, dy, c) => {
  const [grid, taps] = [gridOf(s, c), tapsOf(c)];
  const size = sizeOf(grid);
  const batches = transpose(s, flatPlanes(s, x, c, grid), [2, 1, 3, 0, 4]);
  const flat = reshape(s, batches, [phaseCount(c), c.inChannelsPerGroup, -1]);
  const last = Math.max(...taps.map((tap) => flatShift(tap, grid)));
  const seen = taps.map((tap) => {
    const shift = flatShift(tap, grid);
    const end = last === shift ? 2 ** 31 : shift - last;
    return s.op('Slice', [flat, s.ints([tap.phase, shift]), s.ints([tap.phase + 1, end]), s.ints([0, 2])]);
  });
  const cols = reshape(s, concat(s, seen, 0), [taps.length * c.inChannelsPerGroup, -1]);
  const area = filled(s, dy, c, grid.sizes);
  const turned = transpose(s, reshape(s, area, [-1, c.outChannels, size]), [1, 0, 2]);
  const row = reshape(s, turned, [c.outChannels, -1]);
  const gradients = last === 0 ? row : s.op('Slice', [row, s.ints([0]), s.ints([-last]), s.ints([1])]);
  return fromTaps(s, s.op('MatMul', [cols, transpose(s, gradients, [1, 0])]), c, taps.length);
};

/** [N,C,…] → [N, groups, phases, C/g, elements of a plane]. */
function flatPlanes(s: Scope, x: string, c: Convolution, grid: Grid): string {
  const axes = c.kernel.map((_, i) => i);
  const area = pad(s, x, [0, 0, ...c.padsBegin], [0, 0, ...grid.after]);
  const closed = [-1, c.groups, phaseCount(c), c.inChannelsPerGroup, sizeOf(grid)];
  if (phaseCount(c) === 1) return reshape(s, area, closed);
  const split = axes.flatMap((i) => [grid.sizes[i]!, c.strides[i]!]);
  const open = reshape(s, area, [-1, c.groups, c.inChannelsPerGroup, ...split]);
  const order = [0, 1, ...axes.map((i) => 4 + 2 * i), 2, ...axes.map((i) => 3 + 2 * i)];
  return reshape(s, transpose(s, open, order), closed);
}

/** [N,O,…] → [N, groups, O/g, run], laid out like a plane. */
function flatGradient(s: Scope, dy: string, c: Convolution, grid: Grid, run: number): string {
  const rows = [c.outputs[0]!, ...grid.sizes.slice(1)];
  const area = filled(s, dy, c, rows);
  const size = rows.reduce((product, each) => product * each, 1);
  const flat = reshape(s, area, [-1, c.groups, c.outChannels / c.groups, size]);
  return run === size ? flat : s.op('Slice', [flat, s.ints([0]), s.ints([run]), s.ints([3])]);
}

/** dy with zeros behind it up to these sizes. */
function filled(s: Scope, dy: string, c: Convolution, sizes: readonly number[]): string {
  const after = known(s, c.outputs).map((size, i) => sizes[i]! - size);
  return pad(s, dy, [0, 0, ...after.map(() => 0)], [0, 0, ...after]);
}

/** [N, groups, 1, C/g, run] of what a tap sees. */
function runOf(s: Scope, flat: string, tap: Tap, grid: Grid, run: number): string {
  const start = flatShift(tap, grid);
  return s.op('Slice', [
    flat,
    s.ints([tap.phase, start]),
    s.ints([tap.phase + 1, start + run]),
    s.ints([2, 4]),
  ]);
}

const sizeOf = (grid: Grid) => grid.sizes.reduce((product, size) => product * size, 1);

const flatShift = (tap: Tap, grid: Grid) =>
  tap.shift.reduce((position, shift, i) => position * grid.sizes[i]! + shift, 0);

/** From the first output to the last, in elements of a plane. */
const runLength = (s: Scope, c: Convolution, grid: Grid) =>
  flatShift({ phase: 0, shift: known(s, c.outputs).map((size) => size - 1) }, grid) + 1;

/** [groups · taps · C/g, O/g] in any split of the first axis → [O, C/g, …kernel]. */
function fromTaps(s: Scope, product: string, c: Convolution, taps: number): string {
  const perGroup = c.outChannels / c.groups;
  const open = reshape(s, product, [c.groups, taps, c.inChannelsPerGroup, perGroup]);
  return reshape(s, transpose(s, open, [0, 3, 2, 1]), [c.outChannels, c.inChannelsPerGroup, ...c.kernel]);
}

const concat = (s: Scope, parts: readonly string[], axis: number) =>
  parts.length === 1 ? parts[0]! : s.op('Concat', parts, { axis });

/** x with the convolution's zero padding; spatial axes start at `first`. */
function padded(s: Scope, x: string, c: Convolution, first: number): string {
  const around = (amounts: readonly number[]) =>
    range(0, c.kernel.length + 2).map((axis) => amounts[axis - first] ?? 0);
  return pad(s, x, around(c.padsBegin), around(c.padsEnd));
}

/** As `windowOf` with channels last and so many positions along each axis. */
const cut = (s: Scope, area: string, c: Convolution, offset: readonly number[], outputs: readonly number[]) =>
  windowOf(s, area, { ...c, outputs }, offset, 1);

/** What tap `offset` of the kernel sees at every output position; spatial axes start at `first`. */
function windowOf(s: Scope, area: string, c: Convolution, offset: readonly number[], first: number): string {
  const outputs = known(s, c.outputs);
  const starts = offset.map((tap, i) => tap * c.dilations[i]!);
  const ends = starts.map((start, i) => start + (outputs[i]! - 1) * c.strides[i]! + 1);
  const whole = starts.every(
    (start, i) =>
      start === 0 && c.strides[i] === 1 && ends[i] === c.inputs[i]! + c.padsBegin[i]! + c.padsEnd[i]!,
  );
  if (whole) return area;
  return s.op('Slice', [
    area,
    s.ints(starts),
    s.ints(ends),
    s.ints(starts.map((_, i) => i + first)),
    s.ints(c.strides),
  ]);
}
