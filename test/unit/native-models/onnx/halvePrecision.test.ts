import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../../native-models/onnx/build.ts';
import { float32Tensor } from '../../../../native-models/onnx/dataTypes.ts';
import type { Model } from '../../../../native-models/onnx/ir.ts';
import { halvePrecision } from '../../../../native-models/onnx/passes/halvePrecision.ts';
import { writeModel } from '../../../../native-models/onnx/write.ts';
import { floatsOf, openSession } from '../../../../native-models/runtime/session.ts';

/** x → Relu(x·W) = f → Σ(f·f), where f is also an output. */
function network(): Model {
  const g = new GraphBuilder();
  const x = g.input('x', 'float32', [1, 2]);
  const weight = g.initializer('w', float32Tensor([2, 2], [1 / 3, 2, 3, 1 / 7]));
  g.outputAs('f', g.op('Relu', [g.op('MatMul', [x, weight])]), 'float32', [1, 2]);
  g.outputAs('sum', g.op('ReduceSum', [g.op('Mul', ['f', 'f'])], { keepdims: 0 }), 'float32', []);
  return g.model('network');
}

async function run(model: Model) {
  const session = await openSession(writeModel(model), { threads: 1 });
  const results = await session.run({ x: float32Tensor([1, 2], [1, 2]) });
  await session.dispose();
  return { f: [...floatsOf(results, 'f')], sum: floatsOf(results, 'sum')[0]! };
}

describe('halvePrecision', () => {
  it('computes what lies before a tensor in float16 and the rest as it was', async () => {
    const half = halvePrecision(network(), ['f']);
    const types = [...half.graph.initializers.values()].map(({ dtype }) => dtype);
    expect(types).toEqual(['float16']);
    const casts = half.graph.nodes.filter(({ op }) => op === 'Cast').map(({ outputs }) => outputs[0]);
    // Into half at the input, and back where the network ends; nothing in between.
    expect(casts).toEqual(['x/half', 'Relu']);
    expect(half.graph.outputs).toEqual(network().graph.outputs);

    const [exact, rounded] = [await run(network()), await run(half)];
    expect(rounded.f).not.toEqual(exact.f);
    for (const at of [0, 1]) expect(rounded.f[at]).toBeCloseTo(exact.f[at]!, 2);
    expect(rounded.sum).toBeCloseTo(rounded.f[0]! ** 2 + rounded.f[1]! ** 2, 4);
  });

  it('takes the whole graph where nothing ends it, but for operators that need their digits', () => {
    const ops = halvePrecision(network(), []).graph.nodes.map(({ op, outputs }) => `${op} ${outputs[0]}`);
    expect(ops.find((each) => each.startsWith('Mul'))).toMatch(/\/half$/);
    expect(ops.find((each) => each.startsWith('ReduceSum'))).not.toMatch(/\/half$/);
  });

  it('leaves a graph without such operators alone', () => {
    const g = new GraphBuilder();
    g.outputAs('y', g.op('Sqrt', [g.input('x', 'float32', [1])]), 'float32', [1]);
    const model = g.model('root');
    expect(halvePrecision(model, []).graph.nodes).toEqual(model.graph.nodes);
  });
});
