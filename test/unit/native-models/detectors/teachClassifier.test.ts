import { describe, expect, it } from 'vitest';
import {
  defectProbability,
  calibrateClassifier,
} from '../../../../native-models/detectors/classifierCalibration.ts';
import { openDetector } from '../../../../native-models/detectors/detector.ts';
import {
  teachClassifier,
  type ClassifiedImage,
  type TeachClassifierOptions,
} from '../../../../native-models/detectors/teachClassifier.ts';
import { ModelError } from '../../../../native-models/errors.ts';
import { filterBank } from '../../../../native-models/models/filterBank.ts';
import { writeModel } from '../../../../native-models/onnx/write.ts';
import { surface, surfaceClasses, type SurfaceClass } from '../../../support/classPictures.ts';
import { smallPreprocess } from '../../../support/smallDetector.ts';

const image = (label: SurfaceClass, number: number): ClassifiedImage => ({
  ...{ name: `${label} ${number}`, label, split: null, group: null },
  load: () => Promise.resolve(surface(label, number)),
});
const images = (count: number) =>
  surfaceClasses.flatMap((label) => Array.from({ length: count }, (_, number) => image(label, number)));
const options = (change: Partial<TeachClassifierOptions> = {}): TeachClassifierOptions => ({
  images: images(16),
  okLabels: ['ok'],
  backbone: { model: filterBank(), name: 'bank', preprocess: smallPreprocess },
  features: ['fine', 'coarse'],
  seed: 3,
  session: { threads: 1 },
  ...change,
});

describe('teachClassifier', () => {
  it('tells parts apart that it has not seen, by verdict and by defect type, and shows where', async () => {
    const { model, card, calibration, heldOut } = await teachClassifier(options());
    expect(card.classes).toMatchObject({ labels: ['ok', 'spot', 'stripe'], okLabels: ['ok'] });
    expect([card.goodImages, card.ngImages, heldOut]).toEqual([16, 32, 15]);
    expect(calibration.accuracy?.value).toBe(1);
    const detector = await openDetector(model, { threads: 1 });
    for (const label of surfaceClasses) {
      for (let number = 100; number < 106; number++) {
        const judged = await detector.judge(surface(label, number));
        const isOk = judged.score < card.thresholds.review;
        expect([label, isOk ? 'ok' : judged.label]).toEqual([label, label]);
        expect(judged.map).not.toBeNull();
      }
    }
    await detector.close();
  });

  it('puts out the scores that its thresholds were chosen from', async () => {
    const { model, card } = await teachClassifier(options());
    const detector = await openDetector(model, { threads: 1 });
    const scores: number[] = [];
    for (const { load } of images(16)) scores.push((await detector.judge(await load())).score);
    await detector.close();
    // Of 16 good and 32 defective parts, those held back among them.
    expect(Math.max(...scores.slice(0, 16))).toBeLessThan(card.thresholds.ng);
    expect(Math.min(...scores.slice(16))).toBeGreaterThan(card.thresholds.review);
  });

  it('gives the same model for the same seed, and leaves out what cannot be read', async () => {
    const broken: ClassifiedImage = {
      ...image('spot', 99),
      load: () => Promise.reject(new ModelError('imageUnreadable', { name: 'spot 99' })),
    };
    const [one, other] = [await teachClassifier(options()), await teachClassifier(options())];
    expect(Buffer.compare(writeModel(one.model), writeModel(other.model))).toBe(0);
    const less = await teachClassifier(options({ images: [...images(16), broken] }));
    expect(less.skipped.map(({ name }) => name)).toEqual(['spot 99']);
    expect(less.card.ngImages).toBe(32);
  });

  it('keeps the sides that a data set states, where it trains every class', async () => {
    const stated = images(12).map((each, at): ClassifiedImage => ({
      ...each,
      split: at % 3 ? 'train' : 'test',
    }));
    expect((await teachClassifier(options({ images: stated }))).heldOut).toBe(12);
  });

  it.each<[string, Partial<TeachClassifierOptions>]>([
    ['noOkClass', { okLabels: ['good'] }],
    ['oneClass', { images: images(8).filter(({ label }) => label === 'ok') }],
    ['modelOutputMissing', { features: ['nothing'] }],
    ['cancelled', { signal: AbortSignal.abort() }],
  ])('refuses with %s', async (kind, change) => {
    await expect(teachClassifier(options(change))).rejects.toThrow(
      expect.objectContaining({ kind }) as ModelError,
    );
  });
});

describe('calibrateClassifier', () => {
  const isOk = [true, false];
  const row = (defect: number) => Float32Array.of(0, defect);

  it('leaves thresholds even while fewer than two good parts are known', () => {
    const { thresholds, thresholdInterval, accuracy } = calibrateClassifier({ logits: [], labels: [] }, isOk);
    expect([thresholds, thresholdInterval, accuracy]).toEqual([{ review: 0.5, ng: 0.5 }, null, null]);
  });

  it('never asks for a score that no part can reach', () => {
    // Good parts that look defective: the tail of their scores would reach beyond 1.
    const logits = [2, 3, 9, 2.5, 8].map(row);
    const { thresholds, thresholdInterval } = calibrateClassifier({ logits, labels: [0, 0, 0, 0, 0] }, isOk);
    expect(thresholds.ng).toBeLessThanOrEqual(1);
    expect(thresholdInterval![1]).toBeLessThanOrEqual(1);
  });

  it('scores as the graph does: by the sum over all defect classes', () => {
    const logits = Float32Array.of(1, 0, -1);
    const e = [1, 0, -1].map((value) => Math.exp(value / 2));
    const total = e[0]! + e[1]! + e[2]!;
    expect(defectProbability(logits, [true, false, false], 2)).toBeCloseTo((e[1]! + e[2]!) / total, 7);
    expect(defectProbability(Float32Array.of(60, 0), isOk, 1)).toBeCloseTo(Math.exp(-60), 30);
  });
});
