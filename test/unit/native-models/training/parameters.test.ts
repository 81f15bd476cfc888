import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../../native-models/onnx/build.ts';
import { float32Tensor, int64Tensor, tensorFromNumbers } from '../../../../native-models/onnx/dataTypes.ts';
import type { Model } from '../../../../native-models/onnx/ir.ts';
import { readModel } from '../../../../native-models/onnx/read.ts';
import { writeModel } from '../../../../native-models/onnx/write.ts';
import { crossEntropy } from '../../../../native-models/training/losses/crossEntropy.ts';
import { readParameters } from '../../../../native-models/training/parameters.ts';
import { buildStepGraph } from '../../../../native-models/training/stepGraph.ts';
import { Step } from '../../../../native-models/training/step.ts';

const weight = float32Tensor([2, 3], [0.1, -0.2, 0.3, 0.4, 0.5, -0.6]);

/** `input` [batch,2] → `logits` [batch,3], of an operator set that onnxruntime reads. */
function linear(opset: number, edit: (model: Model) => Model = (model) => model): Model {
  const g = new GraphBuilder();
  const x = g.input('input', 'float32', ['batch', 2]);
  const shifted = g.op('Add', [x, g.op('Constant', [], { value: float32Tensor([2], [0.5, -0.5]) })]);
  g.op('MatMul', [shifted, g.initializer('fc.weight', weight)], {}, { outputs: ['logits'] });
  g.output('logits', 'float32', ['batch', 3]);
  const model = g.model('linear', new Map([['', opset]]));
  return readModel(writeModel(edit({ ...model, irVersion: opset >= 21 ? 10 : opset < 11 ? 4 : 8 })), {
    name: 'linear',
  });
}

async function gradientOf(model: Model) {
  const graph = buildStepGraph(model, {
    parameters: ['fc.weight'],
    loss: (g) => crossEntropy(g, 'logits', g.input('labels', 'int64', ['labels']), 3),
  });
  const step = await Step.open(graph, { threads: 1 });
  const batch = { input: float32Tensor([2, 2], [1, 2, 3, 4]), labels: int64Tensor([2], [0, 2]) };
  const { loss, gradients } = await step.run(batch, readParameters(model, ['fc.weight']));
  await step.dispose();
  return { loss, gradient: gradients.get('fc.weight')! };
}

describe('parameters of files as exporters write them', () => {
  it('an initializer that is listed as an input trains like any other', async () => {
    const listed = linear(17, (model) => ({
      ...model,
      graph: {
        ...model.graph,
        inputs: [...model.graph.inputs, { name: 'fc.weight', dtype: 'float32', shape: [2, 3] }],
      },
    }));
    expect(listed.graph.inputs).toHaveLength(2);
    expect(await gradientOf(listed)).toEqual(await gradientOf(linear(17)));
  });

  it.each([9, 10, 11, 12, 13, 14, 15, 16, 18, 19, 20, 21, 22])(
    'operator set %i gives the loss and gradient of 17',
    async (opset) => {
      const { loss, gradient } = await gradientOf(linear(opset));
      const reference = await gradientOf(linear(17));
      expect(loss).toBeCloseTo(reference.loss, 6);
      gradient.forEach((value, i) => expect(value).toBeCloseTo(reference.gradient[i]!, 6));
    },
  );

  it.each(['float16', 'float64'] as const)('%s weights are refused by name and type', (dtype) => {
    const other = linear(17, (model) => {
      const initializers = new Map(model.graph.initializers);
      initializers.set('fc.weight', tensorFromNumbers(dtype, [2, 3], weight.data));
      return { ...model, graph: { ...model.graph, initializers } };
    });
    expect(() => readParameters(other, ['fc.weight'])).toThrow(
      new RegExp(`modelInputUnsupported.*fc.weight.*${dtype}`),
    );
  });
});
