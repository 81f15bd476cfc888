import { describe, expect, it } from 'vitest';
import { withCard, type ModelCard } from '../../../../native-models/detectors/card.ts';
import {
  classifierGraph,
  type ClassifierGraph,
} from '../../../../native-models/detectors/classifierGraph.ts';
import { openDetector } from '../../../../native-models/detectors/detector.ts';
import type { ModelError } from '../../../../native-models/errors.ts';
import type { Picture } from '../../../../native-models/images/picture.ts';
import type { Preprocess } from '../../../../native-models/images/preprocess.ts';
import { GraphBuilder } from '../../../../native-models/onnx/build.ts';
import { float32Tensor } from '../../../../native-models/onnx/dataTypes.ts';
import { loadModelFile } from '../../../../native-models/onnx/files.ts';
import type { Model } from '../../../../native-models/onnx/ir.ts';
import { writeModel } from '../../../../native-models/onnx/write.ts';
import { seededRandom } from '../../../../native-models/random.ts';
import { floatsOf, openSession } from '../../../../native-models/runtime/session.ts';
import { sharedPath } from '../../../support/shared.ts';
import { smallClassifier } from '../../../support/smallClassifier.ts';

const grey = (side: number): Preprocess => ({
  ...{ order: 'GRAY', size: [side, side], mean: [0], std: [255], scale: 1, normalise: 'none' },
});
const threeClasses = { isOk: [true, false, false], temperature: 1, givesProbabilities: false };

async function run(model: Model, dims: readonly number[], data: Float32Array) {
  const session = await openSession(writeModel(model), { threads: 1 });
  try {
    const results = await session.run({ [session.inputs[0]!.name]: { dtype: 'float32', dims, data } });
    return (name: string) => [...floatsOf(results, name)];
  } finally {
    await session.dispose();
  }
}

const softmax = (values: readonly number[]) => {
  const weights = values.map((value) => Math.exp(value));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
};

/** One 1×1 convolution into two channels, ReLU, mean, and a head of three classes. */
function twoChannels(side: number, outputs: 'logits' | 'softmax' | 'log' | 'hidden' = 'logits'): Model {
  const g = new GraphBuilder();
  const image = g.input('score', 'float32', ['batch', 1, side, side]);
  const conv = g.op('Conv', [image, g.initializer('k', float32Tensor([2, 1, 1, 1], [1, -1]))]);
  const pooled = g.op('Flatten', [g.op('GlobalAveragePool', [g.op('Relu', [conv], {}, { name: 'map' })])]);
  const weight = g.initializer('weight', float32Tensor([3, 2], [0.5, 0, 2, 0, 0, 3]));
  const logits = g.op('Gemm', [pooled, weight, g.initializer('bias', float32Tensor([3], [0.1, 0, -0.2]))], {
    transB: 1,
  });
  const exponents = () => g.op('Exp', [logits]);
  const made = {
    logits: () => logits,
    softmax: () => g.op('Softmax', [logits], { axis: 1 }),
    log: () => g.op('LogSoftmax', [logits], { axis: 1 }),
    hidden: () => {
      const all = exponents();
      return g.op('Div', [all, g.op('ReduceL1', [all], { axes: [1], keepdims: 1 })]);
    },
  }[outputs]();
  g.outputAs('probabilities', made, 'float32', ['batch', 3]);
  return g.model();
}

describe('classifierGraph', () => {
  /** Left half bright, right half dark: 0.8 and −0.4. */
  const side = 4;
  const image = Float32Array.from({ length: side * side }, (_, at) => (at % side < side / 2 ? 0.8 : -0.4));
  const pooled = [0.4, 0.2];
  const logits = [0.5 * pooled[0]! + 0.1, 2 * pooled[0]!, 3 * pooled[1]! - 0.2];

  it('scores by the probability of all defects, at its temperature', async () => {
    const options = { ...threeClasses, preprocess: grey(side), temperature: 2 };
    const value = await run(classifierGraph(twoChannels(side), options).model, [1, 1, side, side], image);
    const expected = softmax(logits.map((each) => each / 2));
    value('logits').forEach((each, at) => expect(each).toBeCloseTo(logits[at]!, 5));
    value('probabilities').forEach((each, at) => expect(each).toBeCloseTo(expected[at]!, 5));
    expect(value('score')[0]).toBeCloseTo(1 - expected[0]!, 5);
  });

  it('maps what speaks for the likeliest defect against OK, for each image of a batch by itself', async () => {
    const options = { ...threeClasses, preprocess: grey(side) };
    const { model, places } = classifierGraph(twoChannels(side), options);
    expect(places.map(({ kind, grid }) => [kind, grid])).toEqual([
      ['features', { height: side, width: side }],
    ]);
    const other = image.map((value) => -value);
    const value = await run(model, [2, 1, side, side], Float32Array.of(...image, ...other));
    const zoom = Math.sqrt(value('map').length / 2) / side;
    const corner = (n: number, column: number) => value('map')[n * (side * zoom) ** 2 + column * zoom]!;
    // Class 1 against class 0: (2 − 0.5) for channel 0, nothing for channel 1.
    expect(corner(0, 0)).toBeCloseTo(1.5 * 0.8, 5);
    expect(corner(0, side - 1 + 0.5)).toBeCloseTo(0, 5);
    // The other image: channel 1 has the mean 0.4, so class 2 is the likeliest: −0.5 and 3.
    expect(corner(1, 0)).toBeCloseTo(3 * 0.8, 5);
    expect(corner(1, side - 1 + 0.5)).toBeCloseTo(0, 5);
  });

  it.each(['softmax', 'log'] as const)(
    'takes a %s off the end, and names that a detector needs',
    async (end) => {
      const options = { ...threeClasses, preprocess: grey(side) };
      const value = await run(
        classifierGraph(twoChannels(side, end), options).model,
        [1, 1, side, side],
        image,
      );
      value('logits').forEach((each, at) => expect(each).toBeCloseTo(logits[at]!, 5));
    },
  );

  it('takes probabilities whose softmax cannot be seen for what they are told to be', async () => {
    const options = { ...threeClasses, preprocess: grey(side), givesProbabilities: true };
    const value = await run(
      classifierGraph(twoChannels(side, 'hidden'), options).model,
      [1, 1, side, side],
      image,
    );
    value('probabilities').forEach((each, at) => expect(each).toBeCloseTo(softmax(logits)[at]!, 5));
  });

  it('credits each depth that the head reads with what it does itself', async () => {
    const g = new GraphBuilder();
    const input = g.input('image', 'float32', ['batch', 1, 8, 8]);
    const shallow = g.op('Relu', [g.op('Conv', [input, g.constant(float32Tensor([1, 1, 1, 1], [1]))])]);
    const deep = g.op('Relu', [g.op('AveragePool', [shallow], { kernel_shape: [2, 2], strides: [2, 2] })]);
    const rows = [shallow, deep].map((value) => g.op('Flatten', [g.op('GlobalAveragePool', [value])]));
    const weight = g.constant(float32Tensor([2, 2], [0, 0, 2, 5]));
    g.output(g.op('Gemm', [g.op('Concat', rows, { axis: 1 }), weight], { transB: 1 }), 'float32', [
      'batch',
      2,
    ]);
    const options = { ...threeClasses, isOk: [true, false], preprocess: grey(8) };
    const { model, places } = classifierGraph(g.model(), options);
    expect(places.map(({ value }) => value)).toEqual([shallow, deep]);
    const value = await run(model, [1, 1, 8, 8], new Float32Array(64).fill(0.5));
    // An even image: every place adds the same, all of them together the difference of the logits.
    for (const each of value('map')) expect(each).toBeCloseTo((2 + 5) * 0.5, 4);
  });

  it('maps by input gradient times image where there is no feature map, as finite differences have it', async () => {
    const large = 72;
    const pixels = large * large;
    const random = seededRandom(2);
    const normals = (count: number, deviation: number) =>
      Float32Array.from({ length: count }, () => random.normal() * deviation);
    const g = new GraphBuilder();
    const input = g.input('image', 'float32', ['batch', 1, large, large]);
    const hidden = g.op('Gemm', [
      g.op('Flatten', [input]),
      g.constant(float32Tensor([pixels, 8], normals(pixels * 8, 0.1))),
    ]);
    const weight = g.constant(float32Tensor([8, 4], normals(32, 1)));
    g.output(g.op('MatMul', [g.op('Tanh', [hidden]), weight]), 'float32', ['batch', 4]);
    const isOk = [false, true, false, true];
    const { model, places } = classifierGraph(g.model(), { ...threeClasses, isOk, preprocess: grey(large) });
    expect(places).toEqual([{ kind: 'image', value: 'image', grid: { height: large, width: large } }]);

    const base = normals(pixels, 0.3);
    const dims = [1, 1, large, large];
    const value = await run(model, dims, base);
    const winner = value('logits')[0]! > value('logits')[2]! ? 0 : 2;
    const contrast = async (data: Float32Array) => {
      const z = (await run(model, dims, data))('logits');
      return z[winner]! - Math.log(Math.exp(z[1]!) + Math.exp(z[3]!));
    };
    for (let i = 0; i < 12; i++) {
      const at = random.integer(pixels);
      const moved = (by: number) => base.map((each, index) => (index === at ? each + by : each));
      const slope = ((await contrast(moved(0.05))) - (await contrast(moved(-0.05)))) / 0.1;
      const expected = Math.max(0, slope * base[at]! * pixels);
      expect(Math.abs(value('map')[at]! - expected)).toBeLessThan(0.02 * pixels * 0.3);
    }
  });

  const vit = sharedPath('oracles', 'train_b_vit.onnx');
  it.skipIf(vit === null)('reads a transformer off its last tokens', async () => {
    const preprocess: Preprocess = { ...grey(16), order: 'RGB' };
    const isOk = [true, false, false, false, false];
    const { model, places } = classifierGraph(await loadModelFile(vit!), {
      ...threeClasses,
      isOk,
      preprocess,
    });
    expect(places.map(({ kind, grid }) => [kind, grid])).toEqual([['tokens', { height: 4, width: 4 }]]);
    const random = seededRandom(1);
    const data = Float32Array.from({ length: 3 * 16 * 16 }, () => random.normal());
    const map = (await run(model, [1, 3, 16, 16], data))('map');
    expect(map).toHaveLength(16 * 16);
    expect(Math.max(...map)).toBeGreaterThan(0.01);
  });

  it('names an operator that cannot be differentiated and goes without a map', async () => {
    const g = new GraphBuilder();
    const input = g.input('image', 'float32', ['batch', 1, 8, 8]);
    const rows = g.op('Flatten', [g.op('GlobalAveragePool', [g.op('Conv', [input, ones([3, 1, 3, 3])(g)])])]);
    g.output(g.op('Hardmax', [rows], { axis: 1 }), 'float32', ['batch', 3]);
    const made: ClassifierGraph = classifierGraph(g.model(), { ...threeClasses, preprocess: grey(8) });
    expect([made.places, made.mapLacks]).toEqual([[], 'Hardmax']);
    const session = await openSession(writeModel(made.model), { threads: 1 });
    expect(session.outputs.map(({ name }) => name)).toEqual(['score', 'probabilities', 'logits']);
    await session.dispose();
  });

  const ones = (dims: number[]) => (g: GraphBuilder) =>
    g.constant(float32Tensor(dims, new Float32Array(dims.reduce((a, b) => a * b)).fill(1)));

  it.each<[string, Partial<typeof threeClasses>]>([
    ['noOkClass', { isOk: [false, false, false] }],
    ['oneClass', { isOk: [true, true, true] }],
    ['labelsWrong', { isOk: [true, false] }],
  ])('refuses with %s', (kind, change) => {
    const make = () => classifierGraph(twoChannels(4), { ...threeClasses, ...change, preprocess: grey(4) });
    expect(make).toThrow(expect.objectContaining({ kind }) as ModelError);
  });

  it('refuses a network whose classes may hold at once, one without classes, and another size of image', () => {
    const ending = (op: string, classes: number) => {
      const g = new GraphBuilder();
      const pooled = g.op('Flatten', [
        g.op('GlobalAveragePool', [g.input('x', 'float32', ['n', classes, 8, 8])]),
      ]);
      g.output(g.op(op, [pooled]), 'float32', ['n', classes]);
      return g.model();
    };
    const colour: Preprocess = { ...grey(8), order: 'RGB' };
    const kindOf = (model: Model, preprocess: Preprocess) => {
      try {
        classifierGraph(model, { ...threeClasses, preprocess });
        return null;
      } catch (thrown) {
        return (thrown as ModelError).kind;
      }
    };
    expect(kindOf(ending('Sigmoid', 3), colour)).toBe('notClassifier');
    expect(kindOf(ending('Relu', 1), grey(8))).toBe('notClassifier');
    expect(kindOf(twoChannels(4), grey(8))).toBe('modelInputUnsupported');
  });
});

describe('a classifier as a detector', () => {
  const side = 32;
  const model = smallClassifier({ side, channels: [4, 6], classes: 3, random: seededRandom(1) });
  const card: ModelCard = {
    ...{ kind: 'classifier', preprocess: grey(side), thresholds: { review: 0.4, ng: 0.6 } },
    ...{
      thresholdInterval: null,
      backbone: '',
      features: [],
      goodImages: 0,
      ngImages: 0,
      memory: 0,
      seed: 0,
    },
    classes: { labels: ['burr', 'ok', 'dent'], okLabels: ['ok'], temperature: 1 },
  };
  const picture = (value: (at: number) => number): Picture => ({
    ...{ width: side, height: side, channels: 1, depth: 8 },
    data: Uint8Array.from({ length: side * side }, (_, at) => value(at)),
  });
  const open = async (network: Model) => {
    const isOk = [false, true, false];
    const options = { preprocess: grey(side), isOk, temperature: 1, givesProbabilities: false };
    return openDetector(withCard(classifierGraph(network, options).model, card), { threads: 1 });
  };

  it('says the same as the network itself, and the likeliest defect type even of a good part', async () => {
    const detector = await open(model);
    const part = picture((at) => (at * 37) % 256);
    const { score, label, map } = await detector.judge(part);
    const data = Float32Array.from(part.data, (value) => value / 255);
    const [burr, , dent] = (await run(model, [1, 1, side, side], data))('probabilities');
    expect(score).toBeCloseTo(burr! + dent!, 5);
    expect(label).toBe(burr! > dent! ? 'burr' : 'dent');
    expect(map?.data.every((value) => value >= 0)).toBe(true);
    expect(detector.card.classes).toEqual(card.classes);
    await detector.close();
  });

  it('judges nothing by logits that are no numbers, though the probabilities look sound', async () => {
    const weights = model.graph.initializers.get('fc.bias')!;
    const broken = float32Tensor(weights.dims, [-Infinity, 1, 0]);
    const initializers = new Map([...model.graph.initializers, ['fc.bias', broken] as const]);
    const opening = open({ ...model, graph: { ...model.graph, initializers } });
    await expect(opening).rejects.toThrow(/outputNotFinite/);
  });
});
