import { GraphBuilder } from '../onnx/build.ts';
import { float32Tensor, int64List } from '../onnx/dataTypes.ts';
import type { Model } from '../onnx/ir.ts';
import type { Random } from '../random.ts';

/** Names of the outputs, as features to teach on. */
export const backboneFeatures: readonly string[] = ['fine', 'coarse'];

const channels = [16, 32, 64] as const;

/**
 * A small residual network without norms (residual branches that begin at zero take their place: Zhang et al., Fixup,
 * ICLR 2019), to be trained on `backboneTask`.
 *
 * Input `image` float32 [N,3,H,W], RGB, (pixel − 128) / 64, H and W multiples of 8.
 * Outputs at one cell per 8 pixels: `fine` float32 [N,32,H/8,W/8], means of what is seen at 4 pixels, and `coarse`
 * float32 [N,64,H/8,W/8].
 * @param random draws the weights (He et al., arXiv 1502.01852)
 */
export function untrainedBackbone(random: Random): Model {
  const g = new GraphBuilder();
  const image = g.input('image', 'float32', ['N', 3, 'height', 'width']);
  const [narrow, middle, wide] = channels;
  const stem = convolution(g, image, 'stem', 3, narrow, random, 2);
  const entry = convolution(g, g.op('Relu', [stem]), 'down1', narrow, middle, random, 2);
  const quarter = residual(g, entry, 'block1', middle, random);
  const down = convolution(g, g.op('Relu', [quarter]), 'down2', middle, wide, random, 2);
  const eighth = residual(g, residual(g, down, 'block2', wide, random), 'block3', wide, random);
  const cell = { kernel_shape: [2, 2], strides: [2, 2] };
  put(g, 'fine', g.op('AveragePool', [quarter], cell), middle);
  put(g, 'coarse', eighth, wide);
  return g.model('starter backbone');
}

function put(g: GraphBuilder, name: string, value: string, count: number): void {
  g.outputAs(name, value, 'float32', ['N', count, 'height/8', 'width/8']);
}

/** x + conv(relu(conv(relu(x)))) */
function residual(g: GraphBuilder, value: string, name: string, count: number, random: Random): string {
  const first = convolution(g, g.op('Relu', [value]), `${name}.first`, count, count, random);
  const second = convolution(g, g.op('Relu', [first]), `${name}.second`, count, count, null);
  return g.op('Add', [value, second]);
}

/** 3×3. @param random null = weights of zero */
function convolution(
  g: GraphBuilder,
  value: string,
  name: string,
  from: number,
  to: number,
  random: Random | null,
  stride = 1,
): string {
  const draws = random?.fork(name);
  const deviation = Math.sqrt(2 / (9 * from));
  const data = Float32Array.from({ length: to * from * 9 }, () => (draws ? deviation * draws.normal() : 0));
  const weight = g.initializer(`${name}.weight`, float32Tensor([to, from, 3, 3], data));
  const bias = g.initializer(`${name}.bias`, float32Tensor([to], new Float32Array(to)));
  return g.op('Conv', [value, weight, bias], { pads: [1, 1, 1, 1], strides: [stride, stride] });
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
  const features = g.op('Concat', backboneFeatures, { axis: 1 });
  const ints = (...values: number[]) => g.constant(int64List(values), 'ints');
  const first = Math.floor(cells / 2) - 1;
  const middle = g.op('Slice', [features, ints(first, first), ints(first + 3, first + 3), ints(2, 3)]);
  const patch = g.op('Flatten', [g.op('GlobalAveragePool', [middle])]);
  const size = channels[1] + channels[2];
  const head = (name: string, classes: number) => {
    const weight = g.initializer(`${name}.weight`, zeros(classes, size));
    const bias = g.initializer(`${name}.bias`, zeros(classes));
    return g.op('Gemm', [patch, weight, bias], { transB: 1 });
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
