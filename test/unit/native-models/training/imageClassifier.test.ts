import { describe, expect, it } from 'vitest';
import { ModelError } from '../../../../native-models/errors.ts';
import { GraphBuilder } from '../../../../native-models/onnx/build.ts';
import { float32Tensor } from '../../../../native-models/onnx/dataTypes.ts';
import { changedTensors } from '../../../../native-models/patches/layerPatch.ts';
import { seededRandom } from '../../../../native-models/random.ts';
import { readClassifierCard, withClassifierCard } from '../../../../native-models/training/classifierCard.ts';
import {
  prepareImageClassifier,
  trainImageClassifier,
  type ImageClassifierOptions,
} from '../../../../native-models/training/imageClassifier.ts';
import { parseLayerPolicy } from '../../../../native-models/training/layers/policy.ts';
import type { TrainingImage } from '../../../../native-models/training/trainingImages.ts';
import { smallClassifier } from '../../../support/smallClassifier.ts';

const side = 8;
const preprocess = {
  ...{ order: 'GRAY', size: [side, side], mean: [128], std: [64], scale: 1, normalise: 'none' },
} as ImageClassifierOptions['preprocess'];

/** `dark` and `light` squares, told apart by their mean. */
function square(label: string, number: number, change: Partial<TrainingImage> = {}): TrainingImage {
  const random = seededRandom(number).fork(label);
  const level = label === 'dark' ? 70 : 180;
  const data = Uint8Array.from({ length: side * side }, () => level + 40 * random.uniform());
  return {
    ...{ name: `${label} ${number}`, label, split: null, group: null, weight: 1 },
    load: async () => ({ width: side, height: side, channels: 1, depth: 8, data }),
    ...change,
  };
}

const squares = ['dark', 'light'].flatMap((label) => Array.from({ length: 20 }, (_, i) => square(label, i)));
const model = (classes: number) => smallClassifier({ side, channels: [6], classes, random: seededRandom(3) });

function options(change: Partial<ImageClassifierOptions> = {}): ImageClassifierOptions {
  return {
    model: model(2),
    images: squares,
    preprocess,
    layers: parseLayerPolicy('all'),
    settings: {
      ...{ epochs: 6, batch: 8, optimiser: { kind: 'adamw' } },
      schedule: { rate: 0.05, shape: 'constant' },
    },
    ...{ classWeights: 'none', shares: { test: 0.3, validation: 0.2 }, seed: 1 },
    ...{ cacheBytes: 1e6, session: { threads: 1 } },
    ...change,
  };
}

async function train(change: Partial<ImageClassifierOptions> = {}) {
  const chosen = options(change);
  const prepared = await prepareImageClassifier(chosen);
  return { prepared, trained: await trainImageClassifier(prepared, chosen, {}) };
}

describe('training a classifier of images', () => {
  it('learns the classes and says so in the model', async () => {
    const { trained } = await train();
    expect(trained.testAccuracy).toMatchObject({ value: 1, of: 12 });
    expect(readClassifierCard(trained.model)).toEqual({ labels: ['dark', 'light'], preprocess });
    expect(trained.model.graph.nodes).toEqual(model(2).graph.nodes);
  });

  it('learns with a network that leaves the size of its pictures open, and leaves it open', async () => {
    const g = new GraphBuilder();
    const image = g.input('image', 'float32', ['N', 1, 'height', 'width']);
    const weight = g.initializer('weight', float32Tensor([2, 1, 3, 3], new Float32Array(18).fill(0.1)));
    const seen = g.op('Conv', [image, weight], { pads: [1, 1, 1, 1] });
    const pooled = g.op('AveragePool', [seen], { kernel_shape: [2, 2], strides: [2, 2] });
    g.outputAs('cells', pooled, 'float32', ['N', 2, 'height/2', 'width/2']);
    const { trained } = await train({ model: g.model() });
    expect(trained.testAccuracy).toMatchObject({ value: 1, of: 12 });
    expect(trained.model.graph.inputs[0]!.shape).toEqual(['N', 1, 'height', 'width']);
    expect(trained.best.parameters.has('weight')).toBe(true);
  });

  it('comes to the same whether frozen layers are run once or at every visit', async () => {
    const layers = parseLayerPolicy('head');
    const once = await train({ layers });
    const always = await train({ layers, augmentation: {} });
    for (const [name, values] of once.trained.best.parameters) {
      const others = always.trained.best.parameters.get(name)!;
      values.forEach((value, i) => expect(value).toBeCloseTo(others[i]!, 4));
    }
    expect(once.trained.flops).toBeLessThan(always.trained.flops / 3);
  });

  it('changes the chosen layers only, and the head where it had to be replaced', async () => {
    const layers = parseLayerPolicy('conv1.weight');
    const changed = ({ trained }: Awaited<ReturnType<typeof train>>, base: number) =>
      [...changedTensors(model(base), trained.model).keys()].sort();
    expect(changed(await train({ layers }), 2)).toEqual(['conv1.weight']);
    expect(changed(await train({ layers, model: model(5) }), 5)).toEqual([
      'conv1.weight',
      'fc.bias',
      'fc.weight',
    ]);
  });

  it('takes the order of classes from a model that knows them, and starts afresh where it knows others', async () => {
    const knowing = (labels: string[]) => withClassifierCard(model(2), { labels, preprocess });
    const same = await prepareImageClassifier(options({ model: knowing(['light', 'dark']) }));
    expect(same.labels).toEqual(['light', 'dark']);
    expect(same.base.graph.initializers.get('fc.weight')).toEqual(
      model(2).graph.initializers.get('fc.weight'),
    );
    const other = await prepareImageClassifier(options({ model: knowing(['cat', 'dog']) }));
    expect(other.labels).toEqual(['dark', 'light']);
    expect(other.base.graph.initializers.get('fc.weight')!.data.every((value) => value === 0)).toBe(true);
  });

  it('keeps named sides, whole groups, and leaves out what weighs nothing', async () => {
    const images = squares.map((image, i) => ({
      ...image,
      split: i % 5 === 0 ? ('test' as const) : ('train' as const),
      group: `lot ${Math.floor(i / 4)}`,
      weight: i % 7 === 0 ? 0 : 1,
    }));
    const { split } = await prepareImageClassifier(options({ images }));
    const names = (side: readonly { name: string }[]) => side.map(({ name }) => name);
    expect(names(split.test)).toEqual(names(images.filter((image) => image.split === 'test')));
    expect([...names(split.train), ...names(split.validation)].sort()).toEqual(
      names(images.filter(({ split: side, weight }) => side === 'train' && weight > 0)).sort(),
    );
    const lots = new Set(split.train.map(({ group }) => group));
    expect(split.validation.some(({ group }) => lots.has(group))).toBe(false);
  });

  it('gives every class the same weight when asked', async () => {
    const images = [...squares.slice(0, 20), ...squares.slice(20, 24)].map((image) => ({
      ...image,
      split: 'train' as const,
    }));
    const balanced = await train({ images, classWeights: 'balanced', shares: { test: 0, validation: 0 } });
    expect(balanced.trained.testAccuracy).toBeNull();
    const plain = await train({ images, shares: { test: 0, validation: 0 } });
    expect(balanced.trained.history[0]!.loss).not.toBe(plain.trained.history[0]!.loss);
  });

  it('notices that the data are other data', async () => {
    const snapshot = async (images: readonly TrainingImage[]) =>
      (await prepareImageClassifier(options({ images }))).snapshot;
    const before = await snapshot(squares);
    expect(await snapshot(squares)).toBe(before);
    expect(await snapshot(squares.slice(1))).not.toBe(before);
    expect(await snapshot([{ ...squares[0]!, weight: 2 }, ...squares.slice(1)])).not.toBe(before);
    expect(await snapshot([square('dark', 99), ...squares.slice(1)])).not.toBe(before);
  });

  it('goes on without images that cannot be read, naming them', async () => {
    const broken = square('dark', 50, { load: () => Promise.reject(new ModelError('imageUnreadable')) });
    const { skipped, split } = await prepareImageClassifier(options({ images: [broken, ...squares] }));
    expect(skipped).toMatchObject([{ name: 'dark 50', error: { kind: 'imageUnreadable' } }]);
    expect(split.train.length + split.validation.length + split.test.length).toBe(squares.length);
  });

  it.each<[string, Partial<ImageClassifierOptions>, string]>([
    [
      'images of another size than the model takes',
      { preprocess: { ...preprocess, size: [16, 16] } },
      'modelInputUnsupported',
    ],
    ['no image that can be read', { images: [] }, 'tooFewImages'],
    ['one class', { images: squares.slice(0, 20) }, 'oneClass'],
    [
      'a class whose images are all in the test part',
      {
        images: squares.map(
          (image) => ({ ...image, split: image.label === 'dark' ? 'test' : 'train' }) as const,
        ),
      },
      'classEmpty',
    ],
  ])('refuses %s', async (_name, change, kind) => {
    await expect(train(change)).rejects.toMatchObject({ kind });
  });
});
