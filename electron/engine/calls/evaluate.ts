import { dirname } from 'node:path';
import type { output } from 'zod';
import type { EngineCalls, EngineReply } from '../../contract/engine.ts';
import type { Evaluation } from '../../../native-models/evaluate/evaluateDetector.ts';
import { calibrate, calibrationSides } from '../../../native-models/evaluate/calibrate.ts';
import { unmetLatency } from '../../../native-models/evaluate/ceilings.ts';
import { corruptionNames } from '../../../native-models/evaluate/disturbances.ts';
import { attackName, evaluateModel } from '../../../native-models/evaluate/evaluateModel.ts';
import { timeInference } from '../../../native-models/evaluate/inferenceTime.ts';
import type { ModelEvaluation } from '../../../native-models/evaluate/modelEvaluation.ts';
import { compareSiteCosts, siteCost, type SiteCost } from '../../../native-models/evaluate/siteCost.ts';
import { subjectOf } from '../../../native-models/evaluate/subject.ts';
import { readImageFile } from '../../../native-models/images/decode.ts';
import { siteProfile } from '../../../native-models/images/site/profile.ts';
import { loadModelFile } from '../../../native-models/onnx/files.ts';
import { seededRandom } from '../../../native-models/random.ts';
import { contractLimits } from '../contractCard.ts';
import { sessionOptions, type Engine } from '../engine.ts';
import { aboutModel, toFailure } from '../failure.ts';
import { fileImages } from '../fileImages.ts';
import { hashModel } from '../modelHash.ts';
import type { CallContext } from '../serve.ts';
import { trainingFacts } from '../trainingFacts.ts';

type EvaluateJob = output<EngineCalls['evaluate']['request']>;
type CompareCostsJob = output<EngineCalls['compareCosts']['request']>;

/**
 * Measures a model on labelled images, disturbed and attacked ones too, and what it would cost the line. Intervals of
 * rates hold for images that are independent of each other.
 * @throws {ModelError} as `evaluateModel` and `siteProfile`
 */
export async function evaluate(
  engine: Engine,
  job: EvaluateJob,
  { signal, progress }: CallContext,
): Promise<EngineReply<'evaluate'>> {
  const startMs = engine.clock.monotonicMs();
  const path = job.model;
  const site = siteProfile(job.site);
  const session = sessionOptions(engine.config);
  const sha256 = await hashModel(path);
  const training = await trainingFacts(job.run ?? dirname(path), sha256);
  const line = { site, costs: job.costs };
  const [measuredOn, calibration] = calibrationSides(job.images, job.calibrate, job.seed);
  const shared = {
    disturbances: site.flatMap(({ disturbance, weight }) => (disturbance && weight > 0 ? [disturbance] : [])),
    onProgress: (stage: string, done: number, total: number) => progress({ stage, done, total }),
    ...{ attacks: job.attacks, batch: job.batch, seed: job.seed, session, signal },
  };
  const { evaluation, calibrated, inference } = await aboutModel(path, async () => {
    const model = await loadModelFile(path);
    const chosen =
      job.calibrate > 0 ? await calibrate(model, { ...shared, images: fileImages(calibration) }, line) : null;
    const measured = await evaluateModel(model, {
      ...shared,
      images: fileImages(measuredOn),
      thresholds: chosen?.thresholds ?? job.thresholds ?? training?.thresholds ?? null,
      corruptions: job.corruptions === 'all' ? corruptionNames : job.corruptions,
    });
    const { picture } = await readImageFile(measured.images[0]!.name);
    const times = await timeInference(model, subjectOf(model).preprocess, picture, session);
    return { evaluation: measured, calibrated: chosen, inference: times };
  });
  const cost = siteCost(evaluation, line, resamplingOf(job));
  const seconds = (engine.clock.monotonicMs() - startMs) / 1000;
  return {
    ...{ model: path, sha256, seconds, training },
    ...{ inferenceMs: inference.medianMs, inferenceP99Ms: inference.p99Ms },
    cost: cost && costReply(cost),
    unmet: [...(cost?.unmet ?? []), ...unmetLatency(job.costs, inference.p99Ms)],
    ...toReply(evaluation, job, calibrated?.flops ?? 0),
    calibration: calibrated && {
      ...{ share: job.calibrate, images: calibrated.images, basis: calibrated.basis },
      unmet: [...calibrated.unmet],
    },
  };
}

/** @throws RangeError where the models were measured on different images, or not under the site's conditions */
export function compareCosts({
  first,
  second,
  site,
  costs,
  seed,
}: CompareCostsJob): EngineReply<'compareCosts'> {
  const line = { site: siteProfile(site), costs };
  const comparison = compareSiteCosts(first, second, line, resamplingOf({ seed }));
  return { comparison: comparison && { ...comparison } };
}

function resamplingOf({ seed }: { readonly seed: number }) {
  return { random: seededRandom(seed).fork('bootstrap') };
}

/** The evaluation in the words of the contract. */
function toReply(evaluation: ModelEvaluation, { attacks }: EvaluateJob, calibrationFlops: number) {
  const {
    clean,
    types,
    robust,
    images,
    unreadable,
    conditions,
    corruption,
    flops,
    flopsPerImage,
    ...figures
  } = evaluation;
  return {
    ...figures,
    labels: [...figures.labels],
    thresholds: contractLimits(figures.thresholds),
    clean: clean && verdictFigures(clean),
    types: types && {
      columns: [...types.columns],
      rows: types.rows.map((row) => ({ ...row, said: [...row.said] })),
    },
    corruption: Object.fromEntries(Object.entries(corruption).map(([name, rates]) => [name, [...rates]])),
    robust: robust.map(({ epsilon, brokenBy, accuracy, verdicts }) => {
      const name = attackName(attacks!, epsilon);
      return { name, epsilon, accuracy, verdicts, brokenBy: { ...brokenBy } };
    }),
    flags: figures.flags.map((flag) => ({ ...flag })),
    images: images.map(({ name, ...known }) => ({ path: name, ...known })),
    unreadable: unreadable.map(({ name, error, ...known }) => {
      return { path: name, ...known, error: toFailure(error) };
    }),
    conditions: conditions.map(({ scores, types: seen, isRight, ...condition }) => {
      const named = seen.some((type) => type !== null) ? { types: [...seen] } : {};
      return { ...condition, scores: [...scores], isRight: [...isRight], ...named };
    }),
    flops: flopsPerImage,
    evaluationFlops: flops + calibrationFlops,
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

function costReply({ byCondition, claims, unmet: _, ...cost }: SiteCost) {
  return { ...cost, byCondition: [...byCondition], claims: [...claims] };
}
