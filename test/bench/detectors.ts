import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openDetector, type Detector } from '../../native-models/detectors/detector.ts';
import { teachAnomalyDetector, type ImageLoader } from '../../native-models/detectors/teach.ts';
import {
  evaluateDetector,
  flopsPerImage,
  type LabelledLoader,
} from '../../native-models/evaluate/evaluateDetector.ts';
import { readImageFile } from '../../native-models/images/decode.ts';
import type { Preprocess } from '../../native-models/images/preprocess.ts';
import { partKinds, type PartKind } from '../../native-models/images/procedural/part.ts';
import { goodDemoParts, labelledDemoParts, lineSeed } from '../../native-models/models/demoParts.ts';
import { filterBankFeatures } from '../../native-models/models/filterBank.ts';
import { loadModelFile } from '../../native-models/onnx/files.ts';
import type { Model } from '../../native-models/onnx/ir.ts';
import { sharedPath } from '../support/shared.ts';
import { quantile, type Figure } from './figure.ts';

const mobileNet = sharedPath('onnx', 'mobilenet_v2_1.0_224_f32.onnx');
const tiles = sharedPath('data', 'magnetic_tile');
const shipped = join(import.meta.dirname, '../../native-models/models');
const tilesGoal = 0.8;
/** Judged to know how long one takes. */
const timedImages = 20;

interface Design {
  readonly name: string;
  readonly model: Model;
  readonly preprocess: Preprocess;
  readonly features: readonly string[];
  /** AUROC on the magnetic tiles. */
  readonly goal?: number;
}

/** How well good and defective are told apart, by several designs: real magnetic tiles and the demo's own parts. */
export async function benchDetectors(): Promise<Figure[]> {
  const figures: Figure[] = [];
  const designs = await starterDesigns();
  if (tiles) {
    for (const design of [...(await mobileDesigns()), ...designs]) figures.push(await onTiles(design, tiles));
  }
  for (const part of partKinds) {
    figures.push(
      await figureOf(`demo ${part}, as shipped`, join(shipped, `${part}.onnx`), labelledDemoParts(part), 0.9),
    );
    for (const design of designs) figures.push(await onDemoParts(design, part));
  }
  return figures;
}

const usual = { order: 'RGB', scale: 1, normalise: 'image', mean: [128] } as const;

async function mobileDesigns(): Promise<Design[]> {
  if (!mobileNet) return [];
  const model = await loadModelFile(mobileNet);
  const mobile = { model, preprocess: { ...usual, size: [224, 224], std: [128] } } as const;
  return [
    {
      name: 'MobileNetV2 feat_s8 + feat_s16, 224 px',
      ...mobile,
      features: ['feat_s8', 'feat_s16'],
      goal: tilesGoal,
    },
    { name: 'MobileNetV2 feat_s16, 224 px', ...mobile, features: ['feat_s16'], goal: tilesGoal },
  ];
}

/** The trained backbone holds the filter bank: it has the features of both. */
async function starterDesigns(): Promise<Design[]> {
  const model = await loadModelFile(join(shipped, 'starterBackbone.onnx'));
  const starter = { model, preprocess: { ...usual, size: [304, 304], std: [64] } } as const;
  return [
    { name: 'filter bank, 304 px', ...starter, features: filterBankFeatures, goal: tilesGoal },
    { name: 'starter backbone, 304 px', ...starter, features: ['patch'] },
    {
      name: 'filter bank + starter backbone, 304 px',
      ...starter,
      features: [...filterBankFeatures, 'patch'],
    },
  ];
}

async function onTiles({ name, model, preprocess, features, goal }: Design, folder: string): Promise<Figure> {
  const { model: detector } = await teachAnomalyDetector({
    good: imagesOf(join(folder, 'train/good')),
    backbone: { model, name, preprocess },
    features,
    seed: 0,
  });
  const images = readdirSync(join(folder, 'test')).flatMap((type) =>
    imagesOf(join(folder, 'test', type)).map((image) => ({ ...image, label: type === 'good' ? 'ok' : type })),
  );
  return figureOf(`magnetic tiles, ${name}`, detector, images, goal);
}

async function onDemoParts({ name, model, preprocess, features }: Design, part: PartKind): Promise<Figure> {
  const { model: detector } = await teachAnomalyDetector({
    good: goodDemoParts(part),
    backbone: { model, name, preprocess: { ...preprocess, normalise: 'none' } },
    features,
    seed: lineSeed,
  });
  return figureOf(`demo ${part}, ${name}`, detector, labelledDemoParts(part));
}

async function figureOf(
  name: string,
  model: string | Model,
  images: readonly LabelledLoader[],
  atLeast?: number,
): Promise<Figure> {
  const loaded = typeof model === 'string' ? await loadModelFile(model) : model;
  const detector = await openDetector(loaded);
  const { auroc, falseAlarms, escapes, byLabel } = await evaluateDetector(detector, { images });
  const megaFlops = flopsPerImage(loaded, detector.card) / 1e6;
  const ms = await medianMs(detector, images.slice(0, timedImages));
  await detector.close();
  const percent = (rate: { value: number } | null) => `${((rate?.value ?? NaN) * 100).toFixed(1)} %`;
  const types = byLabel.flatMap(({ label, auroc }) =>
    auroc === null ? [] : [`${label} ${auroc.toFixed(2)}`],
  );
  const interval = auroc!.interval.map((end) => end.toFixed(3)).join(', ');
  return {
    name: `${name}: AUROC`,
    value: auroc!.value,
    unit: '',
    ...(atLeast === undefined ? {} : { goal: { atLeast } }),
    note: [
      `[${interval}]`,
      `false alarms ${percent(falseAlarms)}, escapes ${percent(escapes)}`,
      types.join(', '),
      `${megaFlops.toFixed(0)} MFLOP and ${ms.toFixed(0)} ms an image`,
    ].join('; '),
  };
}

async function medianMs(detector: Detector, images: readonly LabelledLoader[]): Promise<number> {
  const times: number[] = [];
  for (const image of images) {
    const picture = await image.load();
    const start = performance.now();
    await detector.judge(picture);
    times.push(performance.now() - start);
  }
  return quantile(times, 0.5);
}

function imagesOf(folder: string): ImageLoader[] {
  return readdirSync(folder)
    .sort()
    .map((name) => ({ name, load: async () => (await readImageFile(join(folder, name))).picture }));
}
