import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../../native-models/onnx/build.ts';
import { float32Tensor, int64List, tensorFromNumbers } from '../../../../native-models/onnx/dataTypes.ts';
import type { Model } from '../../../../native-models/onnx/ir.ts';
import { connectModels } from '../../../../native-models/onnx/passes/connectModels.ts';
import { extractSubgraph } from '../../../../native-models/onnx/passes/extractSubgraph.ts';
import { foldConstants } from '../../../../native-models/onnx/passes/foldConstants.ts';
import { inferShapes } from '../../../../native-models/onnx/passes/inferShapes.ts';
import { removeDeadCode } from '../../../../native-models/onnx/passes/removeDeadCode.ts';

const opsOf = (model: Model) => model.graph.nodes.map(({ op }) => op);

/** Kind and parameters of the error that `act` throws. */
function refusal(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return {
      ...(error as { kind?: string; params?: object }).params,
      kind: (error as { kind?: string }).kind,
    };
  }
  return 'none';
}

function chain(): Model {
  const g = new GraphBuilder();
  const x = g.input('x', 'float32', ['batch', 4]);
  g.input('unused', 'float32', [1]);
  const w = g.initializer('w', float32Tensor([4, 3], new Float32Array(12)));
  g.initializer('never read', float32Tensor([1], [0]));
  g.op('MatMul', [x, w], {}, { outputs: ['product'] });
  g.op('Relu', ['product'], {}, { outputs: ['y'] });
  g.op('Neg', ['product'], {}, { outputs: ['dead'] });
  g.output('y', 'float32', ['batch', 3]);
  return g.model('chain');
}

describe('removing dead code', () => {
  it('drops nodes and initializers nobody needs, and keeps the inputs', () => {
    const { graph } = removeDeadCode(chain());
    expect(graph.nodes.map(({ op }) => op)).toEqual(['MatMul', 'Relu']);
    expect([...graph.initializers.keys()]).toEqual(['w']);
    expect(graph.inputs.map(({ name }) => name)).toEqual(['x', 'unused']);
  });
});

describe('extracting a subgraph', () => {
  it('cuts at outputs, dropping inputs that are not needed', () => {
    const { graph } = extractSubgraph(inferShapes(chain()), ['product']);
    expect(graph.nodes.map(({ op }) => op)).toEqual(['MatMul']);
    expect(graph.inputs.map(({ name }) => name)).toEqual(['x']);
    expect(graph.outputs).toEqual([{ name: 'product', dtype: 'float32', shape: ['batch', 3] }]);
  });

  it('cuts at inputs', () => {
    const { graph } = extractSubgraph(inferShapes(chain()), ['y'], ['product']);
    expect(graph.nodes.map(({ op }) => op)).toEqual(['Relu']);
    expect(graph.inputs).toEqual([{ name: 'product', dtype: 'float32', shape: ['batch', 3] }]);
    expect(graph.initializers.size).toBe(0);
  });

  it('keeps a node that makes another value too, but not under the name that is fed', () => {
    const g = new GraphBuilder();
    const [a, b] = g.ops('Split', [g.input('x', 'float32', [4])], 2, { axis: 0 });
    g.output(g.op('Add', [a!, b!], {}, { outputs: ['sum'] }));
    const { graph } = extractSubgraph(g.model(), ['sum'], ['x', a!]);
    expect(graph.nodes[0]!.outputs).not.toContain(a);
    expect(graph.nodes[0]!.outputs).toContain(b);
  });

  it('names what is missing', () => {
    expect(refusal(() => extractSubgraph(chain(), ['z']))).toEqual({ kind: 'modelOutputMissing', name: 'z' });
    expect(refusal(() => extractSubgraph(chain(), ['y'], ['unused']))).toMatchObject({
      kind: 'badRequest',
      name: 'x',
    });
  });
});

describe('folding constants', () => {
  it('computes with constants as float32 does', () => {
    const g = new GraphBuilder();
    const x = g.input('x', 'float32', [2]);
    const third = g.op('Div', [g.scalar(1), g.scalar(3)]);
    g.output(g.op('Mul', [x, third], {}, { outputs: ['y'] }));
    const folded = foldConstants(g.model());
    expect(opsOf(folded)).toEqual(['Mul']);
    expect(folded.graph.initializers.get(third)!.data[0]).toBe(Math.fround(1 / 3));
  });

  it('folds the sizes that do not depend on the batch', () => {
    const g = new GraphBuilder();
    const x = g.input('x', 'float32', ['batch', 4, 6]);
    const sizes = g.op('Shape', [x]);
    const last = g.op('Gather', [sizes, g.constant(int64List([2]))], { axis: 0 });
    const batch = g.op('Gather', [sizes, g.constant(int64List([0]))], { axis: 0 });
    const shape = g.op('Concat', [batch, g.constant(int64List([-1])), last], { axis: 0 });
    g.output(g.op('Reshape', [x, shape]));
    const folded = foldConstants(g.model());
    expect(opsOf(folded)).toEqual(['Shape', 'Gather', 'Concat', 'Reshape']);
    expect(folded.graph.initializers.get(last)).toEqual(int64List([6]));
  });

  it('leaves parameters to be trained, and what is computed from them', () => {
    const g = new GraphBuilder();
    const x = g.input('x', 'float32', [2, 2]);
    const w = g.initializer('w', float32Tensor([2, 2], [1, 2, 3, 4]));
    g.output(g.op('MatMul', [x, g.op('Transpose', [w], { perm: [1, 0] })]));
    const kept = foldConstants(g.model(), { keep: new Set(['w']) });
    expect(opsOf(kept)).toEqual(['Transpose', 'MatMul']);
    const folded = foldConstants(g.model());
    expect(opsOf(folded)).toEqual(['MatMul']);
    expect([...folded.graph.initializers.values()]).toEqual([float32Tensor([2, 2], [1, 3, 2, 4])]);
  });

  it('does not make the file larger', () => {
    const g = new GraphBuilder();
    const x = g.input('x', 'float32', [100, 100]);
    const zeros = g.op('ConstantOfShape', [g.constant(int64List([100, 100]))]);
    g.output(g.op('Add', [x, zeros]));
    expect(opsOf(foldConstants(g.model()))).toEqual(['ConstantOfShape', 'Add']);
    expect(opsOf(foldConstants(g.model(), { maxGrowth: 10_000 }))).toEqual(['Add']);
  });

  it('keeps large integers exact, or as they were', () => {
    const g = new GraphBuilder();
    const x = g.input('x', 'int64', [2]);
    const most = 2n ** 63n - 1n;
    const constant = g.op('Constant', [], { value: int64List([most]) });
    const joined = g.op('Concat', [constant, constant], { axis: 0 });
    g.output(g.op('Add', [x, joined]));
    const folded = foldConstants(g.model());
    expect(opsOf(folded)).toEqual(['Concat', 'Add']);
    expect(folded.graph.initializers.get(constant)).toEqual(int64List([most]));
  });

  it('keeps the type', () => {
    const g = new GraphBuilder();
    const x = g.input('x', 'float16', [2]);
    const half = g.constant(tensorFromNumbers('float16', [2], [1, 2]));
    const sum = g.op('Add', [half, half]);
    g.output(g.op('Mul', [x, sum]));
    expect(foldConstants(g.model()).graph.initializers.get(sum)).toEqual(
      tensorFromNumbers('float16', [2], [2, 4]),
    );
  });
});

describe('inferring shapes', () => {
  it('names the node whose inputs contradict each other', () => {
    const g = new GraphBuilder();
    const x = g.input('x', 'float32', ['batch', 3, 8, 8]);
    const w = g.initializer('w', float32Tensor([4, 5, 1, 1], new Float32Array(20)));
    g.output(g.op('Conv', [x, w], {}, { name: 'first' }));
    expect(refusal(() => inferShapes(g.model()))).toMatchObject({
      kind: 'modelShapeUnresolved',
      node: 'first',
    });
  });

  it('names the sizes of inputs that have no name', () => {
    const g = new GraphBuilder();
    const x = g.input('data:0', 'float32', [null, 3]);
    g.output(g.op('Concat', [x, x], { axis: 0 }));
    const { inputs, outputs } = inferShapes(g.model()).graph;
    expect(inputs[0]!.shape).toEqual(['data_0_0', 3]);
    expect(outputs[0]!.shape).toEqual(['2*data_0_0', 3]);
  });

  it('leaves unknown operators open, and believes the file about them', () => {
    const g = new GraphBuilder();
    const a = g.op('Strange', [g.input('x', 'float32', [2])], {}, { domain: 'com.example' });
    g.output(g.op('Relu', [a]));
    const { graph } = inferShapes(g.model());
    expect(graph.outputs[0]).toMatchObject({ dtype: null, shape: null });
    g.describe(a, 'float32', [7]);
    expect(inferShapes(g.model()).graph.outputs[0]).toMatchObject({ dtype: 'float32', shape: [7] });
  });

  it('is finished after one time', () => {
    const once = inferShapes(chain());
    expect(inferShapes(once)).toEqual(once);
  });
});

describe('connecting two models', () => {
  const head = (): Model => {
    const g = new GraphBuilder();
    const x = g.input('features', 'float32', ['batch', 3]);
    const w = g.initializer('w', float32Tensor([3, 1], [1, 1, 1]));
    g.output(g.op('MatMul', [x, w], {}, { outputs: ['score'] }), 'float32', ['batch', 1]);
    return g.model('head');
  };

  it('feeds the second from the first under prefixed names', () => {
    const { graph } = connectModels(removeDeadCode(chain()), head(), {
      connections: { features: 'product' },
      prefix: 'head.',
      keepOutputs: ['y'],
    });
    expect(graph.inputs.map(({ name }) => name)).toEqual(['x', 'unused']);
    expect(graph.outputs.map(({ name }) => name)).toEqual(['y', 'score']);
    expect(graph.nodes.at(-1)).toMatchObject({ inputs: ['product', 'head.w'], outputs: ['score'] });
    expect([...graph.initializers.keys()]).toEqual(['w', 'head.w']);
  });

  it('refuses names that clash, values that are not there, and other operator sets', () => {
    const connections = { features: 'product' };
    expect(refusal(() => connectModels(chain(), head(), { connections }))).toMatchObject({ name: 'w' });
    expect(refusal(() => connectModels(chain(), head(), { connections: { features: 'z' } }))).toMatchObject({
      kind: 'modelOutputMissing',
    });
    expect(refusal(() => connectModels(chain(), head(), { connections: { z: 'product' } }))).toMatchObject({
      kind: 'badRequest',
    });
    const other = { ...head(), opsets: new Map([['', 13]]) };
    expect(refusal(() => connectModels(chain(), other, { connections, prefix: 'h.' }))).toMatchObject({
      kind: 'badRequest',
    });
  });
});
