import type { Dim } from '../onnx/ir.ts';
import { range, reshape, slice, sum, transpose } from './arithmetic.ts';
import { pad } from './scatter.ts';
import type { Question, Scope } from './rule.ts';
import { known, readWindow, type Window } from './window.ts';

/** A convolution x [N,C,…] → y [N,O,…] with weight [O, C/groups, …kernel]. */
export interface Convolution extends Window {
  readonly groups: number;
  readonly outChannels: number;
  /** C / groups. */
  readonly inChannelsPerGroup: number;
}

/** Reads a Conv from `x` to `y` (of a ConvTranspose: from its output to its input). The weight's shape must be known. */
export function readConvolution(s: Scope, weight: string, x: string, y: string): Convolution {
  const shape = s.staticShape(weight);
  if (!shape) throw s.unsupported(`the shape of the weight ${weight} is not known`);
  const groups = s.attributeInt('group', 1);
  const window = readWindow(s, shape.slice(2), x, y);
  return { ...window, groups, outChannels: shape[0]!, inChannelsPerGroup: shape[1]! };
}

export function convolutionAttributes(c: Convolution) {
  return {
    kernel_shape: c.kernel,
    strides: c.strides,
    dilations: c.dilations,
    pads: [...c.padsBegin, ...c.padsEnd],
    group: c.groups,
  };
}

/** Gradient [N,C,…] of the input from dy [N,O,…]. */
export function inputGradient(s: Scope, dy: string, weight: string, c: Convolution): string {
  const flippable = c.kernel.every(
    (size, i) => reach(c, i, size) >= Math.max(c.padsBegin[i]!, c.padsEnd[i]!),
  );
  const candidates =
    flippable && c.inputs.every((size) => size !== null) ? ['adjoint', 'flipped'] : ['adjoint'];
  const dense = c.groups === 1;
  const unstrided = c.strides.every((stride) => stride === 1);
  if (flippable && unstrided && !candidates.includes('flipped')) candidates.push('flipped');
  const usual = candidates.includes('flipped') && (unstrided || !dense) ? 'flipped' : 'adjoint';
  const choice = s.choose(question('Conv.input', candidates, usual, s.shape(dy), c));
  return choice === 'flipped' ? flippedConvolution(s, dy, weight, c) : adjointConvolution(s, dy, weight, c);
}

/** How far a kernel reaches beyond its first tap. */
const reach = (c: Convolution, i: number, size: number) => (size - 1) * c.dilations[i]!;

function question(
  kind: string,
  candidates: readonly string[],
  usual: string,
  dy: readonly Dim[] | null,
  c: Convolution,
): Question {
  const { kernel, strides, dilations, groups, outChannels, inChannelsPerGroup, inputs } = c;
  return {
    kind,
    candidates,
    usual,
    shapes: { dy: dy ?? [], kernel, strides, dilations, groups, outChannels, inChannelsPerGroup, inputs },
  };
}

function adjointConvolution(s: Scope, dy: string, weight: string, c: Convolution): string {
  const outputPadding = c.kernel.map((size, i) => {
    if (c.strides[i] === 1) return 0;
    const [input, output] = [c.inputs[i], c.outputs[i]];
    if (input === null || output === null) throw s.unsupported('a strided convolution of unknown size');
    const covered = (output! - 1) * c.strides[i]! + reach(c, i, size) + 1 - c.padsBegin[i]! - c.padsEnd[i]!;
    return input! - covered;
  });
  return s.op('ConvTranspose', [dy, weight], { ...convolutionAttributes(c), output_padding: outputPadding });
}

/** Zeros between the rows and columns of a strided dy, then a convolution with the flipped kernel. */
function flippedConvolution(s: Scope, dy: string, weight: string, c: Convolution): string {
  const ends = c.kernel.map((size, i) => {
    if (c.strides[i] === 1) return reach(c, i, size) - c.padsEnd[i]!;
    const stuffed = (c.outputs[i]! - 1) * c.strides[i]! + 1;
    return c.inputs[i]! + c.padsBegin[i]! - stuffed;
  });
  const begins = c.kernel.map((size, i) => reach(c, i, size) - c.padsBegin[i]!);
  return s.op('Conv', [stuffZeros(s, dy, c), flippedWeight(s, weight, c)], {
    kernel_shape: c.kernel,
    dilations: c.dilations,
    group: c.groups,
    pads: [...begins, ...ends],
  });
}

/** [N,O,h,…] → [N,O,(h−1)·stride+1,…] with zeros between. */
function stuffZeros(s: Scope, dy: string, c: Convolution): string {
  if (c.strides.every((stride) => stride === 1)) return dy;
  const sizes = known(s, c.outputs);
  const spread = [0, c.outChannels, ...sizes.flatMap((size) => [size, 1])];
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

/** [O, C/g, …k] → [C, O/g, …k reversed]. */
function flippedWeight(s: Scope, weight: string, c: Convolution): string {
  const spatial = c.kernel.map((_, i) => i + 2);
  const perGroup = c.outChannels / c.groups;
  const grouped = reshape(s, weight, [c.groups, perGroup, c.inChannelsPerGroup, ...c.kernel]);
  const swapped = transpose(s, grouped, [0, 2, 1, ...spatial.map((axis) => axis + 1)]);
  const turned = reshape(s, swapped, [c.groups * c.inChannelsPerGroup, perGroup, ...c.kernel]);
  if (c.kernel.every((size) => size === 1)) return turned;
  const far = -(2 ** 31);
  return s.op('Slice', [
    turned,
    s.ints(spatial.map(() => -1)),
    s.ints(spatial.map(() => far)),
    s.ints(spatial),
    s.ints(spatial.map(() => -1)),
  ]);
}

/** Gradient [O, C/g, …k] of the weight from x [N,C,…] and dy [N,O,…]. */
export function weightGradient(s: Scope, x: string, dy: string, c: Convolution): string {
  const ways = weightFormulations(c);
  const choice = s.choose(question('Conv.weight', [...ways.keys()], [...ways.keys()][0]!, s.shape(dy), c));
  return ways.get(choice)!(s, x, dy, c);
}

type WeightFormulation = (s: Scope, x: string, dy: string, c: Convolution) => string;

/** Ways that apply to this convolution, the usually fastest first. */
function weightFormulations(c: Convolution): ReadonlyMap<string, WeightFormulation> {
  const depthwise = c.inChannelsPerGroup === 1 && c.outChannels === c.groups;
  const pointwise = c.groups === 1 && c.kernel.every((size) => size === 1);
  const ways = new Map<string, WeightFormulation>();
  if (depthwise) ways.set('shifted', shiftedProducts);
  if (pointwise) ways.set('product', batchedProduct);
  if (c.groups === 1) ways.set('columns', columnsProduct);
  ways.set('convolution', transposedConvolution);
  return ways;
}

/** 1×1: Σ_n dY_n · X_nᵀ. */
const batchedProduct: WeightFormulation = (s, x, dy, c) => {
  const rows = reshape(
    s,
    windowOf(
      s,
      padded(s, x, c, 2),
      c,
      c.kernel.map(() => 0),
      2,
    ),
    [0, c.inChannelsPerGroup, -1],
  );
  const gradients = reshape(s, dy, [0, c.outChannels, -1]);
  const products = s.op('MatMul', [gradients, transpose(s, rows, [0, 2, 1])]);
  return reshape(s, sum(s, products, [0], false), [c.outChannels, c.inChannelsPerGroup, ...c.kernel]);
};

/** Columns of every window in channels-last order, concatenated, and a single product. */
const columnsProduct: WeightFormulation = (s, x, dy, c) => {
  const spatial = c.kernel.map((_, i) => i + 2);
  const last = [0, ...spatial, 1];
  const area = padded(s, transpose(s, x, last), c, 1);
  const taps = offsets(c.kernel).map((offset) => windowOf(s, area, c, offset, 1));
  const columns = taps.length === 1 ? taps[0]! : s.op('Concat', taps, { axis: -1 });
  const rows = reshape(s, columns, [-1, taps.length * c.inChannelsPerGroup]);
  const gradients = reshape(s, transpose(s, dy, last), [-1, c.outChannels]);
  const product = s.op('MatMul', [transpose(s, gradients, [1, 0]), rows]);
  const shaped = reshape(s, product, [c.outChannels, ...c.kernel, c.inChannelsPerGroup]);
  return transpose(s, shaped, [0, c.kernel.length + 1, ...range(1, c.kernel.length + 1)]);
};

/** Depthwise: for each tap, the sum over batch and positions of dy times the shifted input. */
const shiftedProducts: WeightFormulation = (s, x, dy, c) => {
  const area = padded(s, x, c, 2);
  const axes = [0, ...c.kernel.map((_, i) => i + 2)];
  const taps = offsets(c.kernel).map((offset) => {
    const product = s.op('Mul', [windowOf(s, area, c, offset, 2), dy]);
    return reshape(s, sum(s, product, axes, false), [c.outChannels, 1]);
  });
  const joined = taps.length === 1 ? taps[0]! : s.op('Concat', taps, { axis: 1 });
  return reshape(s, joined, [c.outChannels, 1, ...c.kernel]);
};

/** x as a batch of channels convolved with dy as its kernel, strides and dilations exchanged. */
const transposedConvolution: WeightFormulation = (s, x, dy, c) => {
  const inputs = known(s, c.inputs);
  const outputs = known(s, c.outputs);
  const spatial = c.kernel.map((_, i) => i + 2);
  const [g, cg, o] = [c.groups, c.inChannelsPerGroup, c.outChannels];
  // [N, G·Cg, …] → [Cg, G·N, …]: each group convolves its own N "channels".
  const batch = reshape(s, x, [-1, g, cg, ...inputs]);
  const turned = transpose(s, batch, [2, 1, 0, ...spatial.map((axis) => axis + 1)]);
  const images = reshape(s, turned, [cg, -1, ...inputs]);
  const kernels = transpose(s, dy, [1, 0, ...spatial]);
  const full = s.op('Conv', [images, kernels], {
    kernel_shape: outputs,
    strides: c.dilations,
    dilations: c.strides,
    pads: [...c.padsBegin, ...c.padsEnd],
    group: g,
  });
  const cropped = spatial.reduce((value, axis, i) => slice(s, value, axis, 0, c.kernel[i]!), full);
  return reshape(s, transpose(s, cropped, [1, 0, ...spatial]), [o, cg, ...c.kernel]);
};

/** Every tap of the kernel, last axis fastest. */
function offsets(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>(
    (all, size) => all.flatMap((head) => range(0, size).map((tap) => [...head, tap])),
    [[]],
  );
}

/** x with the convolution's zero padding; spatial axes start at `first`. */
function padded(s: Scope, x: string, c: Convolution, first: number): string {
  const around = (amounts: readonly number[]) =>
    range(0, c.kernel.length + 2).map((axis) => amounts[axis - first] ?? 0);
  return pad(s, x, around(c.padsBegin), around(c.padsEnd));
}

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
