import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageSource } from '../../electron/contract/engine.ts';
import type { EngineClient } from '../../electron/engine/client.ts';
import { startEngine } from '../../electron/engine/startEngine.ts';
import { systemClock } from '../../electron/platform/clock.ts';
import { nodeLauncher } from '../../electron/platform/launcher.ts';
import { openSession } from '../../native-models/runtime/session.ts';
import { sharedPath } from '../support/shared.ts';
import { quantile, type Figure } from './figure.ts';
import { openBenchLine, type BenchModel } from './line.ts';

const mobileNet = sharedPath('onnx', 'mobilenet_v2_1.0_224_f32.onnx');
const tiles = sharedPath('data', 'magnetic_tile');
const taughtOn = 100;
const judged = 300;
const rounds = 3;

/** What a whole verdict costs beside the network alone, with the MobileNetV2 detector and one source. */
export async function benchVerdict(root: string): Promise<Figure[]> {
  if (!mobileNet || !tiles) return [];
  const engine = startEngine({
    launcher: nodeLauncher,
    role: 'inspect',
    config: { imagesDir: join(root, 'images'), threads: 0, provider: 'cpu' },
    spare: false,
  });
  try {
    const model = await teachMobileNet(engine, root);
    const images = imagesOf('test/good', judged);
    return await compare(engine, root, model, images);
  } finally {
    await engine.stop();
  }
}

const imagesOf = (folder: string, count: number): ImageSource[] => {
  const files = readdirSync(join(tiles!, folder)).filter((name) => name.endsWith('.jpg'));
  return Array.from({ length: count }, (_, i) => ({
    from: 'file',
    path: join(tiles!, folder, files[i % files.length]!),
  }));
};

async function teachMobileNet(engine: EngineClient, root: string): Promise<BenchModel> {
  const preprocess = {
    order: 'RGB' as const,
    size: [224, 224] as [number, number],
    mean: [128, 128, 128],
    std: [128, 128, 128],
    scale: 1,
  };
  const { path, sha256 } = await engine.call('teach', {
    good: { from: 'list', images: imagesOf('train/good', taughtOn) },
    ng: null,
    backbone: { path: mobileNet!, name: 'MobileNetV2', preprocess },
    features: ['feat_s8', 'feat_s16'],
    seed: 0,
    out: join(root, 'mobilenet.onnx'),
  });
  // Everything OK: a kept picture of each NG part would measure the disk.
  return { path, sha256, thresholds: { review: 1e9, ng: 1e9 } };
}

async function compare(
  engine: EngineClient,
  root: string,
  model: BenchModel,
  images: readonly ImageSource[],
): Promise<Figure[]> {
  const line = await openBenchLine(root, engine, model);
  const bare: number[] = [];
  const whole: number[] = [];
  let bareSeconds = 0;
  let lineSeconds = 0;
  try {
    await line.judgeAll(images.slice(0, 20));
    // In turn, so that a machine that slows down slows both.
    for (let round = 0; round < rounds; round++) {
      const times = await bareRuns(model, images.length);
      bare.push(...times);
      bareSeconds += times.reduce((sum, ms) => sum + ms, 0) / 1000;
      for (const image of images) whole.push(await timed(() => line.judgeAll([image])));
      lineSeconds += (await timed(() => line.judgeAll(images))) / 1000;
    }
  } finally {
    await line.close();
  }
  const rate = (rounds * images.length) / lineSeconds;
  const bareRate = (rounds * images.length) / bareSeconds;
  return [
    { name: 'bare session.run of the MobileNetV2 detector, p50', value: quantile(bare, 0.5), unit: 'ms' },
    {
      name: 'whole verdict over bare session.run, p50',
      value: quantile(whole, 0.5) / quantile(bare, 0.5),
      unit: '×',
      goal: { below: 1.25 },
      note: `${quantile(whole, 0.5).toFixed(2)} ms, p95 ${quantile(whole, 0.95).toFixed(2)} ms`,
    },
    {
      name: 'sustained throughput over bare session.run',
      value: (100 * rate) / bareRate,
      unit: '%',
      goal: { atLeast: 85 },
      note: `${rate.toFixed(0)} against ${bareRate.toFixed(0)} parts/s`,
    },
  ];
}

/** Milliseconds of each run of the detector's graph alone, in this process, while the engine is idle. */
async function bareRuns(model: BenchModel, count: number): Promise<number[]> {
  const session = await openSession(await readFile(model.path));
  try {
    const [input] = session.inputs;
    const dims = input!.shape.map((size) => (typeof size === 'number' ? size : 1));
    const data = new Float32Array(dims.reduce((product, size) => product * size, 1)).fill(0.1);
    const feeds = { [input!.name]: { dtype: 'float32' as const, dims, data } };
    for (let i = 0; i < 20; i++) await session.run(feeds);
    const times: number[] = [];
    for (let i = 0; i < count; i++) times.push(await timed(() => session.run(feeds)));
    return times;
  } finally {
    await session.dispose();
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = systemClock.monotonicMs();
  await work();
  return systemClock.monotonicMs() - begin;
}
