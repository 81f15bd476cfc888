import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openPooledFeatures, type PooledFeatures } from '../../native-models/detectors/pooledFeatures.ts';
import { logitsOf, trainHead, type FeatureRows } from '../../native-models/detectors/trainHead.ts';
import { corrupt } from '../../native-models/images/corruptions/index.ts';
import { readImageFile } from '../../native-models/images/decode.ts';
import type { Picture } from '../../native-models/images/picture.ts';
import { sampleDisturbance, siteProfile } from '../../native-models/images/site/profile.ts';
import { loadModelFile } from '../../native-models/onnx/files.ts';
import { hash32, seededRandom, type Random } from '../../native-models/random.ts';
import { largest } from '../../native-models/training/logits.ts';
import { shuffle } from '../../native-models/training/split.ts';
import { usualSite } from '../../electron/contract/usualSettings.ts';
import { sharedPath } from '../support/shared.ts';
import type { Figure } from './figure.ts';

const network = sharedPath('onnx', 'mobilenet_v2_1.0_224_f32.onnx');
const steel = sharedPath('data', 'neu_det', 'images');
const counts = [5, 10];
const tested = 40;

/** Further copies of a training picture. */
type Augmenting = (picture: Picture, random: Random) => Promise<Picture>[];

const mirrored = (picture: Picture, alongX: boolean, alongY: boolean): Picture => {
  const { width, height, channels, data } = picture;
  const copy = data.slice();
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (alongY ? height - 1 - y : y) * width + (alongX ? width - 1 - x : x);
      for (let c = 0; c < channels; c++, at++) copy[at] = data[from * channels + c]!;
    }
  }
  return { ...picture, data: copy };
};
const mirrors: Augmenting = (picture) =>
  [
    [true, false],
    [false, true],
    [true, true],
  ].map(async ([x, y]) => mirrored(picture, x!, y!));
const disturbed = siteProfile({ ...usualSite, clean: 0 });
const site: Augmenting = (picture, random) =>
  [0, 1, 2].map(async (copy) => {
    const { corruption, severity } = sampleDisturbance(disturbed, random.fork(copy))!;
    return corrupt(picture, corruption, severity, random.fork(`seed ${copy}`).integer(2 ** 31));
  });
const itself: Augmenting = (picture) => [Promise.resolve(picture)];
const ways: Readonly<Record<string, Augmenting>> = { nothing: () => [], mirrors, site };

/**
 * Whether copies of training parts, mirrored or as the line disturbs them, help a head on a frozen backbone where there
 * are few parts: steel surfaces, `tested` others of each of six types, as they are and disturbed.
 */
export async function benchAugmentation(seeds: number): Promise<Figure[]> {
  if (!network || !steel) return [];
  const spec = {
    order: 'RGB',
    size: [224, 224],
    scale: 1,
    normalise: 'image',
    mean: [128],
    std: [128],
  } as const;
  const features = await openPooledFeatures(await loadModelFile(network), spec, ['feat_s8', 'feat_s16']);
  const right = new Map<string, number[]>();
  for (let seed = 0; seed < seeds; seed++) {
    const random = seededRandom(seed);
    const labels = readdirSync(steel).sort();
    const images = labels.flatMap((label, at) => {
      const files = shuffle(readdirSync(join(steel, label)).sort(), random.fork(label));
      return files
        .slice(0, tested + counts.at(-1)!)
        .map((name, index) => ({ at, index, path: join(steel, label, name) }));
    });
    const others = images.filter(({ index }) => index < tested);
    const test = await rowsOf(features, others, 'itself', itself);
    const hard = await rowsOf(features, others, 'one', (picture, own) => [site(picture, own)[0]!]);
    for (const [way, augmenting] of Object.entries(ways)) {
      for (const count of counts) {
        const train = images.filter(({ index }) => index >= tested && index < tested + count);
        const rows = await rowsOf(features, train, 'itself', itself);
        const copies = await rowsOf(features, train, way, augmenting);
        const all = {
          rows: [...rows.rows, ...copies.rows],
          classes: [...rows.classes, ...copies.classes],
          names: [],
        };
        const head = await trainHead({
          ...{ labels, train: all, validation: rows, random: random.fork(way), session: { threads: 1 } },
        });
        const share = ({ rows: seen, classes }: FeatureRows) =>
          seen.filter((row, at) => largest(logitsOf(row, head)) === classes[at]).length / seen.length;
        for (const [name, parts] of [
          ['as they are', test],
          ['disturbed', hard],
        ] as const) {
          const key = `${count} steel surfaces a type, copies: ${way}; right, ${name}`;
          right.set(key, [...(right.get(key) ?? []), share(parts)]);
        }
      }
    }
  }
  await features.close();
  return [...right].map(([name, shares]) => ({
    ...{ name, value: (100 * shares.reduce((sum, share) => sum + share, 0)) / shares.length, unit: '%' },
    note: shares.map((share) => (100 * share).toFixed(1)).join(', '),
  }));
}

interface Image {
  readonly at: number;
  readonly path: string;
}

/** Features of a picture's copies, by how they are made and its path: seeds draw the same pictures again. */
const known = new Map<string, readonly Float32Array[]>();

/** Features of the pictures' copies. @param way name of how they are made */
async function rowsOf(
  features: PooledFeatures,
  images: readonly Image[],
  way: string,
  copiesOf: Augmenting,
): Promise<FeatureRows> {
  const rows: Float32Array[] = [];
  const classes: number[] = [];
  for (const { at, path } of images) {
    const key = `${way} ${path}`;
    const own = known.get(key) ?? (await copied(features, path, copiesOf));
    known.set(key, own);
    rows.push(...own);
    classes.push(...own.map(() => at));
  }
  return { rows, classes, names: images.map(({ path }) => path) };
}

async function copied(
  features: PooledFeatures,
  path: string,
  copiesOf: Augmenting,
): Promise<readonly Float32Array[]> {
  const { picture } = await readImageFile(path);
  const rows: Float32Array[] = [];
  for (const copy of await Promise.all(copiesOf(picture, seededRandom(hash32(path))))) {
    rows.push(await features.rowOf(copy));
  }
  return rows;
}
