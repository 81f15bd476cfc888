import { describe, expect, it } from 'vitest';
import type { AttackedModel } from '../../../../native-models/attacks/victim.ts';
import { linf } from '../../../../native-models/attacks/norms/linf.ts';
import { rowOf } from '../../../../native-models/attacks/task.ts';
import { differentiate } from '../../../../native-models/autodiff/differentiate.ts';
import { GraphBuilder } from '../../../../native-models/onnx/build.ts';
import { float32Tensor, int64Tensor } from '../../../../native-models/onnx/dataTypes.ts';
import { extractSubgraph } from '../../../../native-models/onnx/passes/extractSubgraph.ts';
import { parameterNames } from '../../../../native-models/onnx/parameters.ts';
import { seededRandom } from '../../../../native-models/random.ts';
import { findHead } from '../../../../native-models/training/head.ts';
import type { BatchPart, Objective } from '../../../../native-models/training/objective.ts';
import { fastObjective, pgdObjective } from '../../../../native-models/training/objectives/adversarial.ts';
import { featureObjective } from '../../../../native-models/training/objectives/features.ts';
import { freeObjective } from '../../../../native-models/training/objectives/free.ts';
import { noiseObjective } from '../../../../native-models/training/objectives/noise.ts';
import { tradesObjective } from '../../../../native-models/training/objectives/trades.ts';
import { readParameters } from '../../../../native-models/training/parameters.ts';
import { runModel } from '../../../gradients/support.ts';
import { smallClassifier } from '../../../support/smallClassifier.ts';

const side = 12;
const length = side * side;
const classes = 3;
const session = { threads: 1 };
const whole = smallClassifier({ side, channels: [4, 6], classes, random: seededRandom(4) });
const { logits } = findHead(whole)!;
const model = extractSubgraph(whole, [logits]);
const parameters = parameterNames(model.graph);
const freed: AttackedModel = {
  ...{ model, logits, classes, parameters },
  input: 'image',
  shape: [1, side, side],
  correction: null,
};
const random = seededRandom(2);
const images = Float32Array.from({ length: 4 * length }, () => 0.2 + 0.6 * random.uniform());
const labels = [0, 1, 2, 1];
const part = (change: Partial<BatchPart> = {}): BatchPart => ({
  labels,
  feeds: { image: float32Tensor([4, 1, side, side], images) },
  parameters: readParameters(model, parameters),
  random: seededRandom(7),
  part: 0,
  replay: 0,
  ...change,
});

/** Mean cross-entropy of images under the model as it is. */
async function lossOf(shown: Float32Array): Promise<number> {
  const outputs = await runModel(model, { image: float32Tensor([4, 1, side, side], shown) });
  const z = outputs[logits]!.data as Float32Array;
  const losses = labels.map((label, row) => {
    const own = rowOf(z, row, classes);
    return Math.log(own.reduce((sum, value) => sum + Math.exp(value), 0)) - own[label]!;
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

async function disturbed(objective: Objective, change: Partial<BatchPart> = {}): Promise<Float32Array> {
  const feeds = await objective.disturb(part(change));
  return feeds['image']!.data as Float32Array;
}

describe.each([
  ['pgd', () => pgdObjective(freed, { norm: 'linf', epsilon: 0.05, steps: 5 }, session)],
  ['fast', () => fastObjective(freed, { norm: 'linf', epsilon: 0.05 }, session)],
] as const)('%s', (_, open) => {
  it('moves images inside the ball to where the loss is higher, the same way from the same place', async () => {
    const objective = open();
    const moved = await disturbed(objective);
    expect(linf.distance(moved, images)).toBeLessThanOrEqual(0.05 + 1e-6);
    expect(await lossOf(moved)).toBeGreaterThan(await lossOf(images));
    expect(await disturbed(objective)).toEqual(moved);
    expect(objective.flops()).toBeGreaterThan(0);
    await objective.dispose();
  });

  it('attacks the weights as they are, not those of the file', async () => {
    const objective = open();
    const turned = new Map(
      [...part().parameters].map(([name, values]) => [name, values.map((value) => -value)]),
    );
    expect(await disturbed(objective, { parameters: turned })).not.toEqual(await disturbed(objective));
    await objective.dispose();
  });
});

describe('TRADES', () => {
  it('feeds the images and their neighbours, and weighs the divergence once', async () => {
    const beta = 3;
    const objective = tradesObjective(freed, { norm: 'linf', epsilon: 0.05, steps: 4, beta }, session);
    const both = await disturbed(objective);
    expect(both.length).toBe(2 * images.length);
    expect(both.subarray(0, images.length)).toEqual(images);
    expect(linf.distance(both.subarray(images.length), images)).toBeLessThanOrEqual(0.05 + 1e-6);
    await objective.dispose();
  });

  it('has the gradient of cross-entropy plus beta times KL in both halves', async () => {
    const beta = 2.5;
    const objective = tradesObjective(freed, { norm: 'linf', epsilon: 0.1, steps: 1, beta }, session);
    const z = Float32Array.from({ length: 4 * classes }, () => random.normal());
    const truth = int64Tensor([2], [0, 2]);
    const g = new GraphBuilder();
    const rows = g.input('z', 'float32', ['rows', classes]);
    const { loss, seeds } = objective.loss(g, {
      logits: rows,
      labels: g.input('y', 'int64', ['N']),
      classes,
    });
    const derived = differentiate(g.model(), { seeds, withRespectTo: ['z'], outputs: [loss] });
    const at = async (values: Float32Array) =>
      runModel(derived.model, { z: float32Tensor([4, classes], values), y: truth });
    const softmax = (row: Float32Array) => {
      const parts = row.map(Math.exp);
      return parts.map((value) => value / parts.reduce((sum, each) => sum + each, 0));
    };
    const expected = [0, 1].map((i) => {
      const [p, q] = [softmax(rowOf(z, i, classes)), softmax(rowOf(z, i + 2, classes))];
      const kl = p.reduce((sum, value, k) => sum + value * Math.log(value / q[k]!), 0);
      return -Math.log(p[[0, 2][i]!]!) + beta * kl;
    });
    const outputs = await at(z);
    expect(Number(outputs[loss]!.data[0])).toBeCloseTo((expected[0]! + expected[1]!) / 2, 5);
    const gradient = outputs[derived.gradients.get('z')!]!.data as Float32Array;
    for (let i = 0; i < z.length; i++) {
      const slope = async (step: number) => {
        const moved = z.slice();
        moved[i]! += step;
        return Number((await at(moved))[loss]!.data[0]);
      };
      expect(((await slope(1e-2)) - (await slope(-1e-2))) / 2e-2).toBeCloseTo(gradient[i]!, 3);
    }
    await objective.dispose();
  });
});

describe('free', () => {
  it('goes on from where the last backward pass moved the images, inside the ball', async () => {
    const objective = freeObjective(freed, { norm: 'linf', epsilon: 0.03, replays: 3 });
    expect(objective).toMatchObject({ replays: 3, absorbs: 'image' });
    expect(await disturbed(objective)).toEqual(images);
    const gradient = images.map((_, i) => (i % 2 === 0 ? 1 : -2));
    objective.absorb!(0, gradient);
    const moved = await disturbed(objective, { replay: 1 });
    moved.forEach((value, i) => expect(value - images[i]!).toBeCloseTo(i % 2 === 0 ? 0.03 : -0.03, 5));
    objective.absorb!(0, gradient.slice());
    expect(linf.distance(await disturbed(objective, { replay: 2 }), images)).toBeLessThanOrEqual(0.03 + 1e-6);
  });
});

describe('noise', () => {
  it('has the deviation asked for and is drawn from the place in the training', async () => {
    const objective = noiseObjective('image', 0.2);
    const noisy = await disturbed(objective);
    const changes = noisy.map((value, i) => value - images[i]!);
    const spread = Math.sqrt(changes.reduce((sum, value) => sum + value * value, 0) / changes.length);
    expect(spread).toBeGreaterThan(0.18);
    expect(spread).toBeLessThan(0.22);
    expect(await disturbed(objective)).toEqual(noisy);
    expect(await disturbed(objective, { random: seededRandom(8) })).not.toEqual(noisy);
  });
});

describe('features', () => {
  it('disturbs what it is fed in proportion to its size, uphill', async () => {
    const options = { model, inputs: ['image'], logits, classes, parameters, share: 0.1 };
    const objective = await featureObjective(options, session);
    const moved = await disturbed(objective);
    const rms = Math.sqrt(images.reduce((sum, value) => sum + value * value, 0) / images.length);
    expect(linf.distance(moved, images)).toBeLessThanOrEqual(0.1 * rms + 1e-6);
    expect(await lossOf(moved)).toBeGreaterThan(await lossOf(images));
    await objective.dispose();
  });
});
