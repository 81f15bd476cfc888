/**
 * Makes the models that ship with Kenro, and the manifest that names them with their hashes:
 * `node native-models/models/make.ts` writes them beside this file. Same seeds, same bytes. The trained backbone
 * stays as it is; `node native-models/models/make.ts --backbone` trains it anew, and nothing else, and `--reference` scores
 * the reference parts of the detectors there are.
 */
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openDetector } from '../detectors/detector.ts';
import { teachAnomalyDetector } from '../detectors/teach.ts';
import type { ReferenceScore } from '../evaluate/reference.ts';
import type { Preprocess } from '../images/preprocess.ts';
import { drawPart } from '../images/procedural/draw.ts';
import { partKinds, type PartKind } from '../images/procedural/part.ts';
import { loadModelFile } from '../onnx/files.ts';
import type { Model } from '../onnx/ir.ts';
import { writeModel } from '../onnx/write.ts';
import {
  firstTaught,
  goodDemoParts,
  lineSeed,
  referenceDemoParts,
  taughtEvery,
  taughtParts,
  type DemoImage,
} from './demoParts.ts';
import { filterBank, filterBankFeatures } from './filterBank.ts';
import { measureOnProducts, type ProductFigures } from './measureBackbone.ts';
import { taskFingerprint } from './taskFingerprint.ts';
import { shippedTraining, trainBackbone, type TrainingRecord } from './trainBackbone.ts';

const names: Record<PartKind, string> = {
  disc: 'Demo disc',
  tile: 'Demo tile',
  label: 'Demo label',
};

/** Of the demo's detectors, which are to notice when the light drifts; a user's own had better not. */
export const demoPreprocess: Preprocess = {
  order: 'RGB',
  size: [304, 304],
  mean: [128],
  std: [64],
  scale: 1,
  normalise: 'none',
};
const usersPreprocess: Preprocess = { ...demoPreprocess, normalise: 'image' };

interface ShippedFile {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly licence: string;
  /** The command that makes the file. */
  readonly rebuild: string;
}

interface ShippedBackbone extends ShippedFile {
  readonly name: string;
  readonly preprocess: Preprocess;
  readonly features: readonly string[];
  /** Of one that was trained. */
  readonly training?: TrainingRecord & {
    /** See `taskFingerprint`: where drawing has changed since, the backbone is not what training would make today. */
    readonly fingerprint: readonly number[];
  };
  /** Of the detectors taught on one that was trained. */
  readonly products?: readonly ProductFigures[];
}

interface ShippedDetector extends ShippedFile {
  readonly name: string;
  readonly part: PartKind;
  readonly seed: number;
  readonly taughtParts: number;
  readonly firstTaught: number;
  readonly taughtEvery: number;
  /** Scores of drawn parts, by the processor. */
  readonly reference: readonly ShippedReference[];
}

interface ShippedReference extends ReferenceScore {
  readonly image: DemoImage;
}

interface Manifest {
  /** The first is the one to teach on when nobody chose another. */
  readonly backbones: readonly ShippedBackbone[];
  readonly detectors: readonly ShippedDetector[];
}

const command = 'node native-models/models/make.ts';

/** Writes all models and `manifest.json` into a folder; the trained backbone is copied from beside this file. */
export async function makeModels(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  const trained = (await readManifest()).backbones.filter(({ training }) => training !== undefined);
  for (const { file } of trained) {
    if (dir !== import.meta.dirname) await copyFile(join(import.meta.dirname, file), join(dir, file));
  }
  const backbone = filterBank();
  const name = 'Filter bank';
  const shipped: ShippedBackbone = {
    ...(await write(dir, 'filterBank.onnx', backbone, command)),
    name,
    preprocess: usersPreprocess,
    features: filterBankFeatures,
  };
  const detectors: ShippedDetector[] = [];
  for (const part of partKinds) {
    const taught = await teachAnomalyDetector({
      good: goodDemoParts(part),
      backbone: { model: backbone, name, preprocess: demoPreprocess },
      features: filterBankFeatures,
      seed: lineSeed,
      session: { threads: 1 },
    });
    detectors.push({
      ...(await write(dir, `${part}.onnx`, taught.model, command)),
      name: names[part],
      part,
      seed: lineSeed,
      taughtParts,
      firstTaught,
      taughtEvery,
      reference: await referenceOf(part, taught.model),
    });
  }
  await writeManifest(dir, { backbones: [shipped, ...trained], detectors });
}

/** Trains the starter backbone and puts it, with what it took, into a folder's manifest in place of the one before. */
async function makeBackbone(dir: string): Promise<void> {
  const tell = (line: string) => process.stdout.write(`${line}\n`);
  const options = { ...shippedTraining, preprocess: usersPreprocess, tell };
  const { model, features, training } = await trainBackbone(options);
  const name = 'Starter backbone';
  const backbone: ShippedBackbone = {
    ...(await write(dir, 'starterBackbone.onnx', model, `${command} --backbone`)),
    name,
    preprocess: usersPreprocess,
    features,
    training: { ...training, fingerprint: await taskFingerprint(training.seed) },
    products: await measureOnProducts({ model, name, preprocess: demoPreprocess }, features),
  };
  const { backbones, detectors } = await readManifest();
  const others = backbones.filter(({ file }) => file !== backbone.file);
  await writeManifest(dir, { backbones: [...others, backbone], detectors });
}

async function scoreReferences(dir: string): Promise<void> {
  const manifest = await readManifest();
  const detectors: ShippedDetector[] = [];
  for (const detector of manifest.detectors) {
    const model = await loadModelFile(join(dir, detector.file));
    detectors.push({ ...detector, reference: await referenceOf(detector.part, model) });
  }
  await writeManifest(dir, { ...manifest, detectors });
}

async function referenceOf(part: PartKind, model: Model): Promise<ShippedReference[]> {
  const detector = await openDetector(model, { threads: 1 });
  const reference: ShippedReference[] = [];
  for (const image of referenceDemoParts(part)) {
    const { score } = await detector.judge(drawPart(image).picture);
    reference.push({ name: `${part} ${image.index}`, score, label: null, image });
  }
  await detector.close();
  return reference;
}

async function readManifest(): Promise<Manifest> {
  return JSON.parse(await readFile(join(import.meta.dirname, 'manifest.json'), 'utf8')) as Manifest;
}

function writeManifest(dir: string, manifest: Manifest): Promise<void> {
  return writeFile(join(dir, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

async function write(dir: string, file: string, model: Model, rebuild: string): Promise<ShippedFile> {
  const bytes = writeModel(model);
  await writeFile(join(dir, file), bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { file, bytes: bytes.length, sha256, licence: 'Apache-2.0', rebuild };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const has = (flag: string) => process.argv.includes(flag);
  const make = has('--backbone') ? makeBackbone : has('--reference') ? scoreReferences : makeModels;
  await make(import.meta.dirname);
}
