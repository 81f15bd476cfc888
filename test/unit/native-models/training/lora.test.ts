import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../../native-models/onnx/build.ts';
import { float32Tensor, int64Tensor } from '../../../../native-models/onnx/dataTypes.ts';
import type { Model, Tensor } from '../../../../native-models/onnx/ir.ts';
import { writeModel } from '../../../../native-models/onnx/write.ts';
import { applyLayerPatch, changedTensors } from '../../../../native-models/patches/layerPatch.ts';
import { seededRandom } from '../../../../native-models/random.ts';
import { floatsOf, openSession } from '../../../../native-models/runtime/session.ts';
import { adaptModel } from '../../../../native-models/training/adaptation.ts';
import { addAdapters, adapterParameters, foldAdapters } from '../../../../native-models/training/lora.ts';
import { crossEntropy } from '../../../../native-models/training/losses/crossEntropy.ts';
import { Sgd } from '../../../../native-models/training/optimisers/sgd.ts';
import { readParameters, writeParameters } from '../../../../native-models/training/parameters.ts';
import { buildStepGraph } from '../../../../native-models/training/stepGraph.ts';
import { Step } from '../../../../native-models/training/step.ts';
import { smallImages, smallResidualNetwork } from './smallNetworks.ts';

const random = seededRandom(3);

async function outputsOf(model: Model, input: Tensor): Promise<Float32Array> {
  const session = await openSession(writeModel(model), { threads: 1 });
  const results = await session.run({ input });
  await session.dispose();
  return floatsOf(results, model.graph.outputs[0]!.name);
}

/** Largest difference, relative to the largest value. */
function relative(a: Float32Array, b: Float32Array): number {
  const scale = a.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i]!)), 0) / scale;
}

const noise = (length: number) => Float32Array.from({ length }, () => random.normal());

/** One layer in each form an exporter may write it, `input` [batch, 5, 6] or [batch, 6] or an image. */
const forms: Readonly<Record<string, { weight: Tensor; input: Tensor; write: (g: GraphBuilder) => string }>> =
  {
    'MatMul on three axes': {
      weight: float32Tensor([6, 4], noise(24)),
      input: float32Tensor([2, 5, 6], noise(60)),
      write: (g) => g.op('MatMul', ['input', 'w']),
    },
    'MatMul with a transposed weight': {
      weight: float32Tensor([4, 6], noise(24)),
      input: float32Tensor([2, 5, 6], noise(60)),
      write: (g) => g.op('MatMul', ['input', g.op('Transpose', ['w'], { perm: [1, 0] })]),
    },
    'Gemm with factors': {
      weight: float32Tensor([6, 4], noise(24)),
      input: float32Tensor([3, 6], noise(18)),
      write: (g) =>
        g.op('Gemm', ['input', 'w', g.constant(float32Tensor([4], noise(4)))], { alpha: 0.5, beta: 2 }),
    },
    'Gemm transposed': {
      weight: float32Tensor([4, 6], noise(24)),
      input: float32Tensor([3, 6], noise(18)),
      write: (g) => g.op('Gemm', ['input', 'w'], { transB: 1 }),
    },
    '1×1 convolution with strides': {
      weight: float32Tensor([4, 6, 1, 1], noise(24)),
      input: float32Tensor([2, 6, 5, 5], noise(300)),
      write: (g) =>
        g.op('Conv', ['input', 'w'], { strides: [2, 2], kernel_shape: [1, 1], pads: [1, 0, 0, 1] }),
    },
    'a weight that two nodes share': {
      weight: float32Tensor([6, 6], noise(36)),
      input: float32Tensor([3, 6], noise(18)),
      write: (g) => g.op('MatMul', [g.op('Tanh', [g.op('MatMul', ['input', 'w'])]), 'w']),
    },
  };

function modelOf({ weight, input, write }: (typeof forms)[string]): Model {
  const g = new GraphBuilder();
  g.input('input', 'float32', input.dims);
  g.initializer('w', weight);
  g.outputAs('output', write(g));
  return g.model('one');
}

describe('LoRA', () => {
  it.each(Object.keys(forms))('%s: changes nothing at first, and folds into the weight', async (form) => {
    const { input } = forms[form]!;
    const base = modelOf(forms[form]!);
    const { model, adapters } = addAdapters(base, { rank: 3, alpha: 6, random: seededRandom(1) });
    expect(adapters).toHaveLength(1);
    const before = await outputsOf(base, input);
    expect(await outputsOf(model, input)).toEqual(before);

    const names = adapterParameters(adapters);
    const trained = new Map(
      names.map((name) => [name, noise(model.graph.initializers.get(name)!.data.length)]),
    );
    const unfolded = await outputsOf(writeParameters(model, trained), input);
    const folded = foldAdapters(base, adapters, trained);
    expect(relative(unfolded, before)).toBeGreaterThan(0.1);
    expect(relative(unfolded, await outputsOf(folded, input))).toBeLessThan(1e-6);
    expect([...folded.graph.initializers.keys()]).toEqual([...base.graph.initializers.keys()]);
    expect(folded.graph.nodes).toEqual(base.graph.nodes);
  });

  it('leaves alone what is no plain product: other readers, groups, larger filters', () => {
    const g = new GraphBuilder();
    const x = g.input('input', 'float32', ['batch', 4, 6, 6]);
    const filter = (name: string, dims: readonly number[]) =>
      g.initializer(name, float32Tensor(dims, noise(dims.reduce((a, b) => a * b, 1))));
    const grouped = g.op('Conv', [x, filter('grouped', [4, 1, 1, 1])], { group: 4 });
    const large = g.op('Conv', [grouped, filter('large', [4, 4, 3, 3])]);
    const tied = filter('tied', [4, 4]);
    const rows = g.op('MatMul', [large, tied]);
    g.outputAs('output', g.op('Add', [rows, g.op('ReduceSum', [tied], { keepdims: 0 })]));
    expect(addAdapters(g.model('none'), { rank: 1, random: seededRandom(0) }).adapters).toEqual([]);
  });

  it('takes names that are free', () => {
    const base = modelOf(forms['Gemm transposed']!);
    const taken = new Map(base.graph.initializers).set('w.lora_A', float32Tensor([1], [0]));
    const { model, adapters } = addAdapters(
      { ...base, graph: { ...base.graph, initializers: taken } },
      { rank: 1, random: seededRandom(0) },
    );
    expect(adapters[0]!.down).toBe('w.lora_A_1');
    const twice = addAdapters(model, { rank: 1, weights: ['w'], random: seededRandom(0) });
    const outputs = twice.model.graph.nodes.flatMap((node) => node.outputs);
    expect(new Set(outputs).size).toBe(outputs.length);
  });

  it('trains only the adapters, and leaves as a layer patch of the base', async () => {
    const base = smallResidualNetwork();
    const { model, parameters, merge } = adaptModel(
      base,
      { kind: 'lora', rank: 2 },
      { random: seededRandom(4), always: ['fc.weight', 'fc.bias'] },
    );
    expect(parameters).toEqual(['wide.weight.lora_A', 'wide.weight.lora_B', 'fc.weight', 'fc.bias']);
    const step = await Step.open(
      buildStepGraph(model, {
        parameters,
        loss: (g) => crossEntropy(g, 'logits', g.input('labels', 'int64', ['batch']), 4),
      }),
      { threads: 1 },
    );
    const batch = { input: smallImages(8), labels: int64Tensor([8], [0, 1, 2, 3, 0, 1, 2, 3]) };
    const trained = readParameters(model, parameters);
    const optimiser = new Sgd({ momentum: 0.9 });
    const losses: number[] = [];
    for (let i = 0; i < 30; i++) {
      const { loss, gradients } = await step.run(batch, trained);
      losses.push(loss);
      optimiser.step(trained, gradients, 0.1);
    }
    await step.dispose();
    expect(losses.at(-1)!).toBeLessThan(0.9 * losses[0]!);

    const merged = merge(trained);
    const tensors = changedTensors(base, merged);
    expect([...tensors.keys()].sort()).toEqual(['fc.bias', 'fc.weight', 'wide.weight']);
    const sha = 'a'.repeat(64);
    const patched = applyLayerPatch(base, sha, { base: sha, tensors, settings: {}, metrics: {} });
    const direct = await outputsOf(writeParameters(model, trained), batch.input);
    expect(relative(direct, await outputsOf(patched, batch.input))).toBeLessThan(1e-6);
  });
});
