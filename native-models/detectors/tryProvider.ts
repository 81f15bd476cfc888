import { ModelError } from '../errors.ts';
import { compareScores, type Parity } from '../evaluate/parity.ts';
import type { Picture } from '../images/picture.ts';
import { quantile } from '../images/site/quantiles.ts';
import type { SessionOptions } from '../runtime/session.ts';
import { timeBatch, type BatchTime } from './batchTime.ts';
import { openDetector, type Detector, type DetectorOptions } from './detector.ts';

/**
 * What one execution provider is worth for one detector on this computer. Times are ms from picture to score, in single
 * precision.
 */
export interface ProviderTrial {
  /** Against the processor's scores of the same pictures. */
  readonly parity: Parity;
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** Loading the detector and its first run. */
  readonly openMs: number;
  /** What half precision came to; null on the processor, which does not compute in it, and on a device that is far slower. */
  readonly half: HalfPrecision | null;
  /** Several pictures in one run; null where the network takes one at a time or fails at more, or the device is far slower. */
  readonly batch: BatchTime | null;
  /** By how much the process grew, in bytes. What a device holds in memory of its own is not in it. */
  readonly grownBytes: number;
}

/** Without `parity` the device cannot run it, for the `reason`. */
export type HalfPrecision =
  { readonly parity: Parity; readonly p50Ms: number } | { readonly parity: null; readonly reason: string };

type Measured = Omit<ProviderTrial, 'half' | 'batch' | 'grownBytes'>;

/** Runs before the clock counts: devices compile and lay out memory during the first ones. */
const warmUps = 3;
const fewestRuns = 20;
/** Slow providers are not waited for any longer: their median is known after a few runs. */
const longestMs = 4_000;
/** So many times slower than the processor, half precision and batches would not bring a device in front. */
const hopeless = 3;

/**
 * Judges the same pictures on a provider and on the processor: whether the scores agree, and how long it takes; on a device
 * in half precision too.
 * @param pictures at least one
 * @throws ModelError as `openDetector`, and `outputNotFinite` where the provider gives no number
 */
export async function tryProvider(
  path: string,
  pictures: readonly Picture[],
  options: SessionOptions,
): Promise<ProviderTrial> {
  const before = process.memoryUsage.rss();
  const processor = await openDetector(path, { ...options, provider: 'cpu' });
  const { preprocess } = processor.card;
  const start = performance.now();
  const reference = await scoresOf(processor, pictures).finally(() => processor.close());
  const processorMs = (performance.now() - start) / pictures.length;
  const single = await measure(path, pictures, reference, options);
  const grownBytes = Math.max(0, process.memoryUsage.rss() - before);
  const isDevice = (options.provider ?? 'cpu') !== 'cpu';
  const isHopeless = single.p50Ms > hopeless * processorMs;
  const half = isDevice && !isHopeless ? await measureHalf(path, pictures, reference, options) : null;
  // What is judged one by one need not stand several at once.
  const batch = isHopeless ? null : await timeBatch(path, preprocess, pictures, options).catch(() => null);
  return { ...single, half, batch, grownBytes };
}

async function measureHalf(
  path: string,
  pictures: readonly Picture[],
  reference: readonly number[],
  options: SessionOptions,
): Promise<HalfPrecision> {
  try {
    const { parity, p50Ms } = await measure(path, pictures, reference, { ...options, precision: 'half' });
    return { parity, p50Ms };
  } catch (thrown) {
    if (!(thrown instanceof ModelError)) throw thrown;
    return { parity: null, reason: String(thrown.params['reason'] ?? thrown.kind) };
  }
}

async function measure(
  path: string,
  pictures: readonly Picture[],
  reference: readonly number[],
  options: DetectorOptions,
): Promise<Measured> {
  const start = performance.now();
  const detector = await openDetector(path, options);
  const openMs = performance.now() - start;
  try {
    const { thresholds } = detector.card;
    const parity = compareScores(reference, await scoresOf(detector, pictures), thresholds);
    const times = await timesOf(detector, pictures);
    return { parity, p50Ms: quantile(times, 0.5), p95Ms: quantile(times, 0.95), openMs };
  } finally {
    await detector.close();
  }
}

async function scoresOf(detector: Detector, pictures: readonly Picture[]): Promise<number[]> {
  const scores: number[] = [];
  for (const picture of pictures) scores.push((await detector.judge(picture, 'asTaken')).score);
  return scores;
}

async function timesOf(detector: Detector, pictures: readonly Picture[]): Promise<number[]> {
  const times: number[] = [];
  const start = performance.now();
  for (let run = 0; run < warmUps + fewestRuns; run++) {
    const before = performance.now();
    await detector.judge(pictures[run % pictures.length]!, 'asTaken');
    const after = performance.now();
    if (run >= warmUps) times.push(after - before);
    if (times.length > 0 && after - start > longestMs) break;
  }
  return times;
}
