import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readImageFile } from '../../native-models/images/decode.ts';
import type { Preprocess } from '../../native-models/images/preprocess.ts';
import type { Model } from '../../native-models/onnx/ir.ts';
import {
  prepareImageClassifier,
  trainImageClassifier,
  type ImageClassifierOptions,
} from '../../native-models/training/imageClassifier.ts';
import type { TrainingImage } from '../../native-models/training/trainingImages.ts';
import { sharedPath } from '../support/shared.ts';

/** Steel strip surfaces with six types of defect, 300 images of each; `null` where they are not there. */
export const steel = sharedPath('data', 'neu_det', 'images');

function images(folder: string): TrainingImage[] {
  return readdirSync(folder).flatMap((label) =>
    readdirSync(join(folder, label))
      .sort()
      .map((name) => ({
        name,
        label,
        split: null,
        group: null,
        weight: 1,
        load: async () => (await readImageFile(join(folder, label, name))).picture,
      })),
  );
}

/**
 * Trains on a seeded 70 % of the steel images, and measures on the others. What epoch is kept, and the settings
 * below, were chosen on a part held back from those 70 %, never on the test part.
 */
export async function trainOnSteel(
  name: string,
  model: Model,
  preprocess: Preprocess,
  change: Pick<ImageClassifierOptions, 'layers' | 'settings'> & Partial<ImageClassifierOptions>,
) {
  const startMs = performance.now();
  const options: ImageClassifierOptions = {
    model,
    images: images(steel!),
    preprocess,
    classWeights: 'none',
    shares: { test: 0.3, validation: 0.15 },
    seed: 0,
    cacheBytes: 512 * 1024 * 1024,
    session: { threads: 2 },
    ...change,
  };
  const prepared = await prepareImageClassifier(options);
  const trained = await trainImageClassifier(prepared, options, {});
  const minutes = (performance.now() - startMs) / 60_000;
  const { value, hits, of, interval } = trained.testAccuracy!;
  process.stderr.write(
    `${name}: test accuracy ${value.toFixed(4)} [${interval.map((end) => end.toFixed(4)).join(', ')}] (${hits} of ${of}), ` +
      `${minutes.toFixed(2)} min, ${trained.flops.toExponential(3)} FLOPs, epoch ${trained.best.epoch} of ${trained.history.length}\n`,
  );
  return { prepared, trained };
}
