import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openDetector } from '../../native-models/detectors/detector.ts';
import { teachAnomalyDetector, type ImageLoader } from '../../native-models/detectors/teach.ts';
import { evaluateDetector, type LabelledLoader } from '../../native-models/evaluate/evaluateDetector.ts';
import { readImageFile } from '../../native-models/images/decode.ts';
import type { Preprocess } from '../../native-models/images/preprocess.ts';
import { drawPart } from '../../native-models/images/procedural/draw.ts';
import { defectTypes, partKinds, type PartKind } from '../../native-models/images/procedural/part.ts';
import { filterBank, filterBankFeatures } from '../../native-models/models/filterBank.ts';
import { loadModelFile } from '../../native-models/onnx/files.ts';
import type { Model } from '../../native-models/onnx/ir.ts';
import { sharedPath } from '../support/shared.ts';
import type { Figure } from './figure.ts';

const mobileNet = sharedPath('onnx', 'mobilenet_v2_1.0_224_f32.onnx');
const tiles = sharedPath('data', 'magnetic_tile');
const shipped = join(import.meta.dirname, '../../native-models/models');
const calm = { light: 0.1, blur: 0, noise: 0.05 };
const goodParts = 100;
const partsPerDefect = 20;

interface Design {
  readonly name: string;
  readonly model: Model;
  readonly preprocess: Preprocess;
  readonly features: readonly string[];
}

/** How well good and defective are told apart: real magnetic tiles by several designs, the demo's own parts. */
export async function benchDetectors(): Promise<Figure[]> {
  const figures: Figure[] = [];
  if (mobileNet && tiles) {
    const network = await loadModelFile(mobileNet);
    const usual = { order: 'RGB', scale: 1, normalise: 'image', mean: [128] } as const;
    const mobile = { model: network, preprocess: { ...usual, size: [224, 224], std: [128] } } as const;
    const starter = { model: filterBank(), preprocess: { ...usual, size: [304, 304], std: [64] } } as const;
    const designs: Design[] = [
      { name: 'MobileNetV2 feat_s8 + feat_s16, 224 px', ...mobile, features: ['feat_s8', 'feat_s16'] },
      { name: 'MobileNetV2 feat_s16, 224 px', ...mobile, features: ['feat_s16'] },
      { name: 'starter filter bank, 304 px', ...starter, features: filterBankFeatures },
    ];
    for (const design of designs) figures.push(await onTiles(design, tiles));
  }
  for (const part of partKinds) figures.push(await onDemoParts(part));
  return figures;
}

async function onTiles({ name, model, preprocess, features }: Design, folder: string): Promise<Figure> {
  const { model: detector } = await teachAnomalyDetector({
    good: imagesOf(join(folder, 'train/good')),
    backbone: { model, name, preprocess },
    features,
    seed: 0,
  });
  const images = readdirSync(join(folder, 'test')).flatMap((type) =>
    imagesOf(join(folder, 'test', type)).map((image) => ({ ...image, label: type === 'good' ? 'ok' : type })),
  );
  return figureOf(`magnetic tiles, ${name}: AUROC`, detector, images, 0.8);
}

function onDemoParts(part: PartKind): Promise<Figure> {
  const drawn = (index: number, defect?: string): LabelledLoader => ({
    name: `${part} ${index}`,
    label: defect ?? 'ok',
    load: async () =>
      drawPart({ part, seed: 1, index, defectRate: 0, disturbances: calm, ...(defect ? { defect } : {}) })
        .picture,
  });
  const images = [
    ...Array.from({ length: goodParts }, (_, i) => drawn(i)),
    ...defectTypes[part].flatMap((defect, type) =>
      Array.from({ length: partsPerDefect }, (_, i) => drawn(1000 * (type + 1) + i, defect)),
    ),
  ];
  return figureOf(`demo ${part}, calm line: AUROC`, join(shipped, `${part}.onnx`), images, 0.9);
}

async function figureOf(
  name: string,
  model: string | Model,
  images: readonly LabelledLoader[],
  atLeast: number,
): Promise<Figure> {
  const detector = await openDetector(model);
  const { auroc, falseAlarms, escapes, byLabel } = await evaluateDetector(detector, { images });
  await detector.close();
  const percent = (rate: { value: number } | null) => `${((rate?.value ?? NaN) * 100).toFixed(1)} %`;
  const types = byLabel.flatMap(({ label, auroc }) =>
    auroc === null ? [] : [`${label} ${auroc.toFixed(2)}`],
  );
  const interval = auroc!.interval.map((end) => end.toFixed(3)).join(', ');
  return {
    name,
    value: auroc!.value,
    unit: '',
    goal: { atLeast },
    note: `[${interval}]; false alarms ${percent(falseAlarms)}, escapes ${percent(escapes)}; ${types.join(', ')}`,
  };
}

function imagesOf(folder: string): ImageLoader[] {
  return readdirSync(folder)
    .sort()
    .map((name) => ({ name, load: async () => (await readImageFile(join(folder, name))).picture }));
}
