import { evaluateModel } from '../../native-models/evaluate/evaluateModel.ts';
import { readImageFile } from '../../native-models/images/decode.ts';
import { siteProfile } from '../../native-models/images/site/profile.ts';
import { loadModelFile } from '../../native-models/onnx/files.ts';
import type { Model, ValueInfo } from '../../native-models/onnx/ir.ts';
import { seededRandom } from '../../native-models/random.ts';
import {
  prepareImageClassifier,
  trainImageClassifier,
} from '../../native-models/training/imageClassifier.ts';
import { fineTune } from '../../native-models/training/robust/fineTune.ts';
import { prepareFineTune } from '../../native-models/training/robust/prepareFineTune.ts';
import type { FineTuneSettings } from '../../native-models/training/robust/settings.ts';
import { stratifiedSplit } from '../../native-models/training/split.ts';
import type { TrainingImage } from '../../native-models/training/trainingImages.ts';
import { readDataset } from '../../electron/learning/dataset.ts';
import { sharedPath } from '../support/shared.ts';
import type { Figure } from './figure.ts';

const network = sharedPath('onnx', 'mobilenet_v1_0.25_128_f32.onnx');
const steel = sharedPath('data', 'neu_det', 'images');

export interface RobustnessOptions {
  readonly seeds: number;
  /** Images per class on each side. */
  readonly perClass: number;
  readonly epochs: number;
}

/** Radii reported on; the trainings attack within the first. */
const radii = [1 / 255, 2 / 255, 4 / 255];
/** Half the side the network was made for: a quarter of the operations, so that whole-model PGD-10 ends. */
const side = 64;
/** Visits to a batch by the free objective: as many fewer epochs are as many updates. */
const replays = 4;
const preprocess = {
  order: 'RGB',
  size: [side, side],
  mean: [128],
  std: [128],
  scale: 1,
  normalise: 'none',
} as const;
const corruptions = ['gaussian-noise', 'defocus-blur', 'exposure', 'contrast', 'illumination-gradient'];
const site = siteProfile({
  clean: 0.5,
  ...Object.fromEntries(corruptions.map((name) => [`${name}/2`, 0.5 / corruptions.length])),
});

const costs: FineTuneSettings['costs'] = {
  ...{ currency: 'JPY', falseAlarm: 1, escape: 10, escapeByType: {}, review: 1, lineStop: null },
  ...{ defectRate: 0.01, defectRateByType: null, attackWeight: 0.5 },
  ceilings: { falseAlarmRate: null, recall: null, criticalTypes: [], latencyP99Ms: null },
};

/** What a method changes of the settings they all share. */
type Method = Partial<FineTuneSettings>;

const whole: Method = { layers: 'all', samples: 'all', withSite: false };
const ours: Method = {
  objective: 'free',
  layers: 'all',
  samples: 'margin',
  fraction: 0.5,
  reselectEvery: 2,
  shares: { test: 0, validation: 0.1, calibration: 0 },
};

const methods: Readonly<Record<string, Method>> = {
  'noise augmentation': { ...whole, objective: 'noise', sigma: 4 / 255 },
  'whole-model PGD-10': { ...whole, objective: 'pgd' },
  'whole-model TRADES': { ...whole, objective: 'trades' },
  'whole-model fast': { ...whole, objective: 'fast' },
  'whole-model free': { ...whole, objective: 'free' },
  ours,
  'ours, random samples': { ...ours, samples: 'random' },
  'ours, layers by criticality': { ...ours, layers: 'auto', budget: 0.75 },
  'ours, random layers': { ...ours, layers: 'random:0.3' },
};

interface Row {
  readonly name: string;
  readonly clean: number;
  readonly disturbed: number;
  readonly robust: readonly number[];
  readonly flops: number;
  readonly seconds: number;
}

/** Robust accuracy against its cost: real steel surfaces, every method from the same base and the same images. */
export async function benchRobustness({ seeds, perClass, epochs }: RobustnessOptions): Promise<Figure[]> {
  if (!network || !steel) return [];
  const all: Row[][] = [];
  for (let seed = 0; seed < seeds; seed++) {
    const images = await imagesOf(steel, perClass, seed, Math.min(perClass, attackedPerClass));
    const base = await trainedBase(images, seed);
    const rows: Row[] = [];
    const tell = (row: Row) => {
      rows.push(row);
      console.log(`   seed ${seed}, ${row.name}: ${describe(row)}`);
    };
    tell(await measured('base', base, images, seed, { flops: 0, seconds: 0 }));
    for (const [name, method] of Object.entries(methods)) {
      const start = performance.now();
      const options = {
        // Without the test side, so that the time and the operations are those of training and choosing.
        ...{ model: base, images: images.filter(({ split }) => split !== 'test') },
        ...{ corrected: new Set<string>(), cacheBytes: 1e9, session: {} },
        settings: settingsOf(method, epochs, seed),
      };
      const prepared = await prepareFineTune(options);
      const { model, flops } = await fineTune(prepared, options, {});
      const seconds = (performance.now() - start) / 1000;
      tell(await measured(name, model, images, seed, { flops, seconds }));
    }
    all.push(rows);
  }
  const means = all[0]!.map((row, at) =>
    meanOf(
      row.name,
      all.map((rows) => rows[at]!),
    ),
  );
  return figuresOf(means);
}

/** Real steel surfaces on two sides. @param perClass, @param testPerClass images of each class on a side, at most */
export async function imagesOf(
  folder: string,
  perClass: number,
  seed: number,
  testPerClass = perClass,
): Promise<TrainingImage[]> {
  const { samples } = await readDataset(folder);
  const random = seededRandom(seed);
  const [rest, test] = stratifiedSplit(samples, 0.3, random.fork('test'));
  const limited = (part: typeof rest, most: number, name: string) => {
    const share = Math.min(1, (most * 6) / part.length);
    return share === 1 ? part : stratifiedSplit(part, share, random.fork(name))[1];
  };
  const sides = [
    ['train', limited(rest, perClass, 'train')],
    ['test', limited(test, testPerClass, 'limit')],
  ] as const;
  return sides.flatMap(([split, part]) =>
    part.map(({ path, label, group }) => ({
      ...{ name: path, label, group, split, weight: 1 },
      load: async () => (await readImageFile(path)).picture,
    })),
  );
}

async function trainedBase(images: readonly TrainingImage[], seed: number): Promise<Model> {
  const options = {
    ...{
      model: ofAnySize(await loadModelFile(network!)),
      images,
      preprocess,
      seed,
      classWeights: 'none' as const,
    },
    layers: { kind: 'last-k' as const, modules: 6 },
    settings: {
      ...{ epochs: 8, batch: 32, optimiser: { kind: 'adamw' as const, weightDecay: 0.01 } },
      schedule: { rate: 0.003, shape: 'cosine' as const },
    },
    shares: { test: 0, validation: 0.15 },
    ...{ cacheBytes: 1e9, session: {} },
  };
  return (await trainImageClassifier(await prepareImageClassifier(options), options, {})).model;
}

/** The network, whose convolutions and mean do not care, without the size its file states. */
function ofAnySize(model: Model): Model {
  const { graph } = model;
  const open = (info: ValueInfo): ValueInfo => ({ ...info, shape: ['N', 3, 'H', 'W'] });
  const unknown = (info: ValueInfo): ValueInfo => ({ ...info, shape: null });
  return {
    ...model,
    graph: {
      ...graph,
      inputs: graph.inputs.map(open),
      outputs: graph.outputs.map(unknown),
      valueInfo: new Map(),
    },
  };
}

export function settingsOf(method: Method, epochs: number, seed: number): FineTuneSettings {
  return {
    ...{
      objective: 'fast',
      norm: 'linf',
      epsilon: radii[0]!,
      attackSteps: 10,
      beta: 6,
      replays,
      sigma: 0.1,
    },
    ...{
      featureShare: 0.1,
      withSite: false,
      testAttack: false,
      layers: 'all',
      budget: 0.5,
      samples: 'all',
      fraction: 0.3,
    },
    ...{ warmUpEpochs: 0, reselectEvery: 1, reweigh: true, costs, site, seed },
    trainer: {
      ...{
        epochs: method.objective === 'free' ? Math.ceil(epochs / replays) : epochs,
        batch: 8,
        optimiser: { kind: 'adamw', weightDecay: 0.01 },
      },
      schedule: { rate: 2e-4, shape: 'cosine', warmUp: 0.1 },
    },
    shares: { test: 0, validation: 0.15, calibration: 0 },
    ...method,
  };
}

async function measured(
  name: string,
  model: Model,
  images: readonly TrainingImage[],
  seed: number,
  spent: Pick<Row, 'flops' | 'seconds'>,
): Promise<Row> {
  const evaluation = await evaluateModel(model, {
    images: images.filter(({ split }) => split === 'test'),
    corruptions,
    attacks: {
      attacks: ['pgd', 'apgd-ce', 'apgd-margin'],
      norm: 'linf',
      epsilons: radii,
      steps: attackSteps,
    },
    ...{ batch: 16, seed, session: {} },
  });
  return {
    ...{ name, ...spent },
    clean: evaluation.cleanAccuracy!.value,
    disturbed: evaluation.corruptionAccuracy!,
    robust: evaluation.robust.map(({ accuracy }) => accuracy.value),
  };
}

/** Attacking a test image takes hundreds of passes. */
const attackedPerClass = 40;
const attackSteps = { pgd: 20, 'apgd-ce': 20, 'apgd-margin': 20 };

interface Mean extends Row {
  readonly spread: string;
}

function meanOf(name: string, rows: readonly Row[]): Mean {
  const mean = (of: (row: Row) => number) => rows.reduce((sum, row) => sum + of(row), 0) / rows.length;
  const robust = rows.map((row) => row.robust[0]!);
  return {
    name,
    clean: mean(({ clean }) => clean),
    disturbed: mean(({ disturbed }) => disturbed),
    robust: radii.map((_, at) => mean((row) => row.robust[at]!)),
    flops: mean(({ flops }) => flops),
    seconds: mean(({ seconds }) => seconds),
    spread: `${percent(Math.min(...robust))} to ${percent(Math.max(...robust))}`,
  };
}

function figuresOf(rows: readonly Mean[]): Figure[] {
  const of = (name: string) => rows.find((row) => row.name === name)!;
  const full = of('whole-model PGD-10');
  const own = of('ours');
  const table = rows.map((row): Figure => ({
    name: `steel, ${row.name}: robust at 1/255`,
    value: 100 * row.robust[0]!,
    unit: '%',
    note: `(${row.spread}); ${describe(row)}`,
  }));
  return [
    ...table,
    {
      name: 'ours less whole-model PGD-10, robust accuracy at 1/255',
      value: 100 * (own.robust[0]! - full.robust[0]!),
      unit: '%',
      goal: { atLeast: -1 },
    },
    {
      name: 'ours less whole-model PGD-10, clean accuracy',
      value: 100 * (own.clean - full.clean),
      unit: '%',
      goal: { atLeast: 0 },
    },
    {
      name: 'ours over whole-model PGD-10, FLOPs',
      value: own.flops / full.flops,
      unit: '×',
      goal: { below: 0.1 },
    },
    {
      name: 'ours over whole-model PGD-10, time',
      value: own.seconds / full.seconds,
      unit: '×',
      goal: { below: 0.1 },
    },
  ];
}

function describe({ clean, disturbed, robust, flops, seconds }: Row): string {
  return [
    `robust ${robust.map(percent).join(', ')} at 1, 2, 4/255`,
    `clean ${percent(clean)}, disturbed ${percent(disturbed)}`,
    `${flops.toExponential(2)} FLOPs, ${(seconds / 60).toFixed(1)} min`,
  ].join('; ');
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
