import { describe, expect, it } from 'vitest';
import { countModel } from '../../../../native-models/onnx/count.ts';
import { int64Tensor } from '../../../../native-models/onnx/dataTypes.ts';
import { discoverModules } from '../../../../native-models/onnx/modules.ts';
import { parameterNames } from '../../../../native-models/onnx/parameters.ts';
import { crossEntropy } from '../../../../native-models/training/losses/crossEntropy.ts';
import { readParameters } from '../../../../native-models/training/parameters.ts';
import { recomputeBetween } from '../../../../native-models/training/recompute.ts';
import { buildStepGraph, type StepGraph } from '../../../../native-models/training/stepGraph.ts';
import { Step } from '../../../../native-models/training/step.ts';
import { smallImages, smallResidualNetwork } from './smallNetworks.ts';

const model = smallResidualNetwork();
const parameters = parameterNames(model.graph);
const plain = buildStepGraph(model, {
  parameters,
  loss: (g) => crossEntropy(g, 'logits', g.input('labels', 'int64', ['labels']), 4),
});
const outputOf = (name: string) => discoverModules(model).find((module) => module.name === name)!.output;

async function resultOf(graph: StepGraph) {
  const step = await Step.open(graph, { threads: 1 });
  const labels = int64Tensor([5], [0, 1, 2, 3, 0]);
  const { loss, gradients } = await step.run(
    { input: smallImages(5), labels },
    readParameters(model, parameters),
  );
  await step.dispose();
  return { loss, gradients };
}

const shapes = { input: [5, 3, 8, 8], labels: [5] };

describe('recomputing activations', () => {
  it.each([[['layer1']], [['stem']], [['stem', 'layer1.conv1', 'layer1', 'wide']], [['wide', 'stem']]])(
    'between %j gives the same loss and gradients',
    async (borders) => {
      const again = recomputeBetween(plain, borders.map(outputOf));
      expect(await resultOf(again)).toEqual(await resultOf(plain));
      const written = new Set(plain.model.graph.nodes.map(({ name }) => name));
      const added = again.model.graph.nodes.filter(({ name, op }) => op === 'Conv' && !written.has(name));
      expect(added.length).toBeGreaterThan(0);
      expect(again.model.graph.outputs).toEqual(plain.model.graph.outputs);
    },
  );

  it('costs less than one more forward pass', () => {
    const again = recomputeBetween(plain, ['stem', 'layer1'].map(outputOf));
    const more = countModel(again.model, shapes).flops - countModel(plain.model, shapes).flops;
    expect(more).toBeGreaterThan(0);
    expect(more).toBeLessThan(countModel(model, { input: shapes.input }).flops);
  });

  it('changes nothing without borders, and names one that is no forward value', () => {
    expect(recomputeBetween(plain, []).model.graph.nodes).toEqual(plain.model.graph.nodes);
    expect(() => recomputeBetween(plain, ['nowhere'])).toThrow(/modelOutputMissing.*nowhere/);
    const gradient = plain.gradients.get('fc.weight')!;
    expect(() => recomputeBetween(plain, [gradient])).toThrow(/modelOutputMissing/);
  });
});
