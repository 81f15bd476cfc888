import { describe, expect, it } from 'vitest';
import { differentiate } from '../../../../native-models/autodiff/differentiate.ts';
import { GraphBuilder } from '../../../../native-models/onnx/build.ts';
import { float32Tensor, int64Tensor } from '../../../../native-models/onnx/dataTypes.ts';
import type { Tensor } from '../../../../native-models/onnx/ir.ts';
import { seededRandom } from '../../../../native-models/random.ts';
import { cosineDistance } from '../../../../native-models/training/losses/cosineDistance.ts';
import { crossEntropy } from '../../../../native-models/training/losses/crossEntropy.ts';
import { distillation } from '../../../../native-models/training/losses/distillation.ts';
import { divergence } from '../../../../native-models/training/losses/divergence.ts';
import type { Loss } from '../../../../native-models/training/losses/loss.ts';
import { margin } from '../../../../native-models/training/losses/margin.ts';
import { squaredError } from '../../../../native-models/training/losses/squaredError.ts';
import { runModel } from '../../../gradients/support.ts';

const samples = 4;
const classes = 3;
const random = seededRandom(5);
const rows = () => Float32Array.from({ length: samples * classes }, () => 2 * random.normal());
const feeds: Readonly<Record<string, Tensor>> = {
  logits: float32Tensor([samples, classes], rows()),
  other: float32Tensor([samples, classes], rows()),
  labels: int64Tensor([samples], [0, 2, 1, 2]),
  weights: float32Tensor([samples], [1, 0.5, 2, 0.25]),
};

type Build = (g: GraphBuilder) => Loss;

async function evaluate(build: Build, at: Readonly<Record<string, Tensor>> = feeds) {
  const g = new GraphBuilder();
  g.input('logits', 'float32', ['batch', classes]);
  g.input('other', 'float32', ['batch', classes]);
  g.input('labels', 'int64', ['batch']);
  g.input('weights', 'float32', ['batch']);
  const { loss, perSample, seeds } = build(g);
  const derived = differentiate(g.model(), {
    seeds,
    withRespectTo: ['logits', 'other'],
    outputs: [loss, perSample],
  });
  const results = await runModel(derived.model, at);
  const gradient = (name: string) => {
    const output = derived.gradients.get(name);
    return output ? (results[output]!.data as Float32Array) : null;
  };
  return {
    loss: Number(results[loss]!.data[0]),
    perSample: results[perSample]!.data as Float32Array,
    gradient,
  };
}

/** Slope of the loss in element `i` of an input, by a central difference. */
async function slope(build: Build, name: string, i: number): Promise<number> {
  const step = 1e-2;
  const at = async (distance: number) => {
    const moved = (feeds[name]!.data as Float32Array).slice();
    moved[i]! += distance;
    return (await evaluate(build, { ...feeds, [name]: float32Tensor([samples, classes], moved) })).loss;
  };
  return ((await at(step)) - (await at(-step))) / (2 * step);
}

const losses: Record<string, { build: Build; trains: string[] }> = {
  'cross-entropy': { build: (g) => crossEntropy(g, 'logits', 'labels', classes), trains: ['logits'] },
  'cross-entropy, smoothed and weighted': {
    build: (g) =>
      crossEntropy(g, 'logits', 'labels', classes, {
        labelSmoothing: 0.2,
        classWeights: [1, 2, 0.5],
        sampleWeights: 'weights',
      }),
    trains: ['logits'],
  },
  'divergence, both sides training': {
    build: (g) => divergence(g, 'other', 'logits', { temperature: 2, referenceTrains: true }),
    trains: ['logits', 'other'],
  },
  margin: {
    build: (g) => margin(g, 'logits', 'labels', classes, { sampleWeights: 'weights' }),
    trains: ['logits'],
  },
  hinge: { build: (g) => margin(g, 'logits', 'labels', classes, { hinge: 1 }), trains: ['logits'] },
  'squared error': { build: (g) => squaredError(g, 'logits', 'other'), trains: ['logits', 'other'] },
  'cosine distance': {
    build: (g) => cosineDistance(g, 'logits', 'other', { sampleWeights: 'weights' }),
    trains: ['logits', 'other'],
  },
  distillation: {
    build: (g) => distillation(g, 'logits', 'other', 'labels', classes, { alpha: 0.3, temperature: 3 }),
    trains: ['logits'],
  },
};

describe('losses', () => {
  it.each(Object.keys(losses))('%s: its gradient is that of its value', async (name) => {
    const { build, trains } = losses[name]!;
    const { gradient } = await evaluate(build);
    for (const input of trains) {
      for (const i of [0, 4, 8, 11]) {
        expect(gradient(input)![i]!, `${input}[${i}]`).toBeCloseTo(await slope(build, input, i), 3);
      }
    }
  });

  it('cross-entropy is that of the definition, with labels smoothed', async () => {
    const build: Build = (g) => crossEntropy(g, 'logits', 'labels', classes, { labelSmoothing: 0.3 });
    const { perSample } = await evaluate(build);
    const logits = feeds['logits']!.data as Float32Array;
    [0, 2, 1, 2].forEach((label, n) => {
      const row = [...logits.subarray(n * classes, (n + 1) * classes)];
      const total = Math.log(row.reduce((sum, z) => sum + Math.exp(z), 0));
      const expected = row.reduce((sum, z, k) => sum - ((k === label ? 0.7 : 0) + 0.1) * (z - total), 0);
      expect(perSample[n]).toBeCloseTo(expected, 5);
    });
  });

  it('cross-entropy still has a gradient where softmax rounds to 1', async () => {
    const sure = float32Tensor([samples, classes], [30, 0, 1, 0, 1, 30, 0, 30, 1, 1, 0, 30]);
    const { gradient } = await evaluate((g) => crossEntropy(g, 'logits', 'labels', classes), {
      ...feeds,
      logits: sure,
    });
    const atLabels = [0, 5, 7, 11].map((i) => gradient('logits')![i]!);
    for (const value of atLabels) {
      expect(value).toBeLessThan(0);
      expect(value).toBeGreaterThan(-1e-11);
    }
  });

  it('the weighted mean divides by the weights', async () => {
    const { loss, perSample } = await evaluate((g) =>
      crossEntropy(g, 'logits', 'labels', classes, { sampleWeights: 'weights' }),
    );
    const weights = feeds['weights']!.data as Float32Array;
    const mean = perSample.reduce((sum, value, i) => sum + value * weights[i]!, 0) / 3.75;
    expect(loss).toBeCloseTo(mean, 5);
  });

  it('leaves the teacher of a distillation alone', async () => {
    const { gradient } = await evaluate(losses['distillation']!.build);
    expect(gradient('other')).toBeNull();
  });
});
