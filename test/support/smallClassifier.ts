import { GraphBuilder } from '../../native-models/onnx/build.ts';
import { float32Tensor } from '../../native-models/onnx/dataTypes.ts';
import type { Model } from '../../native-models/onnx/ir.ts';
import type { Random } from '../../native-models/random.ts';

export interface SmallClassifierOptions {
  /** Side of the grey input in pixels. */
  readonly side: number;
  /** Channels of each 3×3 convolution; each is followed by ReLU and halving, all but the last by a norm too. */
  readonly channels: readonly number[];
  readonly classes: number;
  readonly random: Random;
}

/**
 * A classifier of grey images with random weights (He et al., arXiv 1502.01852): convolution, instance norm and ReLU,
 * halved by max pooling, several times; then average pooling, Gemm and Softmax.
 */
export function smallClassifier({ side, channels, classes, random }: SmallClassifierOptions): Model {
  const g = new GraphBuilder();
  const normal = (name: string, dims: number[], deviation: number) => {
    const draws = random.fork(name);
    const count = dims.reduce((product, size) => product * size, 1);
    const data = Float32Array.from({ length: count }, () => draws.normal() * deviation);
    return g.initializer(name, float32Tensor(dims, data));
  };
  const filled = (name: string, size: number, value: number) =>
    g.initializer(name, float32Tensor([size], new Float32Array(size).fill(value)));

  let value = g.input('image', 'float32', ['batch', 1, side, side]);
  let before = 1;
  channels.forEach((count, at) => {
    const name = `conv${at + 1}`;
    const weight = normal(`${name}.weight`, [count, before, 3, 3], Math.sqrt(2 / (9 * before)));
    value = g.op('Conv', [value, weight, filled(`${name}.bias`, count, 0)], { pads: [1, 1, 1, 1] });
    // Normed last, every channel would give the pooling the same mean.
    if (at < channels.length - 1) {
      const scale = filled(`norm${at + 1}.weight`, count, 1);
      value = g.op('InstanceNormalization', [value, scale, filled(`norm${at + 1}.bias`, count, 0)]);
    }
    value = g.op('MaxPool', [g.op('Relu', [value])], { kernel_shape: [2, 2], strides: [2, 2] });
    before = count;
  });
  const pooled = g.op('Flatten', [g.op('GlobalAveragePool', [value])]);
  const weight = normal('fc.weight', [classes, before], Math.sqrt(1 / before));
  const logits = g.op('Gemm', [pooled, weight, filled('fc.bias', classes, 0)], { transB: 1 });
  g.outputAs('probabilities', g.op('Softmax', [logits], { axis: 1 }), 'float32', ['batch', classes]);
  return g.model('small classifier');
}
