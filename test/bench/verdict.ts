import { availableParallelism } from 'node:os';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { ImageSource } from '../../electron/contract/engine.ts';
import type { EngineClient } from '../../electron/engine/client.ts';
import { quantile, timed, type Figure } from './figure.ts';
import { openBenchLine, type BenchModel } from './line.ts';
import { mobileNet, startInspecting, teachMobileNet, tileImages, tiles } from './tileDetector.ts';

const judged = 150;
const rounds = 6;
/** Runs that a session gets before it is measured, and those by which the quickest is chosen. */
const warmUpRuns = 20;
const trialRuns = 60;

/** What a whole verdict costs beside the network alone, with the MobileNetV2 detector and one source. */
export async function benchVerdict(root: string): Promise<Figure[]> {
  if (!mobileNet || !tiles) return [];
  const engine = startInspecting(root);
  try {
    const model = await teachMobileNet(engine, root);
    return await compare(engine, root, model, tileImages('test/good', judged));
  } finally {
    await engine.stop();
  }
}

async function compare(
  engine: EngineClient,
  root: string,
  model: BenchModel,
  images: readonly ImageSource[],
): Promise<Figure[]> {
  const line = await openBenchLine(root, engine, model);
  const { own, quickest, trial } = await openBare(model.path);
  const ownMs: number[] = [];
  const quickestMs: number[] = [];
  const whole: number[] = [];
  let lineMs = 0;
  try {
    await line.judgeAll(images.slice(0, 20));
    // In turn, so that a machine that slows down slows all.
    for (let round = 0; round < rounds; round++) {
      ownMs.push(...(await bareRuns(own, images.length)));
      quickestMs.push(...(await bareRuns(quickest, images.length)));
      for (const image of images) whole.push(await timed(() => line.judgeAll([image])));
      lineMs += await timed(() => line.judgeAll(images));
    }
  } finally {
    await line.close();
    for (const session of new Set([own, quickest])) await session.release();
  }
  const rate = (rounds * images.length * 1000) / lineMs;
  return [
    ...overBare("at onnxruntime's own settings", ownMs, whole, rate),
    ...overBare('at its quickest settings', quickestMs, whole, rate, trial),
  ];
}

/** @param rate parts/s that the line keeps up */
function overBare(
  settings: string,
  bare: readonly number[],
  whole: readonly number[],
  rate: number,
  note?: string,
): Figure[] {
  const bareMs = quantile(bare, 0.5);
  const bareRate = (bare.length * 1000) / bare.reduce((sum, ms) => sum + ms);
  return [
    { name: `bare run ${settings}, p50`, value: bareMs, unit: 'ms', ...(note ? { note } : {}) },
    {
      name: `whole verdict over bare ${settings}, p50`,
      value: quantile(whole, 0.5) / bareMs,
      unit: '×',
      goal: { below: 1.25 },
      note: `${quantile(whole, 0.5).toFixed(2)} ms, p95 ${quantile(whole, 0.95).toFixed(2)} ms`,
    },
    {
      name: `sustained throughput over bare ${settings}`,
      value: (100 * rate) / bareRate,
      unit: '%',
      goal: { atLeast: 85 },
      note: `${rate.toFixed(0)} against ${bareRate.toFixed(0)} parts/s`,
    },
  ];
}

interface Bare {
  /** As onnxruntime runs the graph when nothing is said. */
  readonly own: InferenceSession;
  /** May be the same. */
  readonly quickest: InferenceSession;
  /** What was tried, and how long it took. */
  readonly trial: string;
}

/**
 * The graph alone, in this process, as onnxruntime runs it by itself and as it runs it quickest here: by itself
 * it takes some virtual machines for a single core, and whether waiting threads should spin depends on the
 * machine, too.
 */
async function openBare(path: string): Promise<Bare> {
  const intraOpNumThreads = availableParallelism();
  const own = { session: await InferenceSession.create(path), name: 'its own' };
  const others: Record<string, Record<string, string>> = {
    'all cores': {},
    'all cores, short spin': { spin_duration_us: '20' },
    'all cores, no spin': { allow_spinning: '0' },
  };
  const opened = [own];
  for (const [name, intra_op] of Object.entries(others)) {
    const options = { intraOpNumThreads, extra: { session: { intra_op } } };
    opened.push({ session: await InferenceSession.create(path, options), name });
  }
  const tried: { session: InferenceSession; name: string; ms: number }[] = [];
  for (const { session, name } of opened) {
    await bareRuns(session, warmUpRuns);
    tried.push({ session, name, ms: quantile(await bareRuns(session, trialRuns), 0.5) });
  }
  const quickest = tried.toSorted((a, b) => a.ms - b.ms)[0]!;
  for (const { session } of tried) {
    if (session !== own.session && session !== quickest.session) await session.release();
  }
  const trial = tried.map(({ name, ms }) => `${name} ${ms.toFixed(2)} ms`).join(', ');
  return { own: own.session, quickest: quickest.session, trial: `${quickest.name}; tried: ${trial}` };
}

/** Milliseconds of each run, while the engine is idle. */
async function bareRuns(session: InferenceSession, count: number): Promise<number[]> {
  const [input] = session.inputMetadata;
  if (!input?.isTensor) throw new Error('the detector has no input tensor');
  const dims = input.shape.map((size) => (typeof size === 'number' ? size : 1));
  const data = new Float32Array(dims.reduce((product, size) => product * size, 1)).fill(0.1);
  const feeds = { [input.name]: new Tensor('float32', data, dims) };
  const times: number[] = [];
  for (let i = 0; i < count; i++) times.push(await timed(() => session.run(feeds)));
  return times;
}
