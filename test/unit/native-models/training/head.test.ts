import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../../native-models/onnx/build.ts';
import { float32Tensor, int64List } from '../../../../native-models/onnx/dataTypes.ts';
import type { Model } from '../../../../native-models/onnx/ir.ts';
import { writeModel } from '../../../../native-models/onnx/write.ts';
import { seededRandom } from '../../../../native-models/random.ts';
import { openSession } from '../../../../native-models/runtime/session.ts';
import { findHead, withHead } from '../../../../native-models/training/head.ts';
import { smallClassifier } from '../../../support/smallClassifier.ts';

const ones = (dims: number[]) =>
  float32Tensor(dims, new Float32Array(dims.reduce((product, size) => product * size, 1)).fill(1));

/** A model from features [N,4,2,2] (or [N,4]) to whatever `tail` makes of them. */
function model(shape: (string | number)[], tail: (g: GraphBuilder, x: string) => void): Model {
  const g = new GraphBuilder();
  tail(g, g.input('x', 'float32', shape));
  return g.model();
}

async function run(tested: Model, dims: number[]) {
  const session = await openSession(writeModel(tested), { threads: 1 });
  const outputs = await session.run({ x: ones(dims) });
  await session.dispose();
  return outputs;
}

describe('findHead', () => {
  it('takes the value before the softmax for the logits', () => {
    const small = smallClassifier({ side: 8, channels: [3], classes: 5, random: seededRandom(1) });
    expect(findHead(small)).toMatchObject({ weight: 'fc.weight', bias: 'fc.bias', classes: 5 });
    const softmax = small.graph.nodes.find(({ op }) => op === 'Softmax')!;
    expect(findHead(small)!.logits).toBe(softmax.inputs[0]);
  });

  it('finds a MatMul with an added bias', () => {
    const found = findHead(
      model(['N', 4], (g, x) => {
        const product = g.op('MatMul', [x, g.initializer('w', ones([4, 3]))]);
        g.output(g.op('Add', [product, g.initializer('b', ones([3]))], {}, { outputs: ['y'] }));
      }),
    );
    expect(found).toEqual({ logits: 'y', weight: 'w', bias: 'b', classes: 3 });
  });

  it('finds a 1×1 convolution behind which the shape is fixed', () => {
    const found = findHead(
      model(['N', 4, 1, 1], (g, x) => {
        const logits = g.op('Conv', [x, g.initializer('w', ones([3, 4, 1, 1]))]);
        g.output(g.op('Reshape', [logits, g.constant(int64List([-1, 3]))], {}, { outputs: ['y'] }));
      }),
    );
    expect(found).toEqual({ logits: 'y', weight: 'w', bias: null, classes: 3 });
  });

  it('finds none where an output comes from pooling, or is a map', () => {
    const pooled = model(['N', 4, 2, 2], (g, x) => {
      g.output(g.op('Flatten', [g.op('GlobalAveragePool', [x])]));
      g.output(g.op('Conv', [x, g.initializer('w', ones([3, 4, 1, 1]))]));
    });
    expect(findHead(pooled)).toBeNull();
  });
});

describe('withHead', () => {
  it('leaves a head of the right size alone', () => {
    const small = smallClassifier({ side: 8, channels: [3], classes: 5, random: seededRandom(1) });
    expect(withHead(small, 5).model).toBe(small);
  });

  it('replaces a head under its names, with all that states its size', async () => {
    const before = model(['N', 4, 1, 1], (g, x) => {
      const w = g.initializer('w', ones([5, 4, 1, 1]));
      const logits = g.op('Conv', [x, w, g.initializer('b', ones([5]))]);
      const rows = g.op('Reshape', [logits, g.initializer('shape', int64List([-1, 5]))]);
      g.output(g.op('Softmax', [rows], { axis: 1 }, { outputs: ['y'] }), 'float32', ['N', 5]);
    });
    const { model: after, head } = withHead(before, 2);
    expect(head).toMatchObject({ weight: 'w', bias: 'b', classes: 2 });
    expect(after.graph.initializers.get('w')!.dims).toEqual([2, 4, 1, 1]);
    expect(after.graph.outputs[0]!.shape).toEqual(['N', 2]);
    expect(after.graph.nodes).toEqual(before.graph.nodes);
    const { y } = await run(after, [3, 4, 1, 1]);
    expect(y!.dims).toEqual([3, 2]);
    expect([...(y!.data as Float32Array)]).toEqual(new Array(6).fill(0.5));
  });

  it('adds one behind the features and keeps the other outputs', async () => {
    const before = model(['N', 4, 2, 2], (g, x) => {
      const deep = g.op('Relu', [x], {}, { outputs: ['deep'] });
      g.output(deep, 'float32', ['N', 4, 2, 2]);
    });
    const { model: after, head } = withHead(before, 3);
    expect(head).toEqual({ logits: 'logits', weight: 'head.weight', bias: 'head.bias', classes: 3 });
    expect(after.graph.initializers.get('head.weight')!.dims).toEqual([3, 4]);
    const outputs = await run(after, [2, 4, 2, 2]);
    expect(outputs['deep']!.dims).toEqual([2, 4, 2, 2]);
    expect(outputs['logits']!.dims).toEqual([2, 3]);
  });

  it('looks at fine and coarse features alike, and not at what counts other things than images', async () => {
    const before = model(['N', 4, 2, 2], (g, x) => {
      g.output(g.op('Relu', [x], {}, { outputs: ['fine'] }), 'float32', ['N', 4, 2, 2]);
      g.output(g.op('Flatten', [x], {}, { outputs: ['coarse'] }), 'float32', ['N', 16]);
      g.output(g.op('Flatten', [x], { axis: 0 }, { outputs: ['all'] }), 'float32', [1, 32]);
    });
    const { model: after } = withHead(before, 3);
    expect(after.graph.initializers.get('head.weight')!.dims).toEqual([3, 20]);
    const { logits } = await run(after, [2, 4, 2, 2]);
    expect(logits!.dims).toEqual([2, 3]);
  });

  it('refuses a model without a place for it', () => {
    const boxes = model(['N', 4, 2], (g, x) => g.output(g.op('Relu', [x])));
    expect(() => withHead(boxes, 3)).toThrow(expect.objectContaining({ kind: 'headUnsupported' }) as Error);
  });

  it('refuses a head whose size something behind it needs', () => {
    const scaled = model(['N', 4], (g, x) => {
      const logits = g.op('Gemm', [x, g.initializer('w', ones([4, 5]))]);
      g.output(logits);
      g.output(g.op('Mul', [logits, g.constant(ones([5]))]));
    });
    expect(() => withHead(scaled, 3)).toThrow(expect.objectContaining({ kind: 'headUnsupported' }) as Error);
  });
});
