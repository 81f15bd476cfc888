import { readCard, withCard } from '../../detectors/card.ts';
import type { Limits } from '../../detectors/verdict.ts';
import { excessOf } from '../../evaluate/ceilings.ts';
import type { Preprocess } from '../../images/preprocess.ts';
import type { Model } from '../../onnx/ir.ts';
import { changedTensors } from '../../patches/layerPatch.ts';
import type { SelectedSamples } from '../../selection/samples.ts';
import { readParameters, type Parameters } from '../parameters.ts';
import { trainClassifier } from '../trainer.ts';
import type { Trained, TrainerOptions, Validated } from '../trainerOptions.ts';
import { tunedFormulations, type Tuning } from '../tuning.ts';
import { validatedOf, type Breach, type KpiFigures } from './kpiFigures.ts';
import type { KpiValidation } from './kpiValidation.ts';
import { blameFrom } from './blame.ts';
import { openObjective } from './openObjective.ts';
import { relearnMemory } from './relearnMemory.ts';
import { RobustCurriculum } from './robustCurriculum.ts';
import type { RobustSample } from './robustSource.ts';
import { isAttack, isMemory, type FineTuneOptions } from './settings.ts';
import { MeasuredReading } from './measuredReading.ts';
import { curriculumBase, labelOf, type PreparedFineTune, type Reading } from './prepareFineTune.ts';
import { mixtures, validationParts } from './validationParts.ts';

export interface FineTuned extends Trained {
  /** The model given, with what was trained in its initializers and its thresholds chosen anew. */
  readonly model: Model;
  /** The model given, on the test side: as it is in use, see `FineTuneOptions`; null where there is no test side. */
  readonly before: KpiFigures | null;
  /** The same at thresholds from the calibration side; null also where `before` is measured at such ones. */
  readonly rethresholded: KpiFigures | null;
  /** What was made, on the test side, at thresholds from the calibration side. */
  readonly after: KpiFigures | null;
  readonly thresholds: Limits | null;
  /** How the model made evens out the light, where the model given does not do so; null = both read pictures alike. */
  readonly normalise: Preprocess['normalise'] | null;
  /** Why the model made must not be taken without a reason; empty = it keeps every ceiling and lets no more pass than the model given. */
  readonly breaches: readonly Breach[];
}

/** How a fine-tuning is carried out, which decides nothing of its outcome. */
export type FineTuneRun = Pick<TrainerOptions, 'checkpoints' | 'resumeFrom' | 'turn' | 'onProgress'> & {
  /** Told the figures of the model given, measured as those of each epoch are. */
  readonly onStart?: (figures: Validated) => void;
  /** Told the samples of each epoch that chooses some. @param epoch from 0 */
  readonly onSelected?: (epoch: number, selected: SelectedSamples) => Promise<void>;
  /** Absent = gradients in their usual formulations. */
  readonly tuning?: Tuning;
};

/**
 * Trains what was prepared, keeps the weights of lowest expected cost, and measures them and the model given on the test
 * side.
 * @throws ModelError as `trainClassifier`
 */
export async function fineTune(
  prepared: PreparedFineTune,
  options: FineTuneOptions,
  run: FineTuneRun,
): Promise<FineTuned> {
  const { samples, sides, pictures, random, otherReadings } = prepared.inner;
  const { settings, session, signal } = options;
  const { onStart } = run;
  const own: Reading = { model: options.model, subject: prepared.subject, ...prepared.inner };
  const measured = [own, ...otherReadings].map((reading) => new MeasuredReading(reading, prepared, options));
  const [asGiven] = measured as [MeasuredReading];
  const withMemory = isMemory(settings);
  try {
    const validationOf = (each: MeasuredReading) =>
      each.kpi(validationParts(each.reading.subject, sides, settings.seed));
    const validation = validationOf(asGiven);
    const start = readParameters(own.adaptation.model, own.adaptation.parameters);
    const inUse = options.inUse ?? (readCard(options.model) ? own.subject.limits : null);
    const { given } = await validation.measureGiven(start, inUse);
    onStart?.(validatedOf(given));
    // Of rounds of this stretch.
    const judgements = new Map<number, Judgement>();
    let round = (!withMemory && run.resumeFrom?.epoch) || 0;
    const validateBy = (kpi: KpiValidation) => async (parameters: Parameters) => {
      const figures = await kpi.measure(parameters, { against: given });
      const { thresholds, breaches } = figures;
      round += 1;
      judgements.set(round, { thresholds, breaches });
      return validatedOf(figures);
    };
    const trained = withMemory
      ? await relearnMemory({
          ...{ samples, pictures, settings, session, random: random.fork('memory') },
          ways: measured.map((each) => ({
            attacked: each.reading.attacked,
            validate: validateBy(validationOf(each)),
          })),
          ...(signal ? { signal } : {}),
          ...(run.turn ? { turn: run.turn } : {}),
          ...(run.onProgress ? { onProgress: run.onProgress } : {}),
        })
      : { ...(await descend(prepared, options, run, asGiven, validateBy(validation))), way: 0 };
    const made = measured[trained.way]!;
    const recovered =
      settings.layers === 'recover-clean' && !withMemory
        ? await interpolated(start, trained.best.parameters, validation, given)
        : { ...trained.best, judgement: judgements.get(trained.best.epoch), flops: 0 };
    const best = recovered.parameters;
    const testOf = (each: MeasuredReading) =>
      sides.test.length > 0 ? each.kpi(sides.test, settings.testAttack || isAttack(settings)) : null;
    options.onProgress?.('test', 0, 2);
    const { given: before = null, rethresholded = null } =
      (await testOf(asGiven)?.measureGiven(start, inUse, true)) ?? {};
    options.onProgress?.('test', 1, 2);
    const after = (await testOf(made)?.measure(best, { isFinal: true, against: before })) ?? null;
    options.onProgress?.('test', 2, 2);
    const last = after ?? recovered.judgement ?? (await validationOf(made).measure(best, { against: given }));
    const { thresholds, breaches } = last;
    // What stands in for defects in validation is no part of the line.
    const known = after ? breaches : breaches.filter(({ on }) => on === 'calibration');
    const model = exported(made.reading, best, thresholds);
    const flops = trained.flops + given.flops + recovered.flops;
    const normalise = made === asGiven ? null : made.reading.subject.preprocess.normalise;
    const figures = { before, rethresholded, after, thresholds, breaches: known };
    return { ...trained, ...figures, normalise, flops, model };
  } finally {
    for (const each of measured) await each.close();
  }
}

/** Trains by gradient descent. @param validate measures weights after each epoch */
async function descend(
  { subject, inner }: PreparedFineTune,
  options: FineTuneOptions,
  { onSelected, tuning, onStart: _, ...stretch }: FineTuneRun,
  { freed, victim, batch }: MeasuredReading,
  validate: (parameters: Parameters) => Promise<Validated>,
): Promise<Trained> {
  const { attacked, adaptation, samples, random, weights } = inner;
  const { settings, session, signal } = options;
  const opened = await openObjective(freed, inner, options);
  try {
    let blame = blameFrom(settings.reweigh ? stretch.resumeFrom?.history.at(-1)?.figures : {});
    opened.blame(blame);
    const curriculum = new RobustCurriculum({
      ...curriculumBase(settings, samples),
      ...{ victim, input: attacked.input, batch, signal },
      pinned: pinnedOf(samples, options.corrected),
      source: opened.site,
      random: random.fork('selection'),
      weightOf: (index) => blame.labels[labelOf(samples[index]!)] ?? 1,
      ...(onSelected ? { onSelected } : {}),
      onProgress: (done, total) => options.onProgress?.('select', done, total),
    });
    const labels = samples.map(({ label }) => label);
    const nameOf = (index: number) => samples[index]?.image.name ?? '';
    const set = { source: opened.source, labels, weights, nameOf };
    const training: TrainerOptions = {
      ...stretch,
      ...{ model: opened.model, logits: opened.output, labels: subject.labels },
      ...{ parameters: adaptation.parameters, train: set, validation: set, curriculum, session },
      settings: settings.trainer,
      objective: opened.objective,
      validate: async (parameters) => {
        const validated = await validate(parameters);
        if (settings.reweigh) opened.blame((blame = blameFrom(validated.figures)));
        return validated;
      },
      random: random.fork('training'),
      ...(signal ? { signal } : {}),
    };
    const formulations = tuning && (await tunedFormulations(training, tuning));
    return await trainClassifier(formulations ? { ...training, formulations } : training);
  } finally {
    await opened.dispose();
  }
}

/** What is kept of the figures of weights that may turn out to be the best. */
type Judgement = Pick<KpiFigures, 'thresholds' | 'breaches'>;

function pinnedOf(samples: readonly RobustSample[], corrected: ReadonlySet<string>): ReadonlySet<number> {
  return new Set(samples.flatMap(({ image }, index) => (corrected.has(image.name) ? [index] : [])));
}

/** αθ_FT + (1−α)θ_0 of lowest cost, ceilings first (RiFT, arXiv 2308.02533, section 4.3). */
async function interpolated(
  start: Parameters,
  end: Parameters,
  validation: KpiValidation,
  given: KpiFigures,
): Promise<{ readonly parameters: Parameters; readonly judgement: Judgement; readonly flops: number }> {
  let best: {
    readonly excess: number;
    readonly judgement: KpiFigures;
    readonly parameters: Parameters;
  } | null = null;
  let flops = 0;
  for (const share of mixtures) {
    const parameters = new Map(
      [...end].map(([name, values]) => {
        const from = start.get(name)!;
        return [name, values.map((value, i) => share * value + (1 - share) * from[i]!)];
      }),
    );
    const measured = await validation.measure(parameters, { against: given });
    flops += measured.flops;
    const excess = excessOf(measured.breaches);
    const isBetter =
      !best || (excess === best.excess ? measured.cost < best.judgement.cost : excess < best.excess);
    if (isBetter) best = { excess, judgement: measured, parameters };
  }
  return { ...best!, flops };
}

/**
 * The user's graph, whole, with the trained values under the same names, and its card's thresholds. Only what training
 * changed is taken over: what is attacked is a part of the graph, and constants put into it may be named as others in
 * the rest are.
 */
function exported({ model, attacked, adaptation }: Reading, best: Parameters, limits: Limits | null): Model {
  const trained = changedTensors(attacked.model, adaptation.merge(best));
  const initializers = new Map([...model.graph.initializers, ...trained]);
  const changed = { ...model, graph: { ...model.graph, initializers } };
  const card = readCard(changed);
  if (!card || !limits) return changed;
  const { review, ng, byType } = limits;
  const { classes } = card;
  return withCard(changed, {
    ...card,
    thresholds: { review, ng },
    // Those that types had were of other scores.
    ...(classes ? { classes: { ...classes, thresholdsByLabel: { ...byType } } } : {}),
  });
}
