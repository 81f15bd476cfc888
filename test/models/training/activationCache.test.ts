import { describe, expect, it } from 'vitest';
import { float32Tensor, int64Tensor } from '../../../native-models/onnx/dataTypes.ts';
import type { Model, Tensor } from '../../../native-models/onnx/ir.ts';
import { seededRandom } from '../../../native-models/random.ts';
import { ActivationCache } from '../../../native-models/training/activationCache.ts';
import { adaptModel } from '../../../native-models/training/adaptation.ts';
import { cutBelowTrained } from '../../../native-models/training/cutModel.ts';
import { parseLayerPolicy } from '../../../native-models/training/layers/policy.ts';
import { crossEntropy } from '../../../native-models/training/losses/crossEntropy.ts';
import { Sgd } from '../../../native-models/training/optimisers/sgd.ts';
import { readParameters } from '../../../native-models/training/parameters.ts';
import { buildStepGraph } from '../../../native-models/training/stepGraph.ts';
import { Step } from '../../../native-models/training/step.ts';
import { relativeError } from '../../gradients/support.ts';
import { hasModels, loadShared, modelFiles } from '../onnx/modelFiles.ts';

const random = seededRandom(1);
const steps = 4;
const batchSize = 4;

/**
 * [file, policy, classes, image size, tolerance]. Bit for bit, but where a product is so small that onnxruntime
 * takes another kernel for one image than for four (16 pixels, 24 channels).
 */
const cases = [
  ['resnet18_narrow_torchscript_unfused.onnx', 'last-k:5', 10, 64, 0],
  ['mobilenet_v2_1.0_224_f32.onnx', 'last-k:5', 1001, 224, 0],
  ['vit_tiny_d4_torchscript.onnx', 'last-k:5', 10, 64, 0],
  ['swin_narrow_torchscript.onnx', 'last-k:5', 10, 64, 0],
  ['train_b_vit.onnx', 'head', 5, 16, 1e-6],
] as const;

async function train(
  model: Model,
  trained: readonly string[],
  classes: number,
  feeds: () => Promise<Readonly<Record<string, Tensor>>>,
) {
  const graph = buildStepGraph(model, {
    parameters: trained,
    loss: (g) => crossEntropy(g, 'logits', g.input('labels', 'int64', ['labels']), classes),
  });
  const step = await Step.open(graph, { threads: 1 });
  const parameters = readParameters(model, trained);
  const optimiser = new Sgd({ momentum: 0.9 });
  const labels = int64Tensor(
    [batchSize],
    Array.from({ length: batchSize }, (_, i) => i),
  );
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    const { loss, gradients } = await step.run({ ...(await feeds()), labels }, parameters);
    losses.push(loss);
    optimiser.step(parameters, gradients, 0.01);
  }
  await step.dispose();
  return { losses, parameters };
}

describe.skipIf(!hasModels)('training on cached activations', () => {
  it.each(cases)(
    '%s, %s: the losses and weights of training on images',
    async (name, policy, classes, size, tolerance) => {
      const model = loadShared(modelFiles.find(([each]) => each === name)![1]);
      const { parameters: trained } = adaptModel(model, parseLayerPolicy(policy), {
        random,
        outputs: ['logits'],
      });
      const length = 3 * size * size;
      const pixels = Float32Array.from({ length: batchSize * length }, () => random.uniform());
      const images = Array.from({ length: batchSize }, (_, i) => ({
        sha256: String(i),
        load: () =>
          Promise.resolve(float32Tensor([1, 3, size, size], pixels.slice(i * length, (i + 1) * length))),
      }));
      const cut = cutBelowTrained(model, trained, ['logits']);
      const cache = await ActivationCache.open(cut, {
        memoryBytes: 1e8,
        preprocessing: '',
        session: { threads: 1 },
      });
      const cached = await train(cut.remainder, trained, classes, () => cache.batch(images));
      await cache.dispose();
      const input = float32Tensor([batchSize, 3, size, size], pixels);
      const plain = await train(model, trained, classes, () => Promise.resolve({ input }));
      if (tolerance === 0) expect(cached).toEqual(plain);
      for (const [i, loss] of plain.losses.entries()) {
        expect(Math.abs(cached.losses[i]! - loss)).toBeLessThanOrEqual(tolerance * loss);
      }
      for (const [parameter, values] of plain.parameters) {
        expect(relativeError(cached.parameters.get(parameter)!, values)).toBeLessThanOrEqual(tolerance);
      }
    },
  );
});
