import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDetector } from '../../native-models/detectors/detector.ts';
import { teachAnomalyDetector, type ImageLoader } from '../../native-models/detectors/teach.ts';
import { evaluateDetector } from '../../native-models/evaluate/evaluateDetector.ts';
import { readImageFile } from '../../native-models/images/decode.ts';
import { loadModelFile } from '../../native-models/onnx/files.ts';
import { sharedPath } from '../support/shared.ts';

const tiles = sharedPath('data', 'magnetic_tile');
const network = sharedPath('onnx', 'mobilenet_v2_1.0_224_f32.onnx');

function images(folder: string): ImageLoader[] {
  return readdirSync(folder)
    .sort()
    .map((name) => ({ name, load: async () => (await readImageFile(join(folder, name))).picture }));
}

describe.skipIf(!tiles || !network)('magnetic tiles, taught on good parts with MobileNetV2 features', () => {
  it('are told apart with an area under the ROC curve of at least 0.80', { timeout: 1_200_000 }, async () => {
    const session = { threads: 2 };
    const taught = await teachAnomalyDetector({
      good: images(join(tiles!, 'train/good')),
      backbone: {
        model: await loadModelFile(network!),
        name: 'MobileNetV2',
        preprocess: { order: 'RGB', size: [224, 224], mean: [128], std: [128], scale: 1, normalise: 'image' },
      },
      features: ['feat_s16'],
      seed: 1,
      session,
    });
    const detector = await openDetector(taught.model, session);
    const labelled = readdirSync(join(tiles!, 'test')).flatMap((type) =>
      images(join(tiles!, 'test', type)).map((image) => ({ ...image, label: type === 'good' ? 'ok' : type })),
    );
    const { auroc, falseAlarms, scores } = await evaluateDetector(detector, { images: labelled });
    await detector.close();
    expect(scores).toHaveLength(577);
    expect(auroc!.value).toBeGreaterThanOrEqual(0.8);
    // The threshold promises 1 % on good parts like those taught; the test tiles are other tiles.
    expect(falseAlarms!.value).toBeLessThan(0.1);
  });
});
