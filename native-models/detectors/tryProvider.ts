import { compareScores, type Parity } from '../evaluate/parity.ts';
import type { Picture } from '../images/picture.ts';
import { quantile } from '../images/site/quantiles.ts';
import type { SessionOptions } from '../runtime/session.ts';
import { openDetector, type Detector } from './detector.ts';

/** What one execution provider is worth for one detector on this computer. Times are ms from picture to score. */
export interface ProviderTrial {
  /** Against the processor's scores of the same pictures. */
  readonly parity: Parity;
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** Loading the detector and its first run. */
  readonly openMs: number;
}

/** Runs before the clock counts: devices compile and lay out memory during the first ones. */
const warmUps = 3;
const fewestRuns = 20;
/** Slow providers are not waited for any longer: their median is known after a few runs. */
const longestMs = 4_000;

/**
 * Judges the same pictures on a provider and on the processor: whether the scores agree, and how long it takes.
 * @param pictures at least one
 * @throws ModelError as `openDetector`, and `outputNotFinite` where the provider gives no number
 */
export async function tryProvider(
  path: string,
  pictures: readonly Picture[],
  options: SessionOptions,
): Promise<ProviderTrial> {
  const processor = await openDetector(path, { ...options, provider: 'cpu' });
  const reference = await scoresOf(processor, pictures).finally(() => processor.close());
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
