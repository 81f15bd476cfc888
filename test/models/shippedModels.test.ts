import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCard } from '../../native-models/detectors/card.ts';
import { openDetector } from '../../native-models/detectors/detector.ts';
import { evaluateDetector } from '../../native-models/evaluate/evaluateDetector.ts';
import { drawPart } from '../../native-models/images/procedural/draw.ts';
import { defectTypes, partKinds, type PartKind } from '../../native-models/images/procedural/part.ts';
import { measureOnProducts } from '../../native-models/models/measureBackbone.ts';
import { demoPreprocess, makeModels } from '../../native-models/models/make.ts';
import { loadModelFile } from '../../native-models/onnx/files.ts';

const shipped = join(import.meta.dirname, '../../native-models/models');
const calm = { light: 0.1, blur: 0, noise: 0.05 };
const severe = { light: 1, blur: 1, noise: 1 };

let rebuilt: string;
beforeAll(async () => {
  rebuilt = await mkdtemp(join(tmpdir(), 'models-'));
});
afterAll(() => rm(rebuilt, { recursive: true }));

function parts(part: PartKind, disturbances: typeof calm) {
  return Array.from({ length: 60 }, (_, i) => {
    const defect = i % 2 === 0 ? undefined : defectTypes[part][i % defectTypes[part].length]!;
    const load = async () =>
      drawPart({ part, seed: 1, index: i, defectRate: 0, disturbances, ...(defect ? { defect } : {}) })
        .picture;
    return { name: `${part} ${i}`, label: defect ?? 'ok', load };
  });
}

describe('shipped models', () => {
  it('come out the same when they are made again', { timeout: 1_200_000 }, async () => {
    await makeModels(rebuilt);
    const [ours, again] = await Promise.all(
      [shipped, rebuilt].map(async (dir) => JSON.parse(await readFile(join(dir, 'manifest.json'), 'utf8'))),
    );
    expect(again.backbones).toEqual(ours.backbones);
    // Another processor may round the taught numbers differently; what they mean must not change.
    for (const part of partKinds) {
      const [card, other] = await Promise.all(
        [shipped, rebuilt].map(async (dir) => readCard(await loadModelFile(join(dir, `${part}.onnx`)))!),
      );
      expect({ ...other, thresholds: null, thresholdInterval: null }).toEqual({
        ...card,
        thresholds: null,
        thresholdInterval: null,
      });
      expect(other!.thresholds.review / card!.thresholds.review).toBeCloseTo(1, 1);
      expect(other!.thresholds.ng / card!.thresholds.ng).toBeCloseTo(1, 1);
    }
  });

  it.each(partKinds)(
    'find most defects of the calm line of %s without crying wolf, and cry wolf on the disturbed one',
    async (part) => {
      const detector = await openDetector(join(shipped, `${part}.onnx`));
      const quiet = await evaluateDetector(detector, { images: parts(part, calm) });
      const loud = await evaluateDetector(detector, { images: parts(part, severe) });
      await detector.close();
      expect(quiet.falseAlarms!.value).toBeLessThanOrEqual(0.05);
      expect(quiet.escapes!.value).toBeLessThanOrEqual(0.4);
      expect(quiet.auroc!.value).toBeGreaterThanOrEqual(0.9);
      expect(loud.falseAlarms!.value).toBeGreaterThan(0.5);
    },
  );

  it(
    'tell good from defective on the trained backbone as the manifest says',
    { timeout: 600_000 },
    async () => {
      const { backbones } = JSON.parse(await readFile(join(shipped, 'manifest.json'), 'utf8'));
      const trained = backbones.find(({ training }: { training?: object }) => training !== undefined);
      const { file, name, features, products } = trained;
      const model = await loadModelFile(join(shipped, file));
      const [measured] = await measureOnProducts({ model, name, preprocess: demoPreprocess }, features, [
        'tile',
      ]);
      const told = products.find(({ part }: { part: string }) => part === 'tile');
      expect(measured!.auroc).toBeCloseTo(told.auroc, 2);
      expect(measured!.auroc).toBeGreaterThan(0.9);
    },
  );
});
