import type { EngineCalls, EngineReply, LabelledImage } from '../../contract/engine.ts';
import { KenroError } from '../../contract/errors.ts';
import { decide } from '../../contract/verdict.ts';
import type { Thresholds, Verdict } from '../../contract/verdict.ts';
import type { output } from 'zod';
import { describeNetwork } from '../../../native-models/detectors/describe.ts';
import { auroc } from '../../../native-models/evaluate/auroc.ts';
import { wilsonRate } from '../../../native-models/evaluate/rates.ts';
import { readImageFile } from '../../../native-models/images/decode.ts';
import type { Detector } from '../../../native-models/detectors/detector.ts';
import { hashFile } from '../detectorCache.ts';
import type { Engine } from '../engine.ts';
import { aboutModel, toFailure } from '../failure.ts';
import type { CallContext } from '../serve.ts';

type EvaluateJob = output<EngineCalls['evaluate']['request']>;
type Scored = EngineReply<'evaluate'>['scores'][number];

/**
 * Judges labelled images and compares. What cannot be judged is a review, and so never right. Intervals hold
 * for images that are independent of each other.
 * @throws {ModelError} what opening the detector throws; `cancelled`
 */
export async function evaluate(
  engine: Engine,
  job: EvaluateJob,
  context: CallContext,
): Promise<EngineReply<'evaluate'>> {
  const startMs = engine.clock.monotonicMs();
  const path = job.model;
  const { sha256, flops } = await aboutModel(path, async () => ({
    sha256: await hashFile(path),
    flops: (await describeNetwork(path)).flops,
  }));
  const { thresholds, scores } = await aboutModel(path, () =>
    engine.detectors.use({ path, sha256 }, async (detector) => {
      const chosen = job.thresholds ?? { ...detector.card.thresholds };
      return { thresholds: chosen, scores: await scoreAll(detector, chosen, job.images, context) };
    }),
  );
  return {
    model: path,
    sha256,
    thresholds,
    ...summary(scores),
    flops,
    scores,
    seconds: (engine.clock.monotonicMs() - startMs) / 1000,
  };
}

async function scoreAll(
  detector: Detector,
  thresholds: Thresholds,
  images: readonly LabelledImage[],
  { signal, progress }: CallContext,
): Promise<Scored[]> {
  const scores: Scored[] = [];
  let next = read(images[0]);
  for (const [at, { path, label }] of images.entries()) {
    if (signal.aborted) throw new KenroError('cancelled');
    const image = next;
    // Read and decoded while the network looks at this one.
    next = read(images[at + 1]);
    const judged = await scoreOne(detector, thresholds, image).catch((thrown: unknown) => ({
      score: null,
      verdict: 'REVIEW' as const,
      error: toFailure(thrown),
    }));
    scores.push({ path, label, ...judged });
    progress({ stage: 'evaluate', done: at + 1, total: images.length });
  }
  return scores;
}

function read(image: LabelledImage | undefined): ReturnType<typeof readImageFile> | null {
  if (!image) return null;
  const file = readImageFile(image.path);
  // A failure is dealt with when it is this image's turn.
  file.catch(() => undefined);
  return file;
}

async function scoreOne(
  detector: Detector,
  thresholds: Thresholds,
  image: ReturnType<typeof read>,
): Promise<{ score: number; verdict: Verdict; error: null }> {
  if (!image) throw new KenroError('badRequest');
  const { score } = await detector.judge((await image).picture);
  return { score, verdict: decide(score, thresholds), error: null };
}

/** Rates and areas under the curve of judged images. */
export function summary(scores: readonly Scored[]) {
  const good = scores.filter(({ label }) => label === 'ok');
  const defective = scores.filter(({ label }) => label !== 'ok');
  const labels = [...new Set(defective.map(({ label }) => label))].sort();
  const right = ({ label, verdict }: Scored) => verdict === (label === 'ok' ? 'OK' : 'NG');
  return {
    accuracy: rate(scores, right),
    auroc: area(good, defective),
    falseAlarms: rate(good, ({ verdict }) => verdict === 'NG'),
    escapes: rate(defective, ({ verdict }) => verdict === 'OK'),
    reviews: rate(scores, ({ verdict }) => verdict === 'REVIEW'),
    byLabel: labels.flatMap((label) => {
      const those = defective.filter((scored) => scored.label === label);
      // A review is a part that a human looks at: it does not escape.
      const detected = rate(those, ({ verdict }) => verdict !== 'OK');
      return detected
        ? [{ label, images: those.length, auroc: area(good, those)?.value ?? null, detected }]
        : [];
    }),
  };
}

function rate(scores: readonly Scored[], hit: (scored: Scored) => boolean) {
  const found = wilsonRate(scores.filter(hit).length, scores.length);
  return found && { ...found, interval: [...found.interval] as [number, number] };
}

function area(good: readonly Scored[], defective: readonly Scored[]) {
  const found = auroc(numbers(good), numbers(defective));
  return found && { value: found.value, interval: [...found.interval] as [number, number] };
}

function numbers(scores: readonly Scored[]): number[] {
  return scores.flatMap(({ score }) => (score === null ? [] : [score]));
}
