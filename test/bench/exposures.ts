import { openDetector } from '../../native-models/detectors/detector.ts';
import { teachAnomalyDetector } from '../../native-models/detectors/teach.ts';
import { evaluateDetector } from '../../native-models/evaluate/evaluateDetector.ts';
import { corrupt } from '../../native-models/images/corruptions/index.ts';
import { siteProfile } from '../../native-models/images/site/profile.ts';
import { loadModelFile } from '../../native-models/onnx/files.ts';
import type { Model } from '../../native-models/onnx/ir.ts';
import { hash32 } from '../../native-models/random.ts';
import { fineTune } from '../../native-models/training/robust/fineTune.ts';
import { prepareFineTune } from '../../native-models/training/robust/prepareFineTune.ts';
import type { FineTuneSettings } from '../../native-models/training/robust/settings.ts';
import type { TrainingImage } from '../../native-models/training/trainingImages.ts';
import { usualCosts } from '../../electron/contract/usualSettings.ts';
import { sharedPath } from '../support/shared.ts';
import { quantile, type Figure } from './figure.ts';
import { tileImages } from './robustness/dataSets.ts';

const network = sharedPath('onnx', 'mobilenet_v2_1.0_224_f32.onnx');
const tiles = sharedPath('data', 'magnetic_tile');
const features = ['feat_s8', 'feat_s16'];
const preprocess = {
  ...({ order: 'RGB', size: [224, 224], scale: 1, normalise: 'image' } as const),
  ...{ mean: [128], std: [128] },
};

/** Light, as it may change on a line whose good parts were taken under one light. */
const site = siteProfile({
  clean: 0.4,
  ...{ 'exposure/1': 0.1, 'exposure/2': 0.1, 'exposure/3': 0.1 },
  ...{ 'gamma/2': 0.1, 'contrast/2': 0.1, 'illumination-gradient/2': 0.1 },
});
/** Those above, and two that training has not seen. */
const disturbances = [
  'exposure',
  'gamma',
  'contrast',
  'illumination-gradient',
  'defocus-blur',
  'gaussian-noise',
];
const severity = 3;

const settings: Omit<FineTuneSettings, 'seed'> = {
  ...{ objective: 'corruptions', norm: 'linf', epsilon: 2 / 255, attackSteps: 10, beta: 6, replays: 4 },
  ...{
    sigma: 0.1,
    featureShare: 0.1,
    withSite: false,
    testAttack: false,
    layers: 'auto',
    budget: 0.8,
    samples: 'margin',
  },
  ...{ fraction: 0.5, warmUpEpochs: 1, reselectEvery: 1, reweigh: true, costs: usualCosts, site },
  trainer: {
    ...{ epochs: 5, batch: 16, optimiser: { kind: 'adamw', weightDecay: 0.01 } },
    schedule: { rate: 2e-4, shape: 'cosine' },
  },
  shares: { test: 0, validation: 0.15, calibration: 0.15 },
};

/**
 * A detector taught from magnetic tiles under exposures 1 to 3 of the camera and tested under 4 to 6, before and after a
 * robust fine-tuning that has seen neither those nor any defect.
 */
export async function benchExposures(seeds: number): Promise<Figure[]> {
  if (!network || !tiles) return [];
  const images = await tilesByExposure(tiles);
  const backbone = { model: await loadModelFile(network), name: 'MobileNetV2', preprocess };
  const runs: { before: Measured[]; after: Measured[]; flops: number; seconds: number }[] = [];
  for (let seed = 0; seed < seeds; seed++) {
    const good = images.filter(({ split }) => split === 'train');
    const { model } = await teachAnomalyDetector({ good, backbone, features, seed });
    const begin = performance.now();
    const options = {
      ...{ model, images: good, corrected: new Set<string>(), cacheBytes: 1e9, session: {} },
      settings: { ...settings, seed },
    };
    const tuned = await fineTune(await prepareFineTune(options), options, {});
    const seconds = (performance.now() - begin) / 1000;
    const test = images.filter(({ split }) => split === 'test');
    runs.push({
      ...{ seconds, flops: tuned.flops },
      before: await measureAll(model, test),
      after: await measureAll(tuned.model, test),
    });
  }
  const mean = (of: (run: (typeof runs)[number]) => number) =>
    runs.reduce((sum, run) => sum + of(run), 0) / runs.length;
  const range = (of: (run: (typeof runs)[number]) => number) => {
    const values = runs.map(of);
    return `${Math.min(...values).toFixed(3)} to ${Math.max(...values).toFixed(3)}`;
  };
  const cost = `${mean(({ flops }) => flops).toExponential(2)} FLOPs, ${(mean(({ seconds }) => seconds) / 60).toFixed(1)} min`;
  return [null, ...disturbances].flatMap((name, at): Figure[] => [
    {
      name: `tiles under other exposures, ${name ?? 'as they are'}: AUROC after fine-tuning`,
      value: mean(({ after }) => after[at]!.auroc),
      unit: '',
      note: `(${range(({ after }) => after[at]!.auroc)}), before ${mean(({ before }) => before[at]!.auroc).toFixed(3)}; ${cost}`,
    },
    {
      name: `tiles under other exposures, ${name ?? 'as they are'}: false alarms at 95 % detection after`,
      value: 100 * mean(({ after }) => after[at]!.falseAlarms),
      unit: '%',
      note: `(${range(({ after }) => after[at]!.falseAlarms)}), before ${mean(({ before }) => before[at]!.falseAlarms).toFixed(3)}`,
    },
  ]);
}

/** Good parts of exposures 1 to 3 to train on, everything of 4 to 6 to test on, of other tiles. */
export async function tilesByExposure(folder: string): Promise<TrainingImage[]> {
  return (await tileImages(folder)).flatMap(({ exposure, isForTraining, ...image }) => {
    if (exposure < 1 || isForTraining !== exposure <= 3) return [];
    return { ...image, split: isForTraining ? ('train' as const) : ('test' as const) };
  });
}

interface Measured {
  readonly auroc: number;
  /** Of good parts, at the threshold that 95 % of the defective ones reach, 0..1. */
  readonly falseAlarms: number;
}

async function measureAll(model: Model, images: readonly TrainingImage[]): Promise<Measured[]> {
  const detector = await openDetector(model);
  const results: Measured[] = [];
  for (const name of [null, ...disturbances]) {
    const disturbed = images.map((image) => ({
      ...image,
      load: async () => {
        const picture = await image.load();
        return name === null ? picture : corrupt(picture, name, severity, hash32(image.name));
      },
    }));
    const { auroc, scores } = await evaluateDetector(detector, { images: disturbed });
    const of = (isGood: boolean) =>
      scores.flatMap(({ label, score }) => (score !== null && (label === 'ok') === isGood ? [score] : []));
    const threshold = quantile(of(false), 0.05);
    const good = of(true);
    results.push({
      auroc: auroc!.value,
      falseAlarms: good.filter((score) => score >= threshold).length / good.length,
    });
  }
  await detector.close();
  return results;
}
