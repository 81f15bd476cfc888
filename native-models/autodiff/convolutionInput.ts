import { range, reshape, transpose } from './arithmetic.ts';
import {
  convolutionAttributes,
  writeChosen,
  type Convolution,
  type ConvolutionFormulation,
} from './convolution.ts';
import { gridOf, interleave, phaseCount, reach } from './grid.ts';
import type { Scope } from './rule.ts';
import { pad } from './scatter.ts';
import { known } from './window.ts';

/** Gradient [N,C,…] of a convolution's input from dy [N,O,…]. */
export function inputGradient(s: Scope, weight: string, dy: string, c: Convolution): string {
  const unstrided = c.strides.every((stride) => stride === 1);
  const sized = [...c.inputs, ...c.outputs].every((size) => size !== null);
  const flippable = c.kernel.every((_, i) => reach(c, i) >= Math.max(c.padsBegin[i]!, c.padsEnd[i]!));
  const ways = new Map<string, ConvolutionFormulation>([['adjoint', adjoint]]);
  if (flippable && (unstrided || sized)) ways.set('flipped', flipped);
  if (!unstrided && sized && phasesApply(s, c)) ways.set('phases', phases);
  const usual = ways.has('flipped') && unstrided ? 'flipped' : ways.has('phases') ? 'phases' : 'adjoint';
  return writeChosen(s, { kind: 'Conv.input', input: 0, usual }, ways, weight, dy, c);
}

const adjoint: ConvolutionFormulation = (s, weight, dy, c) => {
  const outputPadding = c.kernel.map((_, i) => {
    if (c.strides[i] === 1) return 0;
    const [input, output] = [c.inputs[i], c.outputs[i]];
    if (input === null || output === null) throw s.unsupported('a strided convolution of unknown size');
    const covered = (output! - 1) * c.strides[i]! + reach(c, i) + 1 - c.padsBegin[i]! - c.padsEnd[i]!;
    return input! - covered;
  });
  return s.op('ConvTranspose', [dy, weight], { ...convolutionAttributes(c), output_padding: outputPadding });
};

/** Zeros between the rows and columns of a strided dy, then a convolution with the flipped kernel. */
const flipped: ConvolutionFormulation = (s, weight, dy, c) => {
  const ends = c.kernel.map((_, i) => {
    if (c.strides[i] === 1) return reach(c, i) - c.padsEnd[i]!;
    const stuffed = (c.outputs[i]! - 1) * c.strides[i]! + 1;
    return c.inputs[i]! + c.padsBegin[i]! - stuffed;
  });
  const begins = c.kernel.map((_, i) => reach(c, i) - c.padsBegin[i]!);
  const grouped = reshape(s, weight, groupedDims(c));
  const spatial = range(3, 3 + c.kernel.length);
  const turned = transpose(s, reversed(s, grouped, spatial), [0, 2, 1, ...spatial]);
  const kernel = reshape(s, turned, [inChannels(c), c.outChannels / c.groups, ...c.kernel]);
  return s.op('Conv', [stuffZeros(s, dy, c), kernel], {
    kernel_shape: c.kernel,
    dilations: c.dilations,
    group: c.groups,
    pads: [...begins, ...ends],
  });
};

/** [N,O,h,…] → [N,O,(h−1)·stride+1,…] with zeros between. */
function stuffZeros(s: Scope, dy: string, c: Convolution): string {
  if (c.strides.every((stride) => stride === 1)) return dy;
  const sizes = known(s, c.outputs);
  const spread = [-1, c.outChannels, ...sizes.flatMap((size) => [size, 1])];
  const after = [0, 0, ...c.strides.flatMap((stride) => [0, stride - 1])];
  const opened = pad(
    s,
    reshape(s, dy, spread),
    after.map(() => 0),
    after,
  );
  const closed = reshape(s, opened, [-1, c.outChannels, ...sizes.map((size, i) => size * c.strides[i]!)]);
  const axes = c.strides.map((_, i) => i + 2);
  const ends = sizes.map((size, i) => (size - 1) * c.strides[i]! + 1);
  return s.op('Slice', [closed, s.ints(axes.map(() => 0)), s.ints(ends), s.ints(axes)]);
}

/** `phases` needs taps next to each other in every plane and no more outputs than a plane has room for. */
const phasesApply = (s: Scope, c: Convolution) =>
  c.dilations.every((dilation) => dilation === 1) &&
  gridOf(s, c).sizes.every((size, i) => size >= c.outputs[i]!);

/**
 * A strided input in planes (see `Grid`): each is an unstrided convolution of dy with the taps of its phase. All
 * planes come from one convolution with as many times the channels, woven together at the end (the sub-pixel
 * convolution of Shi et al., arXiv 1609.05158, backwards).
 */
const phases: ConvolutionFormulation = (s, weight, dy, c) => {
  const grid = gridOf(s, c);
  const taps = c.kernel.map((size, i) => Math.ceil(size / c.strides[i]!));
  const planes = s.op('Conv', [dy, phaseKernels(s, weight, c, taps)], {
    kernel_shape: taps,
    group: c.groups,
    pads: [...taps.map((count) => count - 1), ...grid.sizes.map((size, i) => size - c.outputs[i]!)],
  });
  return interleave(s, planes, inChannels(c), c, grid);
};

/** [O, C/g, …k] → [C · phases, O/g, …taps], the taps of each phase reversed. */
function phaseKernels(s: Scope, weight: string, c: Convolution, taps: readonly number[]): string {
  const rank = taps.length;
  const axes = range(0, rank);
  const filled = taps.map((count, i) => count * c.strides[i]! - c.kernel[i]!);
  const square = pad(
    s,
    reshape(s, weight, groupedDims(c)),
    [0, 0, 0, ...filled.map(() => 0)],
    [0, 0, 0, ...filled],
  );
  const split = reshape(s, square, [
    ...groupedDims(c).slice(0, 3),
    ...axes.flatMap((i) => [taps[i]!, c.strides[i]!]),
  ]);
  const reversedTaps = reversed(
    s,
    split,
    axes.map((i) => 3 + 2 * i),
  );
  const order = [0, 2, ...axes.map((i) => 4 + 2 * i), 1, ...axes.map((i) => 3 + 2 * i)];
  const turned = transpose(s, reversedTaps, order);
  return reshape(s, turned, [inChannels(c) * phaseCount(c), c.outChannels / c.groups, ...taps]);
}

const inChannels = (c: Convolution) => c.groups * c.inChannelsPerGroup;
const groupedDims = (c: Convolution) => [
  c.groups,
  c.outChannels / c.groups,
  c.inChannelsPerGroup,
  ...c.kernel,
];

function reversed(s: Scope, value: string, axes: readonly number[]): string {
  const sizes = s.staticShape(value)!;
  const long = axes.filter((axis) => sizes[axis]! > 1);
  if (long.length === 0) return value;
  const each = (number: number) => s.ints(long.map(() => number));
  return s.op('Slice', [value, each(-1), each(-(2 ** 31)), s.ints(long), each(-1)]);
}
