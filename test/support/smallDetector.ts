import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Preprocess } from '../../electron/contract/domain.ts';
import type { ImageSource } from '../../electron/contract/engine.ts';
import type { Thresholds } from '../../electron/contract/verdict.ts';
import { teachAnomalyDetector } from '../../native-models/detectors/teach.ts';
import { drawPart } from '../../native-models/images/procedural/draw.ts';
import { filterBank } from '../../native-models/models/filterBank.ts';
import { writeModel } from '../../native-models/onnx/write.ts';

/** Small, so that a test's time goes into what it tests. */
export const smallPreprocess: Preprocess = {
  order: 'RGB',
  size: [64, 64],
  mean: [128],
  std: [64],
  scale: 1,
  normalise: 'none',
};

/** Part `index` of a calm demo line; every second part has a defect. */
export function demoPart(index: number, defectRate = 0.5): ImageSource & { from: 'demo' } {
  const disturbances = { light: 0, blur: 0, noise: 0 };
  return { from: 'demo', part: 'tile', seed: 5, index, defectRate, disturbances };
}

/** Writes the starter backbone. */
export async function writeBackbone(folder: string): Promise<string> {
  const path = join(folder, 'backbone.onnx');
  await writeFile(path, writeModel(filterBank()));
  return path;
}

export interface SmallDetector {
  readonly path: string;
  readonly sha256: string;
  readonly thresholds: Thresholds;
}

/** Teaches a detector on eight tiles and writes it. */
export async function writeSmallDetector(
  folder: string,
  seed = 0,
  preprocess = smallPreprocess,
): Promise<SmallDetector> {
  const good = Array.from({ length: 8 }, (_, index) => ({
    name: `tile ${index}`,
    load: async () => drawPart(demoPart(index, 0)).picture,
  }));
  const { model, thresholds } = await teachAnomalyDetector({
    good,
    backbone: { model: filterBank(), name: 'starter', preprocess },
    features: ['fine'],
    seed,
    memory: 100,
    session: { threads: 1 },
  });
  const path = join(folder, `detector-${seed}.onnx`);
  await writeFile(path, writeModel(model));
  const sha256 = createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
  return { path, sha256, thresholds };
}
