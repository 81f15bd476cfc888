import { range, reshape, transpose } from './arithmetic.ts';
import {
  convolutionAttributes,
  writeChosen,
  type Convolution,
  type ConvolutionFormulation,
} from './convolution.ts';
import { interleave, offsets, reach } from './grid.ts';
import type { Scope } from './rule.ts';
import { pad } from './scatter.ts';
import { known } from './window.ts';

/** Gradient [N,C,…] of a convolution's input from dy [N,O,…]. */
export function inputGradient(s: Scope, weight: string, dy: string, c: Convolution): string {
  const unstrided = c.strides.every((stride) => stride === 1);
  const sized = [...c.inputs, ...c.outputs].every((size) => size !== null);
  const flippable = c.kernel.every((_, i) => reach(c, i) >= Math.max(c.padsBegin[i]!, c.padsEnd[i]!));
  const ways = new Map<string, ConvolutionFormulation>([['adjoint', adjoint]]);
  const stuffable = sized && s.dtype(dy) === 'float32';
  if (flippable && (unstrided || stuffable)) ways.set('flipped', flipped);
  const dense = c.dilations.every((dilation) => dilation === 1);
  if (!unstrided && sized && dense && !looksLikeProduct(s, c)) ways.set('phases', phases);
  // A depthwise convolution of what is mostly zeros costs less than weaving planes.
  const cheap = unstrided || c.inChannelsPerGroup === 1 || isUnit(c.kernel);
  const order = cheap ? ['flipped', 'phases'] : ['phases', 'flipped'];
  const usual = order.find((way) => ways.has(way)) ?? 'adjoint';
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

/** A convolution with the flipped kernel, of a strided dy with zeros between its rows and columns. */
const flipped: ConvolutionFormulation = (s, weight, dy, c) => {
  const grouped = reshape(s, weight, groupedDims(c));
  const spatial = range(3, 3 + c.kernel.length);
  const turned = transpose(s, reversed(s, grouped, spatial), [0, 2, 1, ...spatial]);
  const kernel = reshape(s, turned, [inChannels(c), c.outChannels / c.groups, ...c.kernel]);
  const convolve = (value: string, pads: readonly number[]) =>
    s.op('Conv', [value, kernel], {
      kernel_shape: c.kernel,
      dilations: c.dilations,
      group: c.groups,
      pads: pads,
    });
  if (c.strides.every((stride) => stride === 1)) {
    const reaches = c.kernel.map((_, i) => reach(c, i));
    const begins = reaches.map((each, i) => each - c.padsBegin[i]!);
    return convolve(dy, [...begins, ...reaches.map((each, i) => each - c.padsEnd[i]!)]);
  }
  const [inputs, outputs] = [known(s, c.inputs), known(s, c.outputs)];
  const wanted = inputs.map((size, i) => size + c.padsBegin[i]!);
  const stuffed = outputs.map((size, i) => Math.min(wanted[i]!, size * c.strides[i]!));
  const begins = c.kernel.map((_, i) => reach(c, i) - c.padsBegin[i]!);
  const ends = wanted.map((size, i) => size - stuffed[i]!);
  // With a kernel of one tap it is the same to put the zeros in afterwards.
  return isUnit(c.kernel)
    ? stuffZeros(s, convolve(dy, [...begins, ...ends]), c.strides, outputs, stuffed)
    : convolve(stuffZeros(s, dy, c.strides, outputs, stuffed), [...begins, ...ends]);
};

/**
 * Zeros behind each element along the spatial axes of [N,C,…sizes], and of that the first `kept`. By repeating each
 * element and a product with a pattern: onnxruntime inserts single elements far slower, by whichever operator.
 */
function stuffZeros(
  s: Scope,
  value: string,
  strides: readonly number[],
  sizes: readonly number[],
  kept: readonly number[],
): string {
  const whole = sizes.map((size, i) => size * strides[i]!);
  const pattern = offsets(whole).map((at) => (at.every((each, i) => each % strides[i]! === 0) ? 1 : 0));
  const scales = s.floats(value, [2 + strides.length], [1, 1, ...strides]);
  const repeated = s.op('Resize', [value, '', scales], {
    mode: 'nearest',
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: 'floor',
  });
  const closed = s.op('Mul', [repeated, s.floats(value, [1, 1, ...whole], pattern)]);
  if (kept.every((size, i) => size === whole[i])) return closed;
  const axes = strides.map((_, i) => i + 2);
  return s.op('Slice', [closed, s.ints(axes.map(() => 0)), s.ints(kept), s.ints(axes)]);
}

/**
 * A strided input in as many planes as there are phases: position p = phase + stride · q. Each is an unstrided
 * convolution of dy with the taps of its phase. All planes come from one convolution with as many times the channels,
 * woven together at the end (the sub-pixel convolution of Shi et al., arXiv 1609.05158, backwards).
 */
const phases: ConvolutionFormulation = (s, weight, dy, c) => {
  const inputs = known(s, c.inputs);
  const sizes = planeSizes(s, c);
  const spans = spansOf(s, c);
  const taps = spans.map(({ first, last }) => last - first + 1);
  const planes = s.op('Conv', [dy, phaseKernels(s, weight, c, spans)], {
    kernel_shape: taps,
    group: c.groups,
    pads: [
      ...spans.map(({ first }) => -first),
      ...spans.map(({ last }, i) => last + sizes[i]! - c.outputs[i]!),
    ],
  });
  return interleave(s, planes, inChannels(c), c.strides, sizes, inputs);
};

/**
 * onnxruntime's WebGPU takes a convolution whose kernel has the size of its input, with no zeros in front of it, for
 * a matrix product, and forgets the zeros behind it.
 */
const looksLikeProduct = (s: Scope, c: Convolution) =>
  spansOf(s, c).every(({ first, last }, i) => first === 0 && last + 1 === c.outputs[i]);

const planeSizes = (s: Scope, c: Convolution) =>
  known(s, c.inputs).map((size, i) => Math.ceil(size / c.strides[i]!));

/** Outputs o = q + offset that reach an element q of a plane, first ≤ offset ≤ last. */
interface Span {
  readonly first: number;
  readonly last: number;
}

/** Of all phases together: position p is reached by tap k of output (p + pad − k) / stride, where that is whole. */
function spansOf(s: Scope, c: Convolution): Span[] {
  const outputs = known(s, c.outputs);
  return planeSizes(s, c).map((size, i) => {
    const [kernel, stride, before] = [c.kernel[i]!, c.strides[i]!, c.padsBegin[i]!];
    return {
      first: Math.min(0, Math.ceil((before - kernel + 1) / stride)),
      // At least so far that the convolution of dy needs no cutting.
      last: Math.max(Math.floor((stride - 1 + before) / stride), outputs[i]! - size),
    };
  });
}

/** [O, C/g, …k] → [C · phases, O/g, …taps]: of each phase its taps, last one first. */
function phaseKernels(s: Scope, weight: string, c: Convolution, spans: readonly Span[]): string {
  const rank = spans.length;
  const axes = range(0, rank);
  const taps = spans.map(({ first, last }) => last - first + 1);
  const before = spans.map(({ last }, i) => last * c.strides[i]! - c.padsBegin[i]!);
  const after = taps.map((count, i) => count * c.strides[i]! - c.kernel[i]! - before[i]!);
  const grouped = reshape(s, weight, groupedDims(c));
  const square = pad(s, grouped, [0, 0, 0, ...before], [0, 0, 0, ...after]);
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
  const phaseCount = c.strides.reduce((product, stride) => product * stride, 1);
  return reshape(s, turned, [inChannels(c) * phaseCount, c.outChannels / c.groups, ...taps]);
}

const isUnit = (sizes: readonly number[]) => sizes.every((size) => size === 1);
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
