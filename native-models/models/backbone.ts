import type { Projection } from '../detectors/whitening.ts';
import { GraphBuilder } from '../onnx/build.ts';
import { float32Tensor, int64List } from '../onnx/dataTypes.ts';
import type { Model } from '../onnx/ir.ts';
import type { Random } from '../random.ts';
import { addFilterBank, filterBankChannels, filterBankFeatures } from './filterBank.ts';

/** Names of the outputs, as features to teach on. */
export const backboneFeatures: readonly string[] = ['patch'];

/** Channels of the blocks at a cell per 4 and per 8 pixels, and of the output. */
const quarterWidth = 48;
const eighthWidth = 96;
const patchWidth = 32;
/** Whitened values of the bank beyond this many deviations are cut: a sharp edge must not outshout all else. */
const furthest = 5;

/**
 * The starter backbone before it is trained on `backboneTask`: the filter bank, and behind it two residual blocks of
 * depthwise and pointwise convolutions on its fine energies, one on these beside all that the bank puts out, and a
 * narrow layer that keeps what tells surfaces and blemishes apart. No norms: residual branches begin at zero instead
 * (Zhang et al., Fixup, ICLR 2019).
 *
 * Input `image` float32 [N,3,H,W], RGB, (pixel − 128) / 64, H and W multiples of 8.
 * Output `patch` float32 [N,32,H/8,W/8].
 * @param bank whitens the bank's outputs on the pictures to be trained on
 * @param random draws the weights (He et al., arXiv 1502.01852)
 */
export function untrainedBackbone(bank: Projection, random: Random): Model {
  const g = new GraphBuilder();
  const image = g.input('image', 'float32', ['N', 3, 'height', 'width']);
  const { half, quarter, light } = addFilterBank(g, image);
  const n = new NetworkBuilder(g, random);

  const pair = { kernel_shape: [2, 2], strides: [2, 2] };
  const energies = [g.op('AveragePool', [half], pair), g.op('MaxPool', [half], pair), quarter, light];
  let fine = n.convolution(g.op('Concat', energies, { axis: 1 }), 'fine', { from: 13, to: quarterWidth });
  for (const name of ['fine.block1', 'fine.block2']) fine = n.block(fine, name, quarterWidth);

  const whitened = whiten(g, g.op('Concat', filterBankFeatures, { axis: 1 }), bank);
  const seen = g.op('Concat', [g.op('AveragePool', [g.op('Relu', [fine])], pair), whitened], { axis: 1 });
  const from = quarterWidth + filterBankChannels;
  const joined = n.convolution(seen, 'join', { from, to: eighthWidth });
  const deep = g.op('Relu', [n.block(joined, 'join.block', eighthWidth)]);
  const patch = n.convolution(deep, 'narrow', { from: eighthWidth, to: patchWidth });
  g.outputAs('patch', patch, 'float32', ['N', patchWidth, 'height/8', 'width/8']);
  return g.model('starter backbone');
}

function whiten(g: GraphBuilder, value: string, { inputs, outputs, matrix, offset }: Projection): string {
  const weights = g.initializer('whitening', float32Tensor([outputs, inputs, 1, 1], matrix));
  const shift = g.initializer('whiteningOffset', float32Tensor([outputs], offset));
  return g.op('Clip', [g.op('Conv', [value, weights, shift]), g.scalar(-furthest), g.scalar(furthest)]);
}

/** Writes layers with random weights, named `….weight` and `….bias`. */
class NetworkBuilder {
  private readonly g: GraphBuilder;
  private readonly random: Random;

  constructor(g: GraphBuilder, random: Random) {
    this.g = g;
    this.random = random;
  }

  /** x + pointwise(relu(pointwise(depthwise(relu(x))))), the last pointwise of zeros. */
  block(value: string, name: string, width: number): string {
    const shape = { from: width, to: width };
    const relu = (own: string) => this.g.op('Relu', [own]);
    const around = this.convolution(relu(value), `${name}.depthwise`, { ...shape, kernel: 3, group: width });
    const first = this.convolution(around, `${name}.first`, shape);
    const second = this.convolution(relu(first), `${name}.second`, { ...shape, isZero: true });
    return this.g.op('Add', [value, second]);
  }

  convolution(
    value: string,
    name: string,
    { from, to, kernel = 1, group = 1, isZero = false }: ConvolutionShape,
  ): string {
    const dims = [to, from / group, kernel, kernel];
    const inputs = (from / group) * kernel * kernel;
    const deviation = isZero ? 0 : Math.sqrt(2 / inputs);
    const draws = this.random.fork(name);
    const data = Float32Array.from({ length: to * inputs }, () => deviation * draws.normal());
    const weight = this.g.initializer(`${name}.weight`, float32Tensor(dims, data));
    const bias = this.g.initializer(`${name}.bias`, zeros(to));
    const pad = (kernel - 1) / 2;
    return this.g.op('Conv', [value, weight, bias], { pads: [pad, pad, pad, pad], group });
  }
}

interface ConvolutionShape {
  readonly from: number;
  readonly to: number;
  /** Default 1. */
  readonly kernel?: number;
  readonly group?: number;
  readonly isZero?: boolean;
}

/** Output of a model with task heads: float32 [N, surfaces · faults]. */
export const taskLogits = 'logits';

/**
 * The backbone with two heads on the mean of the 3 × 3 cells in the middle, which is what a detector makes of a patch.
 * Their logits are added for every pair of classes: the softmax of the sums is the product of both softmaxes, so that
 * the cross-entropy of the pairs is the sum of both cross-entropies.
 * @param cells of the crops that it is trained on, along each side
 */
export function withTaskHeads(
  backbone: Model,
  { surfaces, faults }: { readonly surfaces: number; readonly faults: number },
  cells: number,
): Model {
  const g = new GraphBuilder(backbone);
  const ints = (...values: number[]) => g.constant(int64List(values), 'ints');
  const first = Math.floor(cells / 2) - 1;
  const middle = g.op('Slice', ['patch', ints(first, first), ints(first + 3, first + 3), ints(2, 3)]);
  const pooled = g.op('Flatten', [g.op('GlobalAveragePool', [middle])]);
  const head = (name: string, classes: number) => {
    const weight = g.initializer(`${name}.weight`, zeros(classes, patchWidth));
    const bias = g.initializer(`${name}.bias`, zeros(classes));
    return g.op('Gemm', [pooled, weight, bias], { transB: 1 });
  };
  const bySurface = g.op('Unsqueeze', [head('surface', surfaces), ints(2)]);
  const byFault = g.op('Unsqueeze', [head('fault', faults), ints(1)]);
  const pairs = g.op('Reshape', [g.op('Add', [bySurface, byFault]), ints(0, surfaces * faults)]);
  g.outputAs(taskLogits, pairs, 'float32', ['N', surfaces * faults]);
  return g.model();
}

function zeros(...dims: number[]) {
  return float32Tensor(dims, new Float32Array(dims.reduce((product, size) => product * size, 1)));
}
