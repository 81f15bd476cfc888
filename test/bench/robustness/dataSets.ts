import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { teachAnomalyDetector } from '../../../native-models/detectors/teach.ts';
import { readImageFile } from '../../../native-models/images/decode.ts';
import type { Preprocess } from '../../../native-models/images/preprocess.ts';
import { drawPart } from '../../../native-models/images/procedural/draw.ts';
import { defectTypes, partKinds, type PartKind } from '../../../native-models/images/procedural/part.ts';
import { loadModelFile } from '../../../native-models/onnx/files.ts';
import type { Model, ValueInfo } from '../../../native-models/onnx/ir.ts';
import { lineSeed } from '../../../native-models/models/demoParts.ts';
import { seededRandom, type Random } from '../../../native-models/random.ts';
import {
  prepareImageClassifier,
  trainImageClassifier,
} from '../../../native-models/training/imageClassifier.ts';
import { shuffle, stratifiedSplit } from '../../../native-models/training/split.ts';
import type { TrainingImage } from '../../../native-models/training/trainingImages.ts';
import { parseCsv } from '../../../electron/learning/csv.ts';
import { readDataset } from '../../../electron/learning/dataset.ts';
import { sharedPath } from '../../support/shared.ts';

/** Labelled images, and a model that tells them apart. */
export interface DataSet {
  readonly name: string;
  readonly kind: 'classifier' | 'anomaly';
  /** Only when named: attacks on it take hours. */
  readonly isCostly?: boolean;
  /** @param most good images on each side, drawn by the seed, and fewer of each defect; related images are on one side */
  images(seed: number, most: { readonly train: number; readonly test: number }): Promise<TrainingImage[]>;
  /** What every method starts from: a model of the training side as it is. */
  base(images: readonly TrainingImage[], seed: number): Promise<Model>;
}

/** Half the side the network was made for: a quarter of the operations, so that whole-model PGD-10 ends. */
const classifying = {
  file: sharedPath('onnx', 'mobilenet_v1_0.25_128_f32.onnx'),
  preprocess: {
    ...({ order: 'RGB', size: [64, 64], scale: 1, normalise: 'none' } as const),
    ...{ mean: [128], std: [128] },
  },
  layers: { kind: 'last-k', modules: 6 } as const,
  settings: {
    ...{ epochs: 8, batch: 32, optimiser: { kind: 'adamw', weightDecay: 0.01 } as const },
    schedule: { rate: 0.003, shape: 'cosine' as const },
  },
};
/** Its pooled features do not tell tiles of other blocks apart (0 of 36 blowholes); patches of it do a little. */
const tileBackbone = {
  file: classifying.file,
  features: ['feat_s8'],
  preprocess: { ...classifying.preprocess, size: [128, 128], normalise: 'image' },
} as const;
/** @param side a third of what it is meant for, as above, or all of it */
const partBackbone = (side: 96 | 304) =>
  ({
    file: join(import.meta.dirname, '../../../native-models/models/starterBackbone.onnx'),
    features: ['patch'],
    preprocess: {
      ...({ order: 'RGB', size: [side, side], scale: 1, normalise: 'image' } as const),
      ...{ mean: [128], std: [64] },
    },
  }) as const;

const steel = sharedPath('data', 'neu_det', 'images');
const tiles = sharedPath('data', 'magnetic_tile');

/** Those whose files are there. */
export const dataSets: readonly DataSet[] = [
  ...(steel && classifying.file
    ? [
        {
          name: 'steel',
          kind: 'classifier' as const,
          images: sides(() => steelImages(steel), 1),
          base: classifier,
        },
      ]
    : []),
  ...(tiles && tileBackbone.file
    ? [
        {
          ...{ name: 'magnetic tiles', kind: 'anomaly' as const, base: taught(tileBackbone) },
          images: sides(() => tileImages(tiles), 0.2),
        },
      ]
    : []),
  ...partKinds.map((part) => ({
    ...{ name: `procedural ${part}`, kind: 'anomaly' as const, base: taught(partBackbone(96)) },
    images: sides(() => partImages(part), 0.2),
  })),
  // At the size these are judged in on the demo line, for methods that can afford it.
  ...partKinds.map((part) => ({
    ...{ name: `procedural ${part}, whole size`, kind: 'anomaly' as const, base: taught(partBackbone(304)) },
    images: sides(() => partImages(part), 0.2),
    isCostly: true,
  })),
];

type Unsplit = Omit<TrainingImage, 'split'>;

/** Three tenths to test on. @param rarity of a kind of defect beside good parts */
function sides(read: () => Promise<Unsplit[]>, rarity: number): DataSet['images'] {
  return async (seed, most) => {
    const random = seededRandom(seed);
    const [rest, test] = stratifiedSplit(await read(), 0.3, random.fork('test'));
    const side = (images: readonly Unsplit[], split: 'train' | 'test', name: string) =>
      capped(images, (label) => most[split] * (label === 'ok' ? 1 : rarity), random.fork(name)).map(
        (image) => ({ ...image, split }),
      );
    return [...side(rest, 'train', 'train'), ...side(test, 'test', 'limit')];
  };
}

async function classifier(images: readonly TrainingImage[], seed: number): Promise<Model> {
  const { file, preprocess, layers, settings } = classifying;
  const options = {
    ...{ model: ofAnySize(await loadModelFile(file!)), images, preprocess, layers, settings, seed },
    ...{ classWeights: 'none' as const, shares: { test: 0, validation: 0.15 }, cacheBytes: 1e9, session: {} },
  };
  return (await trainImageClassifier(await prepareImageClassifier(options), options, {})).model;
}

/** An anomaly detector of the good parts of the training side. */
function taught({
  file,
  features,
  preprocess,
}: {
  readonly file: string | null;
  readonly features: readonly string[];
  readonly preprocess: Preprocess;
}): DataSet['base'] {
  return async (images, seed) => {
    const good = images.filter(({ split, label }) => split === 'train' && label === 'ok');
    const model = await loadModelFile(file!);
    const backbone = { model: ofAnySize(model), name: 'bench', preprocess };
    return (await teachAnomalyDetector({ good, backbone, features, seed })).model;
  };
}

/** @param most of a class */
function capped<Image extends { readonly label: string }>(
  images: readonly Image[],
  most: (label: string) => number,
  random: Random,
): Image[] {
  const taken = new Map<string, number>();
  const kept = new Set(
    shuffle(images, random).filter(({ label }) => {
      const count = taken.get(label) ?? 0;
      taken.set(label, count + 1);
      return count < most(label);
    }),
  );
  return images.filter((image) => kept.has(image));
}

/** Six kinds of defects, no good parts (NEU-DET). */
async function steelImages(folder: string): Promise<Unsplit[]> {
  const { samples } = await readDataset(folder);
  return samples.map(({ path, label, group }) => ({
    ...{ name: path, label, group, weight: 1 },
    load: async () => (await readImageFile(path)).picture,
  }));
}

/** A tile of the data set under one exposure of its camera. */
export interface TileImage extends Unsplit {
  readonly exposure: number;
  /** Whether the data set has it among the good ones to train on. */
  readonly isForTraining: boolean;
}

/** Good tiles and five kinds of defects; grouped by tile. */
export async function tileImages(folder: string): Promise<TileImage[]> {
  const [names, ...rows] = parseCsv(await readFile(join(folder, 'index.csv'), 'utf8'));
  const at = ['path', 'class', 'exposure', 'tile_block'].map((name) => names!.indexOf(name));
  return rows.map((row) => {
    const [path, type, exposure, tile] = at.map((column) => row[column]!);
    const file = join(folder, path!);
    return {
      ...{ name: file, label: type === 'free' ? 'ok' : type!, group: tile!, weight: 1 },
      ...{ exposure: Number(exposure!.slice('exp'.length)), isForTraining: path!.startsWith('train/') },
      load: async () => (await readImageFile(file)).picture,
    };
  });
}

const drawn = { good: 400, defective: 150 };

/** A product of the demo line: good parts and five kinds of defects. */
async function partImages(part: PartKind): Promise<Unsplit[]> {
  const disturbances = { light: 0.1, blur: 0, noise: 0.05 };
  return ['ok', ...defectTypes[part]].flatMap((label, type) =>
    Array.from({ length: type === 0 ? drawn.good : drawn.defective }, (_, at) => {
      const request = { part, seed: lineSeed, index: 10_000 * type + at, defectRate: 0, disturbances };
      return {
        ...{ name: `${part} ${label} ${at}`, label, group: null, weight: 1 },
        load: async () => drawPart(type === 0 ? request : { ...request, defect: label }).picture,
      };
    }),
  );
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
