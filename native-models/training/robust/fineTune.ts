import type { AttackedModel } from '../../attacks/victim.ts';
import { Victim } from '../../attacks/victim.ts';
import type { Skipped } from '../../detectors/teach.ts';
import { readCard, withCard, type Thresholds } from '../../detectors/card.ts';
import { ModelError } from '../../errors.ts';
import { goodLabel } from '../../evaluate/evaluateDetector.ts';
import { subjectOf, type Subject } from '../../evaluate/subject.ts';
import type { Model } from '../../onnx/ir.ts';
import { changedTensors } from '../../patches/layerPatch.ts';
import { seededRandom, type Random } from '../../random.ts';
import type { LayerScore } from '../../selection/layers.ts';
import type { SelectedSamples } from '../../selection/samples.ts';
import { adaptModel, type Adaptation } from '../adaptation.ts';
import { stretchesOf } from '../batches.ts';
import { parseLayerPolicy } from '../layers/policy.ts';
import { readParameters, type Parameters } from '../parameters.ts';
import { stratifiedSplit } from '../split.ts';
import { trainClassifier } from '../trainer.ts';
import type { Trained, TrainerOptions, Validated } from '../trainerOptions.ts';
import { heldBack, surveyImages, type SplitImages, type SurveyedImage } from '../trainingImages.ts';
import { KpiValidation, type KpiFigures } from './kpiValidation.ts';
import { blameFrom } from './blame.ts';
import { estimateCosts } from './estimateCosts.ts';
import { layersByScore, scoreLayers, type ScoredLayers } from './layerPlan.ts';
import { openObjective, siteDisturbance } from './openObjective.ts';
import { chosenCount, RobustCurriculum } from './robustCurriculum.ts';
import {
  PictureCache,
  robustSource,
  syntheticLabel,
  syntheticPart,
  type RobustSample,
} from './robustSource.ts';
import { costWeights } from './sampleWeights.ts';
import type { FineTuneOptions, FineTuneSettings } from './settings.ts';

/** What will be trained, before any compute is spent on training. */
export interface FineTunePlan {
  /** Every module with what it was judged by, in the order of the graph. */
  readonly layers: readonly (LayerScore & { readonly isChosen: boolean })[];
  /** Elements that train. */
  readonly parameters: number;
  /** Samples in the first epoch, and in those after the warm-up. */
  readonly samples: { readonly all: number; readonly chosen: number };
  /** FLOPs of one image: forward, this plan's step, and a step that trains everything. */
  readonly flops: { readonly forward: number; readonly step: number; readonly whole: number };
  readonly images: {
    readonly train: number;
    readonly validation: number;
    readonly calibration: number;
    readonly test: number;
  };
}

export interface PreparedFineTune {
  readonly plan: FineTunePlan;
  readonly subject: Subject;
  readonly labels: readonly string[];
  readonly skipped: readonly Skipped[];
  /** Estimates for so many epochs, beside a training that attacks every sample with PGD-10 and trains everything. */
  readonly costs: (epochs: number) => {
    readonly flops: number;
    readonly wholeFlops: number;
    readonly seconds: number;
  };
  /** Of the images; see `Survey`. */
  readonly snapshot: string;
  /** Everything the training needs; not for others. */
  readonly inner: Inner;
}

interface Inner {
  readonly attacked: AttackedModel;
  readonly adaptation: Adaptation;
  readonly samples: readonly RobustSample[];
  readonly weights: readonly number[];
  readonly sides: Sides;
  readonly pictures: PictureCache;
  readonly random: Random;
}

interface Sides extends SplitImages {
  readonly calibration: readonly SurveyedImage[];
}

/** Samples behind the scores of layers. */
const evidenceSamples = 64;

/**
 * Reads the images, deals them to their sides, scores the layers and says what will be trained. Nothing is chosen by
 * the test side.
 * @throws ModelError `modelUnreadable` for a model without a card, `labelOutOfRange`, `tooFewImages`, `badRequest` where
 *   nothing is left to train, and as `adaptModel`
 */
export async function prepareFineTune(options: FineTuneOptions): Promise<PreparedFineTune> {
  const { model, settings, signal, session } = options;
  const subject = subjectOf(model);
  options.images.forEach((image) => subject.classOf(image));
  const { images, skipped, snapshot } = await surveyImages(options.images, {
    signal,
    onProgress: (done, total) => options.onProgress?.('read', done, total),
  });
  const random = seededRandom(settings.seed);
  const channels = images.every((image) => image.channels === 1) ? 1 : 3;
  const attacked = subject.attacked(channels);
  const sides = dealt(images, settings.shares, random.fork('split'));
  const samples = samplesOf(subject, sides.train);
  const pictures = new PictureCache(options.cacheBytes);

  const outputs = subject.features ?? [attacked.logits];
  const evidence = await evidenceOf(samples, attacked, pictures, settings, random.fork('evidence'));
  options.onProgress?.('plan', 0, 1);
  const scored = await scoreLayers({
    ...{ model: attacked.model, input: attacked.input, logits: attacked.logits, classes: attacked.classes },
    ...{ outputs, session, parts: evidence },
  });
  const adaptation = adapt(attacked.model, outputs, scored, settings, random.fork('layers'));
  const trained = readParameters(adaptation.model, adaptation.parameters);
  const chosen = new Set(adaptation.changes);
  const layers = scored.scores.map((score) => {
    return { ...score, isChosen: score.parameters.some((name) => chosen.has(name)) };
  });
  options.onProgress?.('plan', 1, 1);
  const labels = samples.map((sample) => labelOf(sample));
  const flops = {
    forward: scored.forwardFlops,
    step: scored.adaptedFlops(adaptation),
    whole: scored.wholeFlops,
  };
  const counted = { all: samples.length, chosen: chosenCount(curriculumBase(settings, samples)) };
  return {
    subject,
    labels: subject.labels,
    skipped,
    snapshot,
    costs: (epochs) =>
      estimateCosts(settings, epochs, { flops, samples: counted, flopsPerSecond: scored.flopsPerSecond }),
    plan: {
      layers,
      parameters: [...trained.values()].reduce((sum, { length }) => sum + length, 0),
      samples: counted,
      flops,
      images: {
        train: sides.train.length,
        validation: sides.validation.length,
        calibration: sides.calibration.length,
        test: sides.test.length,
      },
    },
    inner: {
      ...{ attacked, adaptation, samples, sides, pictures, random },
      weights: costWeights(labels, settings.costs).map((weight, at) => weight * samples[at]!.image.weight),
    },
  };
}

export interface FineTuned extends Trained {
  /** The model given, with what was trained in its initializers and its thresholds chosen anew. */
  readonly model: Model;
  /** On the test side, thresholds from the calibration side for each; null where there is no test side. */
  readonly before: KpiFigures | null;
  readonly after: KpiFigures | null;
  readonly thresholds: Thresholds | null;
  /** Samples of each selection, by epoch. */
  readonly selections: readonly { readonly epoch: number; readonly selected: SelectedSamples }[];
}

/**
 * Trains what was prepared, keeps the weights of lowest expected cost, and measures them and the model given on the test
 * side.
 * @throws ModelError as `trainClassifier`
 */
export async function fineTune(
  prepared: PreparedFineTune,
  options: FineTuneOptions,
  run: Pick<TrainerOptions, 'checkpoints' | 'resumeFrom' | 'turn' | 'onProgress'> & {
    /** Told the figures of the model given, measured as those of each epoch are. */
    readonly onStart?: (figures: Validated) => void;
  },
): Promise<FineTuned> {
  const { subject } = prepared;
  const { attacked, adaptation, samples, sides, pictures, random, weights } = prepared.inner;
  const { settings, session, signal } = options;
  const { onStart, ...stretch } = run;
  const freed: AttackedModel = { ...attacked, model: adaptation.model, parameters: adaptation.parameters };
  const victim = new Victim(freed, session);
  const batch = settings.trainer.microBatch ?? settings.trainer.batch;
  const kpi = (validation: readonly SurveyedImage[], underAttack = isAttack(settings)) =>
    new KpiValidation({
      ...{ subject, victim, pictures, validation, settings, batch, signal, underAttack },
      calibration: sides.calibration,
    });
  const selections: { epoch: number; selected: SelectedSamples }[] = [];
  const opened = await openObjective(freed, prepared.inner, options);
  try {
    const validation = kpi(validationOf(subject, sides, settings.seed));
    const start = readParameters(adaptation.model, adaptation.parameters);
    const given = await validation.validate(start);
    onStart?.(given);
    let blame = blameFrom(settings.reweigh ? run.resumeFrom?.history.at(-1)?.figures : {});
    opened.blame(blame);
    const curriculum = new RobustCurriculum({
      ...curriculumBase(settings, samples),
      ...{ victim, input: attacked.input, batch, signal },
      pinned: pinnedOf(samples, options.corrected),
      source: opened.site,
      random: random.fork('selection'),
      weightOf: (index) => blame.labels[labelOf(samples[index]!)] ?? 1,
      onSelected: async (epoch, selected) => void selections.push({ epoch, selected }),
      onProgress: (done, total) => options.onProgress?.('select', done, total),
    });
    const labels = samples.map(({ label }) => label);
    const nameOf = (index: number) => samples[index]?.image.name ?? '';
    const set = { source: opened.source, labels, weights, nameOf };
    const trained = await trainClassifier({
      ...stretch,
      ...{ model: opened.model, logits: attacked.logits, labels: subject.labels },
      ...{ parameters: adaptation.parameters, train: set, validation: set, curriculum, session },
      settings: settings.trainer,
      objective: opened.objective,
      validate: async (parameters) => {
        const validated = await validation.validate(parameters);
        if (settings.reweigh) opened.blame((blame = blameFrom(validated.figures)));
        return validated;
      },
      random: random.fork('training'),
      ...(signal ? { signal } : {}),
    });
    const best =
      settings.layers === 'recover-clean'
        ? await interpolated(start, trained.best.parameters, validation)
        : trained.best.parameters;
    const attackTest = settings.testAttack || isAttack(settings);
    const test = sides.test.length > 0 ? kpi(sides.test, attackTest) : null;
    options.onProgress?.('test', 0, 2);
    const before = test && (await test.measure(start, true));
    options.onProgress?.('test', 1, 2);
    const after = test && (await test.measure(best, true));
    options.onProgress?.('test', 2, 2);
    const thresholds = after?.thresholds ?? (await validation.measure(best)).thresholds;
    const model = exported(options.model, attacked.model, adaptation, best, thresholds);
    const flops = trained.flops + (given.flops ?? 0);
    return { ...trained, flops, model, before, after, thresholds, selections };
  } finally {
    await opened.dispose();
    await victim.close();
  }
}

/** Whether images are attacked in training, and therefore in validation too. */
function isAttack({ objective }: FineTuneSettings): boolean {
  return ['pgd', 'trades', 'fast', 'free', 'features'].includes(objective);
}

/** A detector learns from good parts and from what is put on them; whatever defects there are come on top. */
function samplesOf(subject: Subject, images: readonly SurveyedImage[]): RobustSample[] {
  const real = images.map((image) => ({ image, label: subject.classOf(image), isSynthetic: false }));
  if (subject.kind === 'classifier') return real;
  const ng = subject.labels.indexOf('ng');
  const good = images.filter(({ label }) => label === goodLabel);
  return [...real, ...good.map((image) => ({ image, label: ng, isSynthetic: true }))];
}

function labelOf({ image, isSynthetic }: RobustSample): string {
  return isSynthetic ? syntheticLabel : image.label;
}

/**
 * What epochs are compared on. Good parts alone would favour a detector that finds nothing any more, so that where
 * there are no defects, synthetic ones stand in for them; thresholds and reported figures know only real parts.
 */
function validationOf(subject: Subject, { validation }: Sides, seed: number): readonly SurveyedImage[] {
  const isOneSided = validation.every(({ label }) => label === goodLabel);
  return subject.kind === 'anomaly' && isOneSided
    ? [...validation, ...validation.map((image) => syntheticPart(image, seed))]
    : validation;
}

function pinnedOf(samples: readonly RobustSample[], corrected: ReadonlySet<string>): ReadonlySet<number> {
  return new Set(samples.flatMap(({ image }, index) => (corrected.has(image.name) ? [index] : [])));
}

function dealt(images: readonly SurveyedImage[], shares: FineTuneSettings['shares'], random: Random): Sides {
  const { train: rest, validation, test } = heldBack(images, shares, random);
  const [train, calibration] = stratifiedSplit(
    rest,
    shares.calibration / (1 - shares.validation),
    random.fork('calibration'),
  );
  if (train.length === 0)
    throw new ModelError('tooFewImages', { found: rest.length + validation.length, needed: 2 });
  // With next to nothing to hold back, training images validate, as in `splitImages`.
  return { train, validation: validation.length > 0 ? validation : train, calibration, test };
}

function curriculumBase(settings: FineTuneSettings, samples: readonly RobustSample[]) {
  const { samples: policy, fraction, warmUpEpochs, reselectEvery } = settings;
  const labels = samples.map(({ label }) => label);
  return { policy, fraction, warmUpEpochs, reselectEvery, labels };
}

/** Some samples as the site would show them. */
async function evidenceOf(
  samples: readonly RobustSample[],
  attacked: AttackedModel,
  pictures: PictureCache,
  settings: FineTuneSettings,
  random: Random,
) {
  const { seed } = settings;
  const source = robustSource(samples, pictures, {
    ...{ input: attacked.input, shape: attacked.shape, seed },
    disturb: siteDisturbance(() => settings.site),
  });
  const step = Math.max(1, Math.floor(samples.length / evidenceSamples));
  const indices = samples
    .map((_, index) => index)
    .filter((index) => index % step === 0)
    .slice(0, evidenceSamples);
  const batch = settings.trainer.microBatch ?? settings.trainer.batch;
  const parts = [];
  for (const { start, end } of stretchesOf(0, indices.length, batch)) {
    const part = indices.slice(start, end);
    const feeds = await source.batch(part, (row) => random.fork(start + row));
    parts.push({ images: feeds[attacked.input]!, labels: part.map((index) => samples[index]!.label) });
  }
  return parts;
}

function adapt(
  model: Model,
  outputs: readonly string[],
  scored: ScoredLayers,
  settings: FineTuneSettings,
  random: Random,
): Adaptation {
  const { layers, budget } = settings;
  if (layers === 'auto' || layers === 'recover-clean') {
    const names = layersByScore(layers, scored, budget).flatMap(({ parameters }) => parameters);
    return adaptModel(model, { kind: 'names', names }, { random, outputs });
  }
  return adaptModel(model, parseLayerPolicy(layers), { random, outputs });
}

/** Shares of the fine-tuned weights that are tried. */
const mixtures = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

/** αθ_FT + (1−α)θ_0 of lowest cost (RiFT, arXiv 2308.02533, section 4.3). */
async function interpolated(
  start: Parameters,
  end: Parameters,
  validation: KpiValidation,
): Promise<Parameters> {
  let best: { readonly cost: number; readonly parameters: Parameters } | null = null;
  for (const share of mixtures) {
    const parameters = new Map(
      [...end].map(([name, values]) => {
        const from = start.get(name)!;
        return [name, values.map((value, i) => share * value + (1 - share) * from[i]!)];
      }),
    );
    const { cost } = await validation.measure(parameters);
    if (!best || cost < best.cost) best = { cost, parameters };
  }
  return best!.parameters;
}

/**
 * The user's graph, whole, with the trained values under the same names, and its card's thresholds. Only what training
 * changed is taken over: what is attacked is a part of the graph, and constants put into it may be named as others in
 * the rest are.
 * @param attacked what was adapted
 */
function exported(
  model: Model,
  attacked: Model,
  { merge }: Adaptation,
  best: Parameters,
  thresholds: Thresholds | null,
): Model {
  const trained = changedTensors(attacked, merge(best));
  const initializers = new Map([...model.graph.initializers, ...trained]);
  const changed = { ...model, graph: { ...model.graph, initializers } };
  const card = readCard(changed);
  return card && thresholds ? withCard(changed, { ...card, thresholds }) : changed;
}
