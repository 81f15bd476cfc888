import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readBackboneCard } from '../../../../native-models/detectors/backboneCard.ts';
import { describeNetwork } from '../../../../native-models/detectors/describe.ts';
import { isSameTask, taskFingerprint } from '../../../../native-models/models/taskFingerprint.ts';
import { shippedTraining, trainBackbone } from '../../../../native-models/models/trainBackbone.ts';
import { loadModelFile } from '../../../../native-models/onnx/files.ts';
import { float32Tensor } from '../../../../native-models/onnx/dataTypes.ts';
import { writeModel } from '../../../../native-models/onnx/write.ts';
import type { TrainerSettings } from '../../../../native-models/training/trainerOptions.ts';
import { openSession } from '../../../../native-models/runtime/session.ts';

const folder = join(import.meta.dirname, '../../../../native-models/models');
const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
const shipped = manifest.backbones.find(({ training }: { training?: object }) => training !== undefined);
const largest = 4 * 1024 * 1024;
const preprocess = shipped.preprocess;

function smallTraining(epochs: number) {
  const size = { surfaces: 1, pieces: 1, blemished: 1, clean: 4 };
  const settings: TrainerSettings = {
    ...{ epochs, batch: 8, optimiser: { kind: 'adamw' }, clipNorm: 1 },
    schedule: { rate: 4e-3, shape: 'cosine' },
  };
  return trainBackbone({ seed: 5, size, settings, preprocess });
}

describe('fingerprints of a task', () => {
  it('are the same but for rounding, and otherwise another task’s', () => {
    const one = [0.5, -1.25, 2];
    expect(isSameTask(one, [0.501, -1.25, 1.999])).toBe(true);
    expect(isSameTask(one, [0.503, -1.25, 2])).toBe(false);
    expect(isSameTask(one, one.slice(1))).toBe(false);
  });
});

describe('the shipped starter backbone', () => {
  it('is the file of the manifest, small enough, and says how it was trained', () => {
    const bytes = readFileSync(join(folder, shipped.file));
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(shipped.sha256);
    expect(bytes.length).toBe(shipped.bytes);
    expect(bytes.length).toBeLessThanOrEqual(largest);
    const { seed, settings } = shippedTraining;
    expect(shipped.training).toMatchObject({ seed, epochs: settings.epochs });
    expect(shipped.training.validationLoss).toBeLessThan(0.75 * shipped.training.guessingLoss);
  });

  it('was trained on the samples that are drawn today; else train it anew', { timeout: 60_000 }, async () => {
    const { seed, fingerprint } = shipped.training;
    const now = await taskFingerprint(seed);
    expect(isSameTask(now, fingerprint), `drawn now: ${now}; \`${shipped.rebuild}\``).toBe(true);
  });

  it('gives its features at one cell per 8 pixels of a picture of any size', async () => {
    const session = await openSession(readFileSync(join(folder, shipped.file)), { threads: 1 });
    for (const [height, width] of [
      [64, 128],
      [304, 304],
    ] as const) {
      const image = float32Tensor([1, 3, height, width], new Float32Array(3 * height * width));
      const results = await session.run({ image });
      for (const name of shipped.features) {
        expect(results[name]!.dims.slice(2)).toEqual([height / 8, width / 8]);
      }
    }
    await session.dispose();
  });

  it('tells those who teach on it how it wants its pictures', async () => {
    const path = join(folder, shipped.file);
    expect(readBackboneCard(await loadModelFile(path))).toEqual({ preprocess });
    const { suggestedPreprocess, suggestedFeatures } = await describeNetwork(path);
    expect(suggestedPreprocess).toEqual(preprocess);
    expect(suggestedFeatures).toEqual(shipped.features);
  });
});

describe('trainBackbone', { timeout: 120_000 }, () => {
  it('comes to the same weights again, bit for bit', async () => {
    const [first, again] = [await smallTraining(1), await smallTraining(1)];
    expect(Buffer.from(writeModel(again.model)).equals(Buffer.from(writeModel(first.model)))).toBe(true);
    expect({ ...again.training, minutes: 0 }).toEqual({ ...first.training, minutes: 0 });
  });

  it('learns to tell surfaces and blemishes apart better than by guessing', async () => {
    const { training } = await smallTraining(12);
    expect(training).toMatchObject({ seed: 5, classes: 4 * 13, samples: 12 * 4 * 16, epochs: 12 });
    expect(training.guessingLoss).toBeCloseTo(Math.log(4 * 13));
    expect(training.validationLoss).toBeLessThan(training.guessingLoss - 0.3);
  });
});
