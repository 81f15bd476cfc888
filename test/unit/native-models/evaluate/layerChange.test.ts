import { describe, expect, it } from 'vitest';
import { activationGrams } from '../../../../native-models/evaluate/activationGrams.ts';
import { isSameArchitecture, layerChange } from '../../../../native-models/evaluate/layerChange.ts';
import type { Preprocess } from '../../../../native-models/images/preprocess.ts';
import type { Picture } from '../../../../native-models/images/picture.ts';
import type { Model } from '../../../../native-models/onnx/ir.ts';
import { seededRandom } from '../../../../native-models/random.ts';
import { withClassifierCard } from '../../../../native-models/training/classifierCard.ts';
import { readParameters, writeParameters } from '../../../../native-models/training/parameters.ts';
import { smallClassifier } from '../../../support/smallClassifier.ts';

const side = 16;
const preprocess: Preprocess = {
  order: 'GRAY',
  size: [side, side],
  mean: [128],
  std: [64],
  scale: 1,
  normalise: 'none',
};

const classifier = (seed: number, classes = 3): Model =>
  withClassifierCard(smallClassifier({ side, channels: [4, 6], classes, random: seededRandom(seed) }), {
    labels: ['ok', 'dent', 'scratch'].slice(0, classes),
    preprocess,
  });

const pictures = Array.from({ length: 8 }, (_, at): Picture => {
  const random = seededRandom(at);
  const data = Uint8Array.from({ length: side * side }, () => random.integer(256));
  return { width: side, height: side, channels: 1, depth: 8, data };
});

const options = { session: { threads: 1 } };
const changed = (model: Model, name: string, change: (value: number, at: number) => number) => {
  const [values] = readParameters(model, [name]).values();
  return writeParameters(model, new Map([[name, values!.map(change)]]));
};

describe('layerChange', () => {
  const base = classifier(1);

  it('finds nothing where nothing changed', async () => {
    const { modules, images } = await layerChange(base, base, pictures, options);
    expect(images).toBe(8);
    expect(modules.map(({ name }) => name)).toEqual(['conv1', 'conv2', 'fc']);
    for (const { weightChange, cka } of modules) {
      expect(weightChange).toBe(0);
      expect(cka).toBeCloseTo(1, 12);
    }
  });

  it('measures how far a scaled layer moved, and that it still says the same', async () => {
    const model = changed(base, 'fc.weight', (value) => 1.5 * value);
    const { modules } = await layerChange(base, model, pictures, options);
    const [first, , last] = modules;
    expect(first).toMatchObject({ name: 'conv1', weightChange: 0 });
    expect(last!.weightChange).toBeCloseTo(0.5, 6);
    expect(last!.cka).toBeCloseTo(1, 6);
    expect(last!.size).toBe(6 * 3 + 3);
  });

  it('shows where another layer makes the activations say something else, and what comes before it as it was', async () => {
    const random = seededRandom(9);
    const model = changed(base, 'conv2.weight', () => random.normal());
    const { modules } = await layerChange(base, model, pictures, options);
    const [first, second] = modules;
    expect(first!.cka).toBeCloseTo(1, 12);
    expect(second!.weightChange).toBeGreaterThan(0.5);
    expect(second!.cka).toBeLessThan(0.98);
  });

  it('has no CKA of too few pictures', async () => {
    const { modules } = await layerChange(base, classifier(2), pictures.slice(0, 3), options);
    expect(modules.map(({ cka }) => cka)).toEqual([null, null, null]);
  });

  it('compares models of the same tensors only', () => {
    expect(isSameArchitecture(base, classifier(2))).toBe(true);
    expect(isSameArchitecture(base, classifier(1, 2))).toBe(false);
  });
});

describe('activationGrams', () => {
  it('gives the same products, up to rounding, however little may be held at one time', async () => {
    const models = [classifier(1), classifier(2)] as const;
    const values = models[0].graph.nodes.filter(({ op }) => op === 'Relu').map(({ outputs }) => outputs[0]!);
    const grams = (heldBytes?: number) =>
      activationGrams(models, values, preprocess, pictures, {
        ...options,
        ...(heldBytes === undefined ? {} : { heldBytes }),
      });
    const [whole, pieces] = [await grams(), await grams(50_000)];
    expect([...whole.keys()]).toEqual(values);
    for (const [value, pair] of whole) {
      pair.forEach((gram, which) => {
        const other = pieces.get(value)![which]!;
        gram.forEach((product, at) => expect(other[at]! / product).toBeCloseTo(1, 9));
      });
    }
  });
});
