import type { output } from 'zod';
import type { EngineCalls, EngineReply } from '../../contract/engine.ts';
import type { Evaluation } from '../../../native-models/evaluate/evaluateDetector.ts';
import {
  attackName,
  corruptionNames,
  evaluateModel,
  type ModelEvaluation,
} from '../../../native-models/evaluate/evaluateModel.ts';
import { loadModelFile } from '../../../native-models/onnx/files.ts';
import { sessionOptions, type Engine } from '../engine.ts';
import { aboutModel, toFailure } from '../failure.ts';
import { fileImages } from '../fileImages.ts';
import { hashFile } from '../modelHash.ts';
import type { CallContext } from '../serve.ts';

type EvaluateJob = output<EngineCalls['evaluate']['request']>;

/**
 * Measures a model on labelled images, disturbed and attacked ones too. Intervals hold for images that are independent
 * of each other.
 * @throws {ModelError} as `evaluateModel`
 */
export async function evaluate(
  engine: Engine,
  job: EvaluateJob,
  { signal, progress }: CallContext,
): Promise<EngineReply<'evaluate'>> {
  const startMs = engine.clock.monotonicMs();
  const path = job.model;
  const evaluation = await aboutModel(path, async () =>
    evaluateModel(await loadModelFile(path), {
      images: fileImages(job.images),
      thresholds: job.thresholds,
      corruptions: job.corruptions === 'all' ? corruptionNames : job.corruptions,
      attacks: job.attacks,
      batch: job.batch,
      seed: job.seed,
      session: sessionOptions(engine.config),
      signal,
      onProgress: (stage, done, total) => progress({ stage, done, total }),
    }),
  );
  const seconds = (engine.clock.monotonicMs() - startMs) / 1000;
  return { model: path, sha256: await hashFile(path), seconds, ...toReply(evaluation, job) };
}

/** The evaluation in the words of the contract. */
function toReply(evaluation: ModelEvaluation, { attacks }: EvaluateJob) {
  const { clean, robust, images, unreadable, conditions, corruption, flops, flopsPerImage, ...figures } =
    evaluation;
  return {
    ...figures,
    labels: [...figures.labels],
    thresholds: { ...figures.thresholds },
    clean: clean && verdictFigures(clean),
    corruption: Object.fromEntries(Object.entries(corruption).map(([name, rates]) => [name, [...rates]])),
    robust: robust.map(({ epsilon, brokenBy, accuracy }) => {
      return { name: attackName(attacks!, epsilon), epsilon, accuracy, brokenBy: { ...brokenBy } };
    }),
    flags: figures.flags.map((flag) => ({ ...flag })),
    images: images.map(({ name, label }) => ({ path: name, label })),
    unreadable: unreadable.map(({ name, error }) => ({ path: name, error: toFailure(error) })),
    conditions: conditions.map(({ name, scores, isRight }) => {
      return { name, scores: [...scores], isRight: [...isRight] };
    }),
    flops: flopsPerImage,
    evaluationFlops: flops,
  };
}

function verdictFigures({ thresholds: _, byLabel, scores, ...figures }: Evaluation) {
  return {
    ...figures,
    byLabel: [...byLabel],
    scores: scores.map(({ name, error, ...scored }) => ({
      ...scored,
      path: name,
      error: error && toFailure(error),
    })),
  };
}
