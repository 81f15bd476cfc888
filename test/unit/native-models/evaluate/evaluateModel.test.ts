import { beforeAll, describe, expect, it } from 'vitest';
import { openDetector } from '../../../../native-models/detectors/detector.ts';
import { teachAnomalyDetector } from '../../../../native-models/detectors/teach.ts';
import { ModelError } from '../../../../native-models/errors.ts';
import { attackImages } from '../../../../native-models/evaluate/attackImages.ts';
import {
  evaluateDetector,
  type LabelledLoader,
} from '../../../../native-models/evaluate/evaluateDetector.ts';
import { disturbedPicture } from '../../../../native-models/evaluate/disturbances.ts';
import {
  evaluateModel,
  type EvaluateModelOptions,
} from '../../../../native-models/evaluate/evaluateModel.ts';
import { drawPart } from '../../../../native-models/images/procedural/draw.ts';
import { filterBank } from '../../../../native-models/models/filterBank.ts';
import type { Picture } from '../../../../native-models/images/picture.ts';
import type { Model } from '../../../../native-models/onnx/ir.ts';
import { seededRandom } from '../../../../native-models/random.ts';
import { withClassifierCard } from '../../../../native-models/training/classifierCard.ts';
import { smallClassifier } from '../../../support/smallClassifier.ts';
import { demoPart, smallPreprocess } from '../../../support/smallDetector.ts';

const session = { threads: 1 };
const base: Omit<EvaluateModelOptions, 'images'> = {
  corruptions: [],
  attacks: null,
  batch: 4,
  seed: 0,
  session,
};

const tiles = (count: number): LabelledLoader[] =>
  Array.from({ length: count }, (_, index) => {
    const part = demoPart(index + 100);
    const { picture, label } = drawPart(part);
    return { name: `tile ${index}`, label, load: async () => picture };
  });

/** Grey images whose label is what the network says of them, or another one. */
async function classifierAndImages(labels: readonly string[]) {
  const plain = smallClassifier({
    side: 16,
    channels: [6, 8],
    classes: labels.length,
    random: seededRandom(4),
  });
  const preprocess = {
    order: 'GRAY',
    size: [16, 16],
    mean: [128],
    std: [64],
    scale: 1,
    normalise: 'none',
  } as const;
  const model = withClassifierCard(plain, { labels, preprocess });
  const random = seededRandom(8);
  const picture = (_: unknown, at: number): Picture => {
    const stripes = (i: number) => 90 * Math.sin((at % 2 === 0 ? i % 16 : i / 16) * (0.5 + (at % 3)));
    const data = Uint8Array.from({ length: 256 }, (_, i) => 110 + stripes(i) + random.integer(30));
    return { width: 16, height: 16, channels: 1, depth: 8, data };
  };
  const pictures = Array.from({ length: 12 }, picture);
  const unlabelled = pictures.map((each, at): LabelledLoader => {
    return { name: `image ${at}`, label: labels[0] === 'good' ? 'ok' : labels[0]!, load: async () => each };
  });
  const asked = await attackImages(model, {
    ...{ images: unlabelled, attack: 'fgsm', norm: 'linf', epsilon: 1e-6, batch: 5, seed: 0, session },
  });
  const images = unlabelled.map((image, at) => ({ ...image, label: asked.images[at]!.before }));
  return { model, images };
}

describe('evaluating an anomaly detector', () => {
  let model: Model;
  beforeAll(async () => {
    const good = Array.from({ length: 8 }, (_, index) => ({
      name: `tile ${index}`,
      load: async () => drawPart(demoPart(index, 0)).picture,
    }));
    const backbone = { model: filterBank(), name: 'starter', preprocess: smallPreprocess };
    ({ model } = await teachAnomalyDetector({
      good,
      backbone,
      features: ['fine'],
      seed: 0,
      memory: 100,
      session,
    }));
  });

  it('scores undisturbed images as the live detector does', async () => {
    const images = tiles(10);
    const evaluation = await evaluateModel(model, { ...base, images });
    const detector = await openDetector(model, session);
    const live = await evaluateDetector(detector, { images });
    await detector.close();
    live.scores.forEach(({ score, verdict }, at) => {
      expect(evaluation.clean!.scores[at]!.score).toBeCloseTo(score!, 3);
      expect(evaluation.clean!.scores[at]!.verdict).toBe(verdict);
    });
    expect(evaluation.clean!.auroc!.value).toBeCloseTo(live.auroc!.value, 6);
    expect(evaluation.flops).toBeGreaterThanOrEqual(10 * evaluation.flopsPerImage);
  });

  it('raises the score of good parts and lowers that of defective ones under attack', async () => {
    const images = tiles(8);
    const attacks = {
      attacks: ['pgd'],
      norm: 'linf',
      epsilons: [2 / 255, 8 / 255],
      steps: { pgd: 5 },
    } as const;
    const { conditions, robust, cleanAccuracy } = await evaluateModel(model, { ...base, images, attacks });
    const scores = (name: string) => conditions.find((condition) => condition.name === name)!.scores;
    expect(conditions.map(({ name }) => name)).toEqual(['clean', 'linf:0.0078', 'linf:0.0314']);
    images.forEach(({ label }, at) => {
      const change = scores('linf:0.0314')[at]! - scores('clean')[at]!;
      if (label === 'ok') expect(change).toBeGreaterThanOrEqual(0);
      else expect(change).toBeLessThanOrEqual(0);
    });
    expect(robust[0]!.accuracy.value).toBeLessThanOrEqual(cleanAccuracy!.value);
    expect(robust[1]!.accuracy.value).toBeLessThanOrEqual(robust[0]!.accuracy.value);
  });

  it('measures the conditions of a line beside the suite, each once, with its false alarms and escapes', async () => {
    const images = tiles(8);
    const dust = { corruption: 'dust', severity: 4 } as const;
    const noise = { corruption: 'gaussian-noise', severity: 2 } as const;
    const { conditions, corruption } = await evaluateModel(model, {
      ...{ ...base, images },
      corruptions: ['gaussian-noise'],
      disturbances: [dust, noise],
    });
    const suite = [1, 2, 3, 4, 5].map((severity) => `gaussian-noise/${severity}`);
    expect(conditions.map(({ name }) => name)).toEqual(['clean', ...suite, 'dust/4']);
    expect(Object.keys(corruption)).toEqual(['gaussian-noise']);
    const good = images.filter(({ label }) => label === 'ok').length;
    for (const { falseAlarms, escapes, reviews, accuracy } of conditions) {
      expect([falseAlarms!.of, escapes!.of, reviews!.of, accuracy.of]).toEqual([good, 8 - good, 8, 8]);
    }
  });

  it('disturbs a picture alike whatever it is called, and another one differently', async () => {
    const disturbances = [{ corruption: 'dust', severity: 5 }] as const;
    const scores = async (images: readonly LabelledLoader[]) => {
      const { conditions } = await evaluateModel(model, { ...base, images, disturbances });
      return conditions.find(({ name }) => name === 'dust/5')!.scores;
    };
    const images = tiles(3);
    const renamed = images.map((image) => ({ ...image, name: `moved/${image.name}` }));
    expect(await scores(renamed)).toEqual(await scores(images));
    const [picture, other] = await Promise.all(images.map((image) => image.load()));
    const dust = async (of: Picture) => {
      const { data } = await disturbedPicture(of, disturbances[0], 0);
      return Array.from(data).reduce((places, value, at) => places + (value === of.data[at] ? 0 : at), 0);
    };
    expect(await dust(picture!)).not.toBe(await dust(other!));
    expect(await disturbedPicture(picture!, null, 0)).toBe(picture);
  });

  it('counts an image that cannot be read as a review, and says why', async () => {
    const broken: LabelledLoader = {
      name: 'broken',
      label: 'ok',
      load: async () => Promise.reject(new ModelError('imageUnreadable', { reason: 'test' })),
    };
    const { clean, unreadable } = await evaluateModel(model, { ...base, images: [...tiles(3), broken] });
    expect(unreadable).toMatchObject([{ name: 'broken', error: { kind: 'imageUnreadable' } }]);
    expect(clean!.reviews!.hits).toBeGreaterThanOrEqual(1);
    await expect(evaluateModel(model, { ...base, images: [broken] })).rejects.toThrow(/tooFewImages/);
  });
});

describe('evaluating a classifier', () => {
  it('is right about everything it labelled itself, less so disturbed, least so attacked', async () => {
    const { model, images } = await classifierAndImages(['good', 'scratch', 'dent']);
    const evaluation = await evaluateModel(model, {
      ...{ ...base, images },
      corruptions: ['gaussian-noise', 'contrast'],
      attacks: {
        attacks: ['fgsm', 'apgd-margin', 'square'],
        norm: 'linf',
        epsilons: [0.3, 0.02],
        steps: { square: 50 },
      },
    });
    expect(evaluation.labels).toEqual(['ok', 'scratch', 'dent']);
    expect(evaluation.cleanAccuracy!.value).toBe(1);
    expect(Object.keys(evaluation.corruption)).toEqual(['gaussian-noise', 'contrast']);
    expect(evaluation.corruption['contrast']).toHaveLength(5);
    expect(evaluation.corruptionAccuracy).toBeLessThanOrEqual(1);
    const [wide, narrow] = evaluation.robust;
    expect(wide!.epsilon).toBe(0.3);
    expect(wide!.accuracy.value).toBeLessThan(0.75);
    expect(narrow!.accuracy.value).toBeGreaterThanOrEqual(wide!.accuracy.value);
    const broken = Object.values(wide!.brokenBy).reduce((sum, count) => sum + count, 0);
    expect(broken).toBe(images.length - wide!.accuracy.hits);
  });

  it('gives the same figures again from the same seed, whatever the batch', async () => {
    const { model, images } = await classifierAndImages(['good', 'scratch']);
    const corruptions = ['impulse-noise', 'dust'];
    const once = await evaluateModel(model, { ...base, images, corruptions });
    const again = await evaluateModel(model, { ...base, images, corruptions, batch: 12 });
    expect(again.corruption).toEqual(once.corruption);
  });

  it('without a class that means OK has no false alarms or escapes', async () => {
    const { model, images } = await classifierAndImages(['scratch', 'dent']);
    const { clean, cleanAccuracy } = await evaluateModel(model, { ...base, images });
    expect(clean).toBeNull();
    expect(cleanAccuracy!.value).toBe(1);
  });

  it('names an image whose label is no class of the model, and takes defects for NG where it has that', async () => {
    const known = await classifierAndImages(['good', 'scratch']);
    const stranger = { ...known.images[0]!, label: 'rust' };
    const refused = evaluateModel(known.model, { ...base, images: [stranger] });
    await expect(refused).rejects.toMatchObject({ kind: 'labelOutOfRange', params: { label: 'rust' } });
    const binary = await classifierAndImages(['good', 'NG']);
    await evaluateModel(binary.model, { ...base, images: [{ ...binary.images[0]!, label: 'rust' }] });
  });

  it('refuses a model that says nothing about itself', async () => {
    const plain = smallClassifier({ side: 16, channels: [4], classes: 2, random: seededRandom(1) });
    await expect(evaluateModel(plain, { ...base, images: tiles(1) })).rejects.toThrow(/modelUnreadable/);
  });

  it('stops when it is cancelled', async () => {
    const { model, images } = await classifierAndImages(['good', 'scratch']);
    const controller = new AbortController();
    const onProgress = (stage: string) => stage === 'evaluate' && controller.abort();
    const attacks = { attacks: ['square'], norm: 'l2', epsilons: [0.1] } as const;
    const run = evaluateModel(model, { ...base, images, attacks, signal: controller.signal, onProgress });
    await expect(run).rejects.toThrow(/cancelled/);
  });
});
