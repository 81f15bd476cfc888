import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../native-models/random.ts';
import { parameterNames } from '../../../native-models/onnx/parameters.ts';
import { adaptModel } from '../../../native-models/training/adaptation.ts';
import { parseLayerPolicy } from '../../../native-models/training/layers/policy.ts';
import { reportLayers } from '../../../native-models/training/layers/report.ts';
import { addAdapters, adapterParameters, foldAdapters } from '../../../native-models/training/lora.ts';
import { weightUses } from '../../../native-models/training/loraWeights.ts';
import { crossEntropy } from '../../../native-models/training/losses/crossEntropy.ts';
import { writeParameters } from '../../../native-models/training/parameters.ts';
import { buildStepGraph } from '../../../native-models/training/stepGraph.ts';
import { feedsOf, hasModels, loadShared, modelFiles, relativeDifference, run } from '../onnx/modelFiles.ts';

const pathOf = (name: string) => modelFiles.find(([each]) => each === name)![1];
const random = seededRandom(1);

/** Classifiers in which every parameter is known by name: [file, classes, image size]. */
const classifiers = [
  ['resnet18_narrow_torchscript_unfused.onnx', 10, 64],
  ['mobilenet_v2_1.0_224_f32.onnx', 1001, 224],
  ['train_b_vit.onnx', 5, 16],
  ['vit_tiny_d4_dynamo.onnx', 10, 64],
] as const;

describe.skipIf(!hasModels)('layer policies on the shared models', () => {
  it.each(modelFiles)('%s: all trains what the file learned, last-k grows up to it', (_name, path) => {
    const model = loadShared(path);
    const select = (text: string) => adaptModel(model, parseLayerPolicy(text), { random }).parameters;
    const all = new Set(select('all'));
    const numbers = parameterNames(model.graph).filter((name) => !all.has(name));
    // The dynamo exporter writes the scale of an attention as a tensor of one element.
    for (const name of numbers) expect(model.graph.initializers.get(name)!.data.length).toBe(1);
    let before = new Set<string>();
    for (let k = 1; before.size < all.size; k++) {
      const chosen = new Set(select(`last-k:${k}`));
      expect(chosen.size).toBeGreaterThan(before.size);
      for (const name of before) expect(chosen).toContain(name);
      before = chosen;
    }
    expect(before).toEqual(all);
  });

  it.each(classifiers)('%s: the step costs less the higher it ends', (name, classes, size) => {
    const model = loadShared(pathOf(name));
    const report = (text: string) => {
      const adapted = adaptModel(model, parseLayerPolicy(text), { random, outputs: ['logits'] });
      const step = buildStepGraph(adapted.model, {
        parameters: adapted.parameters,
        loss: (g) => crossEntropy(g, 'logits', g.input('labels', 'int64', ['labels']), classes),
      });
      expect([...step.gradients.values()]).not.toContain(null);
      const shapes = { input: [4, 3, size, size], labels: [4] };
      return reportLayers(adapted.model, adapted.parameters, step, shapes);
    };
    const steps = ['head', 'last-k:2', 'last-k:4', 'all'].map(report);
    steps.slice(1).forEach(({ stepFlops, parameters }, i) => {
      expect(stepFlops).toBeGreaterThan(steps[i]!.stepFlops);
      expect(parameters).toBeGreaterThan(steps[i]!.parameters);
    });
    const [head, , , all] = steps;
    // Forward and two products of the same size for each layer, less the gradient of the image; more where the weight
    // gradient of a depthwise layer is written as products of rows, which multiply more than they must and are faster.
    expect(all!.stepFlops / all!.forwardFlops).toBeGreaterThan(2.3);
    expect(all!.stepFlops / all!.forwardFlops).toBeLessThan(3.4);
    expect(head!.stepFlops / head!.forwardFlops).toBeLessThan(1.05);
    const lora = report('lora:2');
    expect(lora.parameters).toBeLessThan(all!.parameters / 3);
    expect(lora.stepFlops).toBeLessThan(all!.stepFlops);
  });
});

describe.skipIf(!hasModels)('LoRA on the shared models', () => {
  /**
   * Float32 rounds W + A·B once for each element and sums in another order: below 1e-6 for one layer, as the unit
   * tests show; the network behind it and the number of layers add to that (measured: 9e-7 for one, 5e-5 for all
   * 82 of YOLOX).
   */
  const tolerances = { one: 2e-6, all: 1e-4 };

  it.each(modelFiles)('%s: folded gives what unfolded gives', async (_name, path) => {
    const model = loadShared(path);
    const feeds = feedsOf(model);
    const difference = async (weights?: readonly string[]) => {
      const adapted = addAdapters(model, { rank: 4, random, ...(weights ? { weights } : {}) });
      const trained = new Map(
        adapterParameters(adapted.adapters).map((name) => {
          const { data } = adapted.model.graph.initializers.get(name)!;
          return [name, Float32Array.from({ length: data.length }, () => 0.05 * random.normal())];
        }),
      );
      const unfolded = await run(writeParameters(adapted.model, trained), feeds);
      return relativeDifference(unfolded, await run(foldAdapters(model, adapted.adapters, trained), feeds));
    };
    const last = [...weightUses(model.graph).keys()].at(-1)!;
    expect(await difference([last])).toBeLessThan(tolerances.one);
    expect(await difference()).toBeLessThan(tolerances.all);
  });
});
