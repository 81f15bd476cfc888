import { GraphBuilder } from '../../../../native-models/onnx/build.ts';
import { float32Tensor } from '../../../../native-models/onnx/dataTypes.ts';
import type { Model } from '../../../../native-models/onnx/ir.ts';
import { seededRandom } from '../../../../native-models/random.ts';

/** `input` [batch,3,8,8] → stem, a residual block with norms, a 1×1 convolution, pooling → `logits` [batch,4]. */
export function smallResidualNetwork(): Model {
  const g = new GraphBuilder();
  const random = seededRandom(5);
  const tensor = (name: string, dims: readonly number[], offset = 0) => {
    const size = dims.reduce((a, b) => a * b, 1);
    const fan = Math.max(1, size / dims[0]!);
    const data = Float32Array.from({ length: size }, () => offset + random.normal() / Math.sqrt(fan));
    return g.initializer(name, float32Tensor(dims, data));
  };
  const convolution = (name: string, x: string, from: number, to: number, kernel: number) =>
    g.op(
      'Conv',
      [x, tensor(`${name}.weight`, [to, from, kernel, kernel])],
      { pads: Array<number>(4).fill((kernel - 1) / 2) },
      { name },
    );
  const norm = (name: string, x: string, channels: number) =>
    g.op(
      'BatchNormalization',
      [
        x,
        g.initializer(`${name}.weight`, float32Tensor([channels], Array<number>(channels).fill(1.1))),
        g.initializer(`${name}.bias`, float32Tensor([channels], Array<number>(channels).fill(0.1))),
        g.initializer(`${name}.running_mean`, float32Tensor([channels], Array<number>(channels).fill(0.05))),
        g.initializer(`${name}.running_var`, float32Tensor([channels], Array<number>(channels).fill(0.9))),
      ],
      {},
      { name },
    );
  const x = g.input('input', 'float32', ['batch', 3, 8, 8]);
  const stem = g.op('Relu', [norm('bn', convolution('stem', x, 3, 6, 3), 6)]);
  const inner = g.op('Relu', [norm('layer1.bn1', convolution('layer1.conv1', stem, 6, 6, 3), 6)]);
  const second = norm('layer1.bn2', convolution('layer1.conv2', inner, 6, 6, 3), 6);
  const block = g.op('Relu', [g.op('Add', [second, stem])]);
  const wide = g.op('Relu', [convolution('wide', block, 6, 10, 1)]);
  const pooled = g.op('Flatten', [g.op('GlobalAveragePool', [wide])]);
  const logits = g.op(
    'Gemm',
    [pooled, tensor('fc.weight', [4, 10]), tensor('fc.bias', [4])],
    { transB: 1 },
    { outputs: ['logits'] },
  );
  g.output(logits, 'float32', ['batch', 4]);
  return g.model('smallResidual');
}

/** Seeded images for it, float32 [count,3,8,8]. */
export function smallImages(count: number, seed = 1) {
  const random = seededRandom(seed);
  return float32Tensor(
    [count, 3, 8, 8],
    Float32Array.from({ length: count * 192 }, () => random.normal()),
  );
}
