import type { output } from 'zod';
import type { EngineCalls, EngineReply } from '../../contract/engine.ts';
import { openDetector } from '../../../native-models/detectors/detector.ts';
import { describeNetwork } from '../../../native-models/detectors/describe.ts';
import { evaluateDetector, type Evaluation } from '../../../native-models/evaluate/evaluateDetector.ts';
import { readImageFile } from '../../../native-models/images/decode.ts';
import { sessionOptions, type Engine } from '../engine.ts';
import { aboutModel, toFailure } from '../failure.ts';
import { hashFile } from '../modelHash.ts';
import type { CallContext } from '../serve.ts';

type EvaluateJob = output<EngineCalls['evaluate']['request']>;

/**
 * Judges labelled images and compares. Intervals hold for images that are independent of each other.
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
  const images = job.images.map(({ path: name, label }) => ({
    name,
    label,
    load: async () => (await readImageFile(name)).picture,
  }));
  const evaluation = await aboutModel(path, async () => {
    const detector = await openDetector(path, sessionOptions(engine.config));
    const { signal } = context;
    const onProgress = (done: number, total: number) => context.progress({ stage: 'evaluate', done, total });
    return evaluateDetector(detector, { images, thresholds: job.thresholds, signal, onProgress }).finally(
      () => detector.close(),
    );
  });
  const seconds = (engine.clock.monotonicMs() - startMs) / 1000;
  return { model: path, sha256, flops, seconds, ...toReply(evaluation) };
}

/** The evaluation in the words of the contract. */
function toReply({ thresholds, byLabel, scores, ...figures }: Evaluation) {
  return {
    ...figures,
    thresholds: { ...thresholds },
    byLabel: [...byLabel],
    scores: scores.map(({ name, error, ...scored }) => ({
      ...scored,
      path: name,
      error: error && toFailure(error),
    })),
  };
}
