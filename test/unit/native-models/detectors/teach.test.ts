import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCard } from '../../../../native-models/detectors/card.ts';
import { openDetector, type Detector } from '../../../../native-models/detectors/detector.ts';
import {
  teachAnomalyDetector,
  type ImageLoader,
  type Taught,
  type TeachOptions,
} from '../../../../native-models/detectors/teach.ts';
import { ModelError } from '../../../../native-models/errors.ts';
import { evaluateDetector, flopsPerImage } from '../../../../native-models/evaluate/evaluateDetector.ts';
import type { Picture } from '../../../../native-models/images/picture.ts';
import { filterBank, filterBankFeatures } from '../../../../native-models/models/filterBank.ts';
import { saveModelFile } from '../../../../native-models/onnx/files.ts';
import { writeModel } from '../../../../native-models/onnx/write.ts';
import { seededRandom } from '../../../../native-models/random.ts';

const side = 64;

/** Stripes with noise; a defect is a dark square of 8 pixels. */
function stripes(seed: number, defect: boolean): Picture {
  const random = seededRandom(seed);
  const shift = random.uniform() * 6;
  const data = new Uint8Array(side * side);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const value = 128 + 40 * Math.sin((x + shift) / 2) + 6 * random.normal();
      data[y * side + x] = Math.max(0, Math.min(255, value));
    }
  }
  const [top, left] = [8 + random.integer(40), 8 + random.integer(40)];
  if (defect) {
    for (let y = top; y < top + 8; y++) data.fill(30, y * side + left, y * side + left + 8);
  }
  return { width: side, height: side, channels: 1, depth: 8, data };
}

function loaders(count: number, firstSeed: number, defect = false): ImageLoader[] {
  return Array.from({ length: count }, (_, i) => ({
    name: `part ${firstSeed + i}`,
    load: () => Promise.resolve(stripes(firstSeed + i, defect)),
  }));
}

const options: TeachOptions = {
  good: loaders(20, 1),
  backbone: {
    model: filterBank(),
    name: 'filter bank',
    preprocess: {
      order: 'RGB',
      size: [side, side],
      mean: [128],
      std: [64],
      scale: 1,
      normalise: 'none',
    },
  },
  features: filterBankFeatures,
  seed: 1,
  memory: 200,
  session: { threads: 1 },
};

let taught: Taught;
let detector: Detector;
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'teach-'));
  taught = await teachAnomalyDetector(options);
  const path = join(dir, 'detector.onnx');
  await saveModelFile(path, taught.model);
  detector = await openDetector(path, { threads: 1 });
});
afterAll(async () => {
  await detector.close();
  await rm(dir, { recursive: true });
});

describe('teachAnomalyDetector', () => {
  it('makes a detector that tells defects from good parts after 20 images', async () => {
    const images = [
      ...loaders(20, 1000).map((loader) => ({ ...loader, label: 'ok' })),
      ...loaders(20, 2000, true).map((loader) => ({ ...loader, label: 'square' })),
    ];
    const evaluation = await evaluateDetector(detector, { images });
    expect(evaluation.auroc!.value).toBeGreaterThan(0.98);
    expect(evaluation.falseAlarms!.value).toBeLessThanOrEqual(0.05);
    expect(evaluation.escapes!.value).toBeLessThanOrEqual(0.05);
  });

  it('points at the defect', async () => {
    const picture = stripes(31, false);
    const data = Uint8Array.from(picture.data);
    for (let y = 40; y < 48; y++) data.fill(30, y * side + 16, y * side + 24);
    const { map } = await detector.judge({ ...picture, data });
    const highest = map!.data.indexOf(Math.max(...map!.data));
    expect((Math.floor(highest / map!.width) / map!.height) * side).toBeGreaterThan(32);
    expect((Math.floor(highest / map!.width) / map!.height) * side).toBeLessThan(56);
    expect(((highest % map!.width) / map!.width) * side).toBeGreaterThan(8);
    expect(((highest % map!.width) / map!.width) * side).toBeLessThan(32);
  });

  it('calls a part that is wrong everywhere defective', async () => {
    const data = Uint8Array.from({ length: side * side }, (_, i) => 128 + (i % 2 === 0 ? 60 : -60));
    const { score } = await detector.judge({ width: side, height: side, channels: 1, depth: 8, data });
    expect(score).toBeGreaterThan(taught.thresholds.ng);
    const black = { width: side, height: side, channels: 1, depth: 8, data: new Uint8Array(side * side) };
    expect((await detector.judge(black as Picture)).score).toBeGreaterThan(taught.thresholds.ng);
  });

  it('writes into the file what it was made of', () => {
    expect(readCard(taught.model)).toEqual(taught.card);
    expect(taught.card).toMatchObject({ kind: 'anomaly', goodImages: 20, ngImages: 0, memory: 200, seed: 1 });
    expect(taught.thresholds.review).toBeLessThanOrEqual(taught.thresholds.ng);
    expect(taught.goodScores).toHaveLength(7);
  });

  it('gives the same bytes for the same seed and other ones for another', async () => {
    const again = await teachAnomalyDetector(options);
    const other = await teachAnomalyDetector({ ...options, seed: 2 });
    expect(writeModel(again.model)).toEqual(writeModel(taught.model));
    expect(writeModel(other.model)).not.toEqual(writeModel(taught.model));
  });

  it('puts the thresholds between the classes when it is shown defects', async () => {
    const both = await teachAnomalyDetector({ ...options, ng: loaders(10, 3000, true) });
    expect(both.card.ngImages).toBe(10);
    expect(both.thresholds.ng).toBeGreaterThan(Math.max(...both.goodScores));
    expect(both.thresholds.ng).toBeLessThan(Math.min(...both.ngScores));
  });

  it('leaves out images that cannot be read, and says which', async () => {
    const broken: ImageLoader = {
      name: 'broken.png',
      load: () => Promise.reject(new ModelError('imageUnreadable', { file: 'broken.png' })),
    };
    const result = await teachAnomalyDetector({ ...options, good: [broken, ...options.good] });
    expect(result.skipped).toMatchObject([{ name: 'broken.png', error: { kind: 'imageUnreadable' } }]);
    expect(result.card.goodImages).toBe(20);
  });

  it('refuses to learn from too few', async () => {
    const few = teachAnomalyDetector({ ...options, good: loaders(4, 1) });
    await expect(few).rejects.toMatchObject({ kind: 'tooFewImages', params: { found: 4, needed: 5 } });
  });

  it('stops when cancelled, at any stage', async () => {
    for (const at of ['features', 'memory', 'threshold'] as const) {
      const abort = new AbortController();
      const run = teachAnomalyDetector({
        ...options,
        signal: abort.signal,
        onProgress: (stage) => {
          if (stage === at) abort.abort();
        },
      });
      await expect(run).rejects.toMatchObject({ kind: 'cancelled' });
    }
  });

  it('names a feature that the network does not have', async () => {
    const wrong = teachAnomalyDetector({ ...options, features: ['fine', 'nonsense'] });
    await expect(wrong).rejects.toMatchObject({ kind: 'modelOutputMissing', params: { name: 'nonsense' } });
  });

  it('says that a network for colour cannot take one channel', async () => {
    const { backbone } = options;
    const gray = { ...backbone, preprocess: { ...backbone.preprocess, order: 'GRAY' as const } };
    await expect(teachAnomalyDetector({ ...options, backbone: gray })).rejects.toMatchObject({
      kind: 'modelInputUnsupported',
      params: { got: '1 channels', expected: '3 channels' },
    });
  });
});

describe('openDetector', () => {
  it('counts the work of one image', () => {
    expect(flopsPerImage(taught.model, taught.card)).toBeGreaterThan(1e6);
  });

  it('refuses a network without a card', async () => {
    await expect(openDetector(filterBank())).rejects.toMatchObject({ kind: 'modelUnreadable' });
  });

  it('refuses to answer when a weight is not a number', async () => {
    const { graph } = taught.model;
    const initializers = new Map(graph.initializers);
    const memory = initializers.get('usual_distance')!;
    initializers.set('usual_distance', {
      ...memory,
      data: new Float32Array(memory.data.length).fill(NaN),
    } as typeof memory);
    await expect(openDetector({ ...taught.model, graph: { ...graph, initializers } })).rejects.toMatchObject({
      kind: 'outputNotFinite',
    });
  });
});
