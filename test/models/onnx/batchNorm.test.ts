import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../native-models/onnx/build.ts';
import { float32Tensor } from '../../../native-models/onnx/dataTypes.ts';
import type { Model } from '../../../native-models/onnx/ir.ts';
import { foldBatchNorm } from '../../../native-models/onnx/passes/foldBatchNorm.ts';
import { unfoldBatchNorm } from '../../../native-models/onnx/passes/unfoldBatchNorm.ts';
import { seededRandom } from '../../../native-models/random.ts';
import { relativeDifference, run } from './modelFiles.ts';

const random = seededRandom(11);
const noise = (...dims: number[]) =>
  float32Tensor(
    dims,
    Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.normal()),
  );

/** Normalises `value` of `channels` channels with random parameters. */
function addNorm(g: GraphBuilder, value: string, channels: number): string {
  const variance = float32Tensor(
    [channels],
    Array.from({ length: channels }, () => 0.1 + random.uniform()),
  );
  const parameters = [noise(channels), noise(channels), noise(channels), variance];
  const names = ['scale', 'bias', 'mean', 'variance'].map((name, i) =>
    g.initializer(g.fresh(`bn.${name}_`) + i, parameters[i]!),
  );
  return g.op('BatchNormalization', [value, ...names], { epsilon: 1e-3 });
}

const layers: readonly (readonly [string, number, (g: GraphBuilder, x: string) => string])[] = [
  [
    'Conv',
    5,
    (g, x) => g.op('Conv', [x, g.initializer('w', noise(5, 4, 3, 3)), g.initializer('b', noise(5))]),
  ],
  ['Conv without bias', 5, (g, x) => g.op('Conv', [x, g.initializer('w', noise(5, 4, 1, 1))])],
  ['grouped Conv', 6, (g, x) => g.op('Conv', [x, g.initializer('w', noise(6, 2, 3, 3))], { group: 2 })],
  ['ConvTranspose', 5, (g, x) => g.op('ConvTranspose', [x, g.initializer('w', noise(4, 5, 3, 3))])],
  [
    'grouped ConvTranspose',
    6,
    (g, x) => {
      const weights = [g.initializer('w', noise(4, 3, 2, 2)), g.initializer('b', noise(6))];
      return g.op('ConvTranspose', [x, ...weights], { group: 2, strides: [2, 2] });
    },
  ],
  [
    'Gemm',
    3,
    (g, x) => {
      const weights = [g.initializer('w', noise(100, 3)), g.initializer('b', noise(3))];
      return g.op('Gemm', [g.op('Flatten', [x]), ...weights], { alpha: 0.5, beta: 2 });
    },
  ],
  [
    'transposed Gemm',
    3,
    (g, x) =>
      g.op('Gemm', [g.op('Flatten', [x]), g.initializer('w', noise(3, 100)), g.initializer('b', noise(1))], {
        transB: 1,
      }),
  ],
];

function build(make: (g: GraphBuilder, x: string) => void): Model {
  const g = new GraphBuilder();
  make(g, g.input('x', 'float32', ['batch', 4, 5, 5]));
  return g.model('norm');
}

const feeds = { x: noise(2, 4, 5, 5) };
const norms = (model: Model) => model.graph.nodes.filter(({ op }) => op === 'BatchNormalization').length;

describe('folding a batch norm', () => {
  it.each(layers)('into %s', async (_name, channels, add) => {
    const model = build((g, x) => g.output(addNorm(g, add(g, x), channels)));
    const folded = foldBatchNorm(model);
    expect(norms(folded)).toBe(0);
    expect(folded.graph.initializers.has('w')).toBe(true);
    expect(folded.graph.initializers.size).toBe(2);
    expect(relativeDifference(await run(model, feeds), await run(folded, feeds))).toBeLessThan(2e-6);
  });

  it('is left where the result of the layer is read elsewhere, or is an output', () => {
    const conv = (g: GraphBuilder, x: string) => g.op('Conv', [x, g.initializer('w', noise(5, 4, 1, 1))]);
    const readTwice = build((g, x) => {
      const y = conv(g, x);
      g.output(g.op('Add', [addNorm(g, y, 5), y]));
    });
    expect(foldBatchNorm(readTwice).graph).toEqual(readTwice.graph);
    const output = build((g, x) => {
      const y = conv(g, x);
      g.output(y);
      g.output(addNorm(g, y, 5));
    });
    expect(foldBatchNorm(output).graph).toEqual(output.graph);
  });

  it('is left where the weight serves two layers', async () => {
    const model = build((g, x) => {
      const w = g.initializer('w', noise(4, 4, 1, 1));
      const y = addNorm(g, g.op('Conv', [x, w]), 4);
      g.output(addNorm(g, g.op('Conv', [y, w]), 4));
    });
    expect(norms(foldBatchNorm(model))).toBe(2);
  });
});

describe('unfolding a batch norm', () => {
  it('with measured statistics normalises, and changes nothing', async () => {
    const model = build((g, x) => {
      g.output(
        g.op(
          'Conv',
          [x, g.initializer('w', noise(5, 4, 3, 3)), g.initializer('b', noise(5))],
          {},
          { outputs: ['y'] },
        ),
      );
    });
    const before = await run(model, feeds);
    const statistics = new Map([['y', { mean: [1, 2, 3, 4, 5], variance: [1, 4, 9, 16, 25] }]]);
    const unfolded = unfoldBatchNorm(model, { statistics });
    expect([...unfolded.graph.initializers.keys()]).toEqual([
      'w',
      'w.bn.scale',
      'w.bn.bias',
      'w.bn.mean',
      'w.bn.variance',
    ]);
    expect(unfolded.graph.initializers.get('w.bn.bias')!.data).toEqual(new Float32Array([1, 2, 3, 4, 5]));
    expect(relativeDifference(before, await run(unfolded, feeds))).toBeLessThan(2e-6);
    expect(relativeDifference(before, await run(foldBatchNorm(unfolded), feeds))).toBeLessThan(2e-6);
  });
});
