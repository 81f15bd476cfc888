import { openDetector } from '../../native-models/detectors/detector.ts';
import { correctionFrom } from '../../native-models/detectors/correctionFrom.ts';
import type { CorrectionWish } from '../../native-models/detectors/correctionRecord.ts';
import { teachAnomalyDetector } from '../../native-models/detectors/teach.ts';
import { evaluateDetector } from '../../native-models/evaluate/evaluateDetector.ts';
import type { Correction } from '../../native-models/images/correction/correction.ts';
import { corrupt } from '../../native-models/images/corruptions/index.ts';
import { inputLength, preprocess, type Preprocess } from '../../native-models/images/preprocess.ts';
import { loadModelFile } from '../../native-models/onnx/files.ts';
import type { TrainingImage } from '../../native-models/training/trainingImages.ts';
import { sharedPath } from '../support/shared.ts';
import { tilesByExposure } from './exposures.ts';
import { quantile, type Figure } from './figure.ts';

const network = sharedPath('onnx', 'mobilenet_v2_1.0_224_f32.onnx');
const tiles = sharedPath('data', 'magnetic_tile');
const features = ['feat_s8', 'feat_s16'];
const size = [224, 224] as const;

interface Variant {
  readonly normalise: Preprocess['normalise'];
  readonly light: Correction['light'];
}

const variants: readonly Variant[] = [
  { normalise: 'none', light: 'none' },
  { normalise: 'none', light: 'gain' },
  { normalise: 'none', light: 'field' },
  { normalise: 'image', light: 'none' },
  { normalise: 'image', light: 'field' },
];

/**
 * A detector taught from magnetic tiles under exposures 1 to 3 of the camera and tested under 4 to 6, with and without
 * correcting the light; how long a correction takes.
 */
export async function benchCorrection(seeds: number): Promise<Figure[]> {
  if (!network || !tiles) return [];
  const images = await tilesByExposure(tiles);
  const figures: Figure[] = [];
  for (const variant of variants) {
    const runs: Measured[] = [];
    for (let seed = 0; seed < seeds; seed++) runs.push(await measured(variant, images, network, seed));
    figures.push(...figuresOf(variant, runs));
  }
  return [...figures, ...(await times(images))];
}

interface Measured {
  readonly auroc: number;
  /** Of good parts, at the threshold that 95 % of the defective ones reach, 0..1. */
  readonly falseAlarms: number;
  /** Of both, sent to review for lying beyond the bounds. */
  readonly beyond: number;
}

async function measured(
  { normalise, light }: Variant,
  images: readonly TrainingImage[],
  path: string,
  seed: number,
): Promise<Measured> {
  const spec: Preprocess = { order: 'RGB', size, scale: 1, normalise, mean: [128], std: [128] };
  const { model } = await teachAnomalyDetector({
    good: images.filter(({ split }) => split === 'train'),
    backbone: { model: await loadModelFile(path), name: 'MobileNetV2', preprocess: spec },
    ...{ features, seed },
    correction: light === 'none' ? null : { position: false, light },
  });
  const detector = await openDetector(model);
  const test = images.filter(({ split }) => split === 'test');
  const { auroc, scores } = await evaluateDetector(detector, { images: test });
  await detector.close();
  // A review is stopped whatever the threshold.
  const of = (isGood: boolean) =>
    scores.flatMap((image) => ((image.label === 'ok') === isGood ? [image.score ?? Infinity] : []));
  const threshold = quantile(of(false), 0.05);
  const good = of(true);
  return {
    auroc: auroc!.value,
    falseAlarms: good.filter((score) => score >= threshold).length / good.length,
    beyond: scores.filter(({ score }) => score === null).length / scores.length,
  };
}

function figuresOf({ normalise, light }: Variant, runs: readonly Measured[]): Figure[] {
  const name = `tiles under other exposures, normalise ${normalise}, light ${light}`;
  const of = (key: keyof Measured, scale: number) => {
    const values = runs.map((run) => scale * run[key]);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return {
      mean: values.reduce((sum, value) => sum + value, 0) / values.length,
      range: `${low.toFixed(3)} to ${high.toFixed(3)}`,
    };
  };
  const [auroc, alarms] = [of('auroc', 1), of('falseAlarms', 100)];
  return [
    { name: `${name}: AUROC`, value: auroc.mean, unit: '', note: `(${auroc.range})` },
    {
      ...{ name: `${name}: false alarms at 95 % detection`, value: alarms.mean, unit: '%' },
      note: `(${alarms.range}); beyond the bounds ${of('beyond', 100).mean.toFixed(1)} %`,
    },
  ];
}

const timedRuns = 50;

/** What a correction adds to preprocessing one part that is shifted, turned and darker. */
async function times(images: readonly TrainingImage[]): Promise<Figure[]> {
  const plain: Preprocess = { order: 'GRAY', size, scale: 1, normalise: 'none', mean: [0], std: [1] };
  const good = images.filter(({ split }) => split === 'train');
  const turned = await corrupt(await good[0]!.load(), 'rotation', 2, 1);
  const picture = await corrupt(await corrupt(turned, 'shift', 2, 1), 'exposure', 2, 1);
  const out = new Float32Array(inputLength(plain));
  const wishes: (CorrectionWish | null)[] = [
    null,
    { position: false, light: 'gain' },
    { position: false, light: 'field' },
    { position: true, light: 'field' },
  ];
  const figures: Figure[] = [];
  for (const wish of wishes) {
    const spec = wish ? { ...plain, correction: await correctionFrom(good, plain, wish) } : plain;
    const runs = Array.from({ length: 2 * timedRuns }, () => {
      const start = performance.now();
      preprocess(picture, spec, out);
      return performance.now() - start;
    });
    const what = wish ? `light ${wish.light}${wish.position ? ' and position' : ''}` : 'nothing corrected';
    const warm = runs.slice(timedRuns);
    figures.push({
      ...{ name: `preprocessing at 224 px, ${what}: median`, value: quantile(warm, 0.5), unit: 'ms' },
      note: `p95 ${quantile(warm, 0.95).toFixed(2)} ms`,
    });
  }
  return figures;
}
