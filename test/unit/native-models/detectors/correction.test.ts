import { beforeAll, describe, expect, it } from 'vitest';
import { readCard } from '../../../../native-models/detectors/card.ts';
import {
  chooseClassifierCorrection,
  chooseCorrection,
  fewestForTrial,
} from '../../../../native-models/detectors/chooseCorrection.ts';
import { openDetector } from '../../../../native-models/detectors/detector.ts';
import {
  teachAnomalyDetector,
  type ImageLoader,
  type TeachOptions,
} from '../../../../native-models/detectors/teach.ts';
import {
  teachClassifier,
  type TeachClassifierOptions,
} from '../../../../native-models/detectors/teachClassifier.ts';
import { evaluateDetector } from '../../../../native-models/evaluate/evaluateDetector.ts';
import { evaluateModel } from '../../../../native-models/evaluate/evaluateModel.ts';
import { mapFrame, toFrame, toPicture } from '../../../../native-models/images/corruptions/frame.ts';
import { warp } from '../../../../native-models/images/corruptions/warp.ts';
import { resample } from '../../../../native-models/images/resample.ts';
import type { Picture } from '../../../../native-models/images/picture.ts';
import { drawPart } from '../../../../native-models/images/procedural/draw.ts';
import { filterBank } from '../../../../native-models/models/filterBank.ts';

const side = 64;
const shown = 96;

/** A label of the demo line, small. */
function part(index: number, defectRate = 0): Picture {
  const disturbances = { light: 0, blur: 0, noise: 0 };
  const { picture } = drawPart({ part: 'label', seed: 9, index, defectRate, disturbances });
  const values = new Float32Array(shown * shown);
  resample(picture, shown, shown, 1, values, 0);
  return { width: shown, height: shown, channels: 1, depth: 8, data: Uint8Array.from(values) };
}

const loader = (name: string, picture: Picture): ImageLoader => ({ name, load: async () => picture });
const good = Array.from({ length: 80 }, (_, index) => loader(`good ${index}`, part(index)));
const shift = (picture: Picture, x: number, y: number) =>
  toPicture(warp(toFrame(picture), [1, 0, 0, 1], { x, y }), 8);
const dim = (picture: Picture, gain: number) =>
  toPicture(
    mapFrame(toFrame(picture), (v) => gain * v),
    8,
  );

const options = {
  good,
  backbone: {
    model: filterBank(),
    name: 'filter bank',
    preprocess: {
      ...({ order: 'RGB', size: [side, side], mean: [128], std: [64], scale: 1, normalise: 'none' } as const),
    },
  },
  features: ['fine'],
  seed: 3,
  memory: 200,
  session: { threads: 1 },
} satisfies TeachOptions;

describe('a detector taught with corrections', () => {
  let taught: Awaited<ReturnType<typeof teachAnomalyDetector>>;
  const correction = { position: true, light: 'field' } as const;

  beforeAll(async () => {
    taught = await teachAnomalyDetector({ ...options, correction });
  });

  it('carries the correction in its file', () => {
    expect(readCard(taught.model)!.preprocess.correction).toMatchObject(correction);
  });

  it('scores a part that lies off its place and in less light as it would at its place', async () => {
    const detector = await openDetector(taught.model, { threads: 1 });
    const picture = part(70);
    const { score } = await detector.judge(picture);
    const off = await detector.judge(dim(shift(picture, 4, -3), 0.8));
    await detector.close();
    expect(Math.abs(off.score - score)).toBeLessThan(0.25 * taught.thresholds.review);
    expect(off.score).toBeLessThan(taught.thresholds.review);
  });

  it('lays the heatmap over the picture as taken', async () => {
    const detector = await openDetector(taught.model, { threads: 1 });
    const defective = toPicture(
      mapFrame(toFrame(part(71)), (value, x, y) => (x >= 55 && x < 70 && y >= 30 && y < 45 ? 0 : value)),
      8,
    );
    const mapOf = async (picture: Picture) => (await detector.judge(picture)).map!;
    const map = await mapOf(defective);
    // Two cells of the map to the left, one down.
    const cell = shown / map.width;
    const off = await mapOf(shift(defective, 2 * cell, -cell));
    await detector.close();
    const difference = (left: number, down: number) => {
      let sum = 0;
      for (let y = 3; y < map.height - 3; y++) {
        for (let x = 3; x < map.width - 3; x++) {
          sum += Math.abs(off.data[(y + down) * map.width + x - left]! - map.data[y * map.width + x]!);
        }
      }
      return sum;
    };
    expect(difference(2, 1)).toBeLessThan(0.5 * difference(0, 0));
    expect(difference(2, 1)).toBeLessThan(0.5 * difference(4, 2));
  });

  it('sends a part beyond the bounds to review, on the line and in evaluations', async () => {
    const black = loader('black', dim(part(72), 0.1));
    const detector = await openDetector(taught.model, { threads: 1 });
    await expect(detector.judge(await black.load())).rejects.toMatchObject({ kind: 'imageBeyondCorrection' });
    await expect(detector.judge(await black.load(), 'asTaken')).resolves.toBeDefined();
    const images = [
      { ...black, label: 'ok' },
      { ...good[0]!, label: 'ok' },
    ];
    const { scores } = await evaluateDetector(detector, { images });
    await detector.close();
    const evaluation = await evaluateModel(taught.model, {
      ...{ images, corruptions: [], attacks: null, batch: 2, seed: 0, session: { threads: 1 } },
    });
    for (const { verdict, score } of [scores[0]!, evaluation.clean!.scores[0]!]) {
      expect([verdict, score]).toEqual(['REVIEW', null]);
    }
    expect(evaluation.clean!.scores[1]!.score).toBeCloseTo(scores[1]!.score!, 3);
    expect(evaluation.conditions[0]!.isRight[0]).toBe(false);
  });
});

describe('choosing corrections by the parts', () => {
  it('measures nothing with too few parts', async () => {
    const { wish, trial } = await chooseCorrection({ ...options, good: good.slice(0, fewestForTrial - 1) });
    expect(wish).toBeNull();
    expect(trial.steps).toEqual([]);
  });

  it('takes what lowers false alarms, hides no defect, and nothing else', async () => {
    const { wish, trial } = await chooseCorrection(options);
    expect(trial).toMatchObject({ isSynthetic: true, good: 20, defective: 20 });
    const on = trial.steps.filter(({ isOn }) => isOn);
    expect(on.length).toBeGreaterThan(0);
    expect(wish).toEqual(on.at(-1)!.wish);
    for (const { isOn, falseAlarms, detected, byCondition } of trial.steps) {
      const [clean] = byCondition;
      const isFewer = falseAlarms.interval[1] < 0;
      const isFound = detected.after >= detected.before - 0.02 && detected.interval[0] >= -0.1;
      expect(isOn).toBe(isFewer && isFound && clean!.falseAlarms.after <= clean!.falseAlarms.before + 1 / 20);
    }
    expect(on[0]!.falseAlarms.after).toBeLessThan(on[0]!.falseAlarms.before);
  });

  it('can be stopped', async () => {
    const stopped = { ...options, signal: AbortSignal.abort() };
    await expect(chooseCorrection(stopped)).rejects.toMatchObject({ kind: 'cancelled' });
  });
});

describe('a classifier', () => {
  const block = (index: number) =>
    toPicture(
      mapFrame(toFrame(part(index)), (value, x, y) => (x >= 50 && x < 66 && y >= 40 && y < 56 ? 0 : value)),
      8,
    );
  const images = [
    ...good.map((image) => ({ ...image, label: 'ok', split: null, group: null })),
    ...good.slice(0, 24).map((_, index) => ({
      ...{ ...loader(`block ${index}`, block(200 + index)), label: 'block', split: null, group: null },
    })),
  ];
  const classified = {
    ...{ images, okLabels: ['ok'], backbone: options.backbone, features: ['fine', 'coarse'] },
    ...{ seed: 3, session: { threads: 1 } },
  } satisfies TeachClassifierOptions;

  it('is taught with the correction to the usual OK part, which it carries', async () => {
    const correction = { position: false, light: 'gain' } as const;
    const { model, card } = await teachClassifier({ ...classified, correction });
    expect(readCard(model)!.preprocess.correction).toMatchObject(correction);
    const detector = await openDetector(model, { threads: 1 });
    const [bright, dark] = [await detector.judge(part(70)), await detector.judge(dim(part(70), 0.75))];
    const defective = await detector.judge(dim(block(300), 0.75));
    await expect(detector.judge(dim(part(72), 0.1))).rejects.toMatchObject({ kind: 'imageBeyondCorrection' });
    await detector.close();
    expect(Math.abs(dark.score - bright.score)).toBeLessThan(0.1);
    expect(dark.score).toBeLessThan(card.thresholds.review);
    expect(defective.score).toBeGreaterThanOrEqual(card.thresholds.review);
  });

  it('measures corrections on parts of every class that taught it nothing', async () => {
    let told = 0;
    const onProgress = (done: number, total: number) => {
      expect(done).toBeLessThanOrEqual(total);
      told = done;
    };
    const { wish, trial } = await chooseClassifierCorrection({ ...classified, onProgress });
    expect(trial).toMatchObject({ isSynthetic: false, good: 20, defective: 6 });
    expect(told).toBeGreaterThan(0);
    const on = trial.steps.filter(({ isOn }) => isOn);
    expect(wish).toEqual(on.at(-1)?.wish ?? null);
    for (const { isOn, reason, falseAlarms } of trial.steps) {
      if (isOn) expect(falseAlarms.interval[1]).toBeLessThan(0);
      expect(isOn).toBe(reason === 'helps');
    }
  }, 120_000);

  it('corrects nothing where there are too few good parts to tell', async () => {
    const few = images.filter(({ label }, index) => label !== 'ok' || index < fewestForTrial - 1);
    const { wish, trial } = await chooseClassifierCorrection({ ...classified, images: few });
    expect([wish, trial.steps]).toEqual([null, []]);
  });
});
