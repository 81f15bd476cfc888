/**
 * Makes the models that ship with Kenro, and the manifest that names them with their hashes:
 * `node native-models/models/make.ts` writes them beside this file. Same seeds, same bytes.
 */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { teachAnomalyDetector, type ImageLoader } from '../detectors/teach.ts';
import type { Preprocess } from '../images/preprocess.ts';
import { drawPart } from '../images/procedural/draw.ts';
import { partKinds, type Disturbances, type PartKind } from '../images/procedural/part.ts';
import { writeModel } from '../onnx/write.ts';
import { filterBank, filterBankFeatures } from './filterBank.ts';

const backboneName = 'Filter bank';
/** The line that the demo shows; detectors are taught on parts from the end of its numbering. */
const lineSeed = 1;
const firstTaught = 1_000_000;
const taughtParts = 400;
/** Not neighbours on the line, so that they have seen every phase of its drifting light. */
const taughtEvery = 37;
/** The demo line as it starts. */
const calm: Disturbances = { light: 0.1, blur: 0, noise: 0.05 };

const names: Record<PartKind, string> = {
  disc: 'Demo disc',
  tile: 'Demo tile',
  label: 'Demo label',
};

/** Of the demo's detectors, which are to notice when the light drifts; a user's own had better not. */
const preprocess: Preprocess = {
  order: 'RGB',
  size: [304, 304],
  mean: [128],
  std: [64],
  scale: 1,
  normalise: 'none',
};

/** Which part of a demo line detectors are taught on. */
export function goodDemoParts(part: PartKind, count = taughtParts): ImageLoader[] {
  return Array.from({ length: count }, (_, i) => ({
    name: `${part} ${firstTaught + i * taughtEvery}`,
    load: async () =>
      drawPart({
        part,
        seed: lineSeed,
        index: firstTaught + i * taughtEvery,
        defectRate: 0,
        disturbances: calm,
      }).picture,
  }));
}

/** Writes all models and `manifest.json` into a folder. */
export async function makeModels(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  const write = async (file: string, bytes: Uint8Array) => {
    await writeFile(join(dir, file), bytes);
    return { file, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  };
  const backbone = filterBank();
  const common = { licence: 'Apache-2.0', rebuild: 'node native-models/models/make.ts' };
  const manifest = {
    backbones: [
      {
        ...(await write('filterBank.onnx', writeModel(backbone))),
        name: backboneName,
        preprocess: { ...preprocess, normalise: 'image' },
        features: filterBankFeatures,
        ...common,
      },
    ],
    detectors: [] as object[],
  };
  for (const part of partKinds) {
    const taught = await teachAnomalyDetector({
      good: goodDemoParts(part),
      backbone: { model: backbone, name: backboneName, preprocess },
      features: filterBankFeatures,
      seed: lineSeed,
      session: { threads: 1 },
    });
    manifest.detectors.push({
      ...(await write(`${part}.onnx`, writeModel(taught.model))),
      name: names[part],
      part,
      seed: lineSeed,
      taughtParts,
      firstTaught,
      taughtEvery,
      ...common,
    });
  }
  await writeFile(join(dir, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await makeModels(import.meta.dirname);
}
