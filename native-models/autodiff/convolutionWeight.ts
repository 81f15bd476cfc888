import { range, reshape, slice, sum, transpose } from './arithmetic.ts';
import { writeChosen, type Convolution, type ConvolutionFormulation } from './convolution.ts';
import { columns, planes, samples, shifted, strips } from './convolutionWindows.ts';
import { rows, rowsApply } from './convolutionRows.ts';
import type { Scope } from './rule.ts';
import { known } from './window.ts';

/** Gradient [O, C/g, …k] of a convolution's weight from x [N,C,…] and dy [N,O,…]. */
export function weightGradient(s: Scope, x: string, dy: string, c: Convolution): string {
  const depthwise = c.inChannelsPerGroup === 1 && c.outChannels === c.groups;
  const dense = c.groups === 1;
  const plain = [...c.padsBegin, ...c.padsEnd].every((size) => size === 0) && isUnit(c.strides);
  const ways = new Map<string, ConvolutionFormulation>();
  if (depthwise) ways.set('shifted', shifted);
  if (depthwise && rowsApply(c)) ways.set('rows', rows);
  if (dense && plain && isUnit(c.kernel)) ways.set('product', product);
  if (dense) ways.set('columns', columns);
  if (dense && c.kernel.length === 2 && !isUnit(c.kernel)) ways.set('strips', strips);
  if (dense) ways.set('planes', planes);
  ways.set('samples', samples);
  if (depthwise && typeof s.shape(x)?.[0] === 'number') ways.set('images', images);
  ways.set('convolution', convolution);
  const usual = usualOrder(c).find((way) => ways.has(way))!;
  return writeChosen(s, { kind: `${s.node.op}.weight`, input: 1, usual }, ways, x, dy, c);
}

/** The ways from the one that is usually the fastest on a processor. */
function usualOrder(c: Convolution): string[] {
  const positions = c.outputs.reduce<number>((product, size) => product * (size ?? Infinity), 1);
  // The sum over a batch of products of a few positions takes longer than the products.
  const unit = positions <= 64 && isUnit([...c.kernel, ...c.strides]) ? ['planes', 'product'] : ['product'];
  // Columns of a few channels are laid out one short run at a time.
  const dense = isUnit(c.strides) ? ['strips'] : c.inChannelsPerGroup < 16 ? ['samples'] : [];
  return ['rows', 'images', 'shifted', ...unit, ...dense, 'columns', 'samples'];
}

const isUnit = (sizes: readonly number[]) => sizes.every((size) => size === 1);

/** 1×1: Σ_n dY_n · X_nᵀ. */
const product: ConvolutionFormulation = (s, x, dy, c) => {
  const rows = reshape(s, x, [0, c.inChannelsPerGroup, -1]);
  const gradients = reshape(s, dy, [0, c.outChannels, -1]);
  const products = s.op('MatMul', [gradients, transpose(s, rows, [0, 2, 1])]);
  return reshape(s, sum(s, products, [0], false), [c.outChannels, c.inChannelsPerGroup, ...c.kernel]);
};

/** x as a batch of channels convolved with dy as its kernel, strides and dilations exchanged. */
const convolution: ConvolutionFormulation = (s, x, dy, c) => {
  const inputs = known(s, c.inputs);
  const spatial = c.kernel.map((_, i) => i + 2);
  const [g, cg, o] = [c.groups, c.inChannelsPerGroup, c.outChannels];
  // [N, G·Cg, …] → [Cg, G·N, …]: each group convolves its own N "channels".
  const batch = reshape(s, x, [-1, g, cg, ...inputs]);
  const turned = transpose(s, batch, [2, 1, 0, ...spatial.map((axis) => axis + 1)]);
  const pictures = reshape(s, turned, [cg, -1, ...inputs]);
  const full = correlate(s, pictures, transpose(s, dy, [1, 0, ...spatial]), c, g);
  return reshape(s, transpose(s, full, [1, 0, ...spatial]), [o, cg, ...c.kernel]);
};

/** Depthwise: every channel of every image is a picture of its own, and its dy the kernel that goes over it. */
const images: ConvolutionFormulation = (s, x, dy, c) => {
  const batch = s.shape(x)![0] as number;
  const pictures = reshape(s, x, [1, -1, ...known(s, c.inputs)]);
  const kernels = reshape(s, dy, [-1, 1, ...known(s, c.outputs)]);
  const each = correlate(s, pictures, kernels, c, batch * c.groups);
  const perImage = reshape(s, each, [batch, c.groups, 1, ...c.kernel]);
  return sum(s, perImage, [0], false);
};

/** The taps of the kernel as the positions at which dy is laid over x. */
function correlate(s: Scope, pictures: string, kernels: string, c: Convolution, groups: number): string {
  const full = s.op('Conv', [pictures, kernels], {
    kernel_shape: known(s, c.outputs),
    strides: c.dilations,
    dilations: c.strides,
    pads: [...c.padsBegin, ...c.padsEnd],
    group: groups,
  });
  return range(0, c.kernel.length).reduce((value, i) => slice(s, value, i + 2, 0, c.kernel[i]!), full);
}
