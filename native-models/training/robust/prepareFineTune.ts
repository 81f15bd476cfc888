import type { AttackedModel } from '../../attacks/victim.ts';
import type { Skipped } from '../../detectors/teach.ts';
import { ModelError } from '../../errors.ts';
import { goodLabel } from '../../evaluate/evaluateDetector.ts';
import { plannedClaims, type KindCount, type PlannedClaims } from '../../evaluate/plannedClaims.ts';
import { subjectOf, type Subject } from '../../evaluate/subject.ts';
import type { Model } from '../../onnx/ir.ts';
import { seededRandom, type Random } from '../../random.ts';
import type { LayerScore } from '../../selection/layers.ts';
import { adaptModel, type Adaptation } from '../adaptation.ts';
import { stretchesOf } from '../batches.ts';
import { checkTrainable } from '../labelledSet.ts';
import { parseLayerPolicy } from '../layers/policy.ts';
import { readParameters } from '../parameters.ts';
import { stratifiedSplit } from '../split.ts';
import { heldBack, surveyImages, type SplitImages, type SurveyedImage } from '../trainingImages.ts';
import { estimateCosts, type EstimatedCosts } from './estimateCosts.ts';
import { evenedLight } from './evenedLight.ts';
import { layersByScore, scoreLayers, type ScoredLayers } from './layerPlan.ts';
import { siteDisturbance } from './openObjective.ts';
import { chosenCount } from './robustCurriculum.ts';
import { PictureCache, robustSource, syntheticLabel, type RobustSample } from './robustSource.ts';
import { costWeights } from './sampleWeights.ts';
import { memoryAdaptation, nuisanceWeights } from './relearnMemory.ts';
import { batchOf, isMemory, type FineTuneOptions, type FineTuneSettings } from './settings.ts';
import { validationParts } from './validationParts.ts';

/** What will be trained, before any compute is spent on training. */
export interface FineTunePlan {
  /** Every module with what it was judged by, in the order of the graph. */
  readonly layers: readonly (LayerScore & { readonly isChosen: boolean })[];
  /** Elements that train. */
  readonly parameters: number;
  /** Samples in the first epoch, and in those after the warm-up. */
  readonly samples: { readonly all: number; readonly chosen: number };
  /** FLOPs of one image: forward, this plan's step, one that trains the cheapest module, one that trains everything. */
  readonly flops: {
    readonly forward: number;
    readonly step: number;
    readonly least: number;
    readonly whole: number;
  };
  /** Epochs, or memories that are tried. */
  readonly rounds: number;
  readonly images: {
    readonly train: number;
    readonly validation: number;
    readonly calibration: number;
    readonly test: number;
  };
  /** What the thresholds will be able to show; null without a class that means OK. */
  readonly claims: PlannedClaims | null;
}

export interface PreparedFineTune {
  readonly plan: FineTunePlan;
  readonly subject: Subject;
  readonly labels: readonly string[];
  readonly skipped: readonly Skipped[];
  /** Estimates for so many epochs. */
  readonly costs: (epochs: number) => EstimatedCosts;
  /** Of the images; see `Survey`. */
  readonly snapshot: string;
  /** Everything the training needs; not for others. */
  readonly inner: Inner;
}

/** A model as pictures reach it. */
export interface Reading {
  readonly model: Model;
  readonly subject: Subject;
  readonly attacked: AttackedModel;
  readonly adaptation: Adaptation;
}

interface Inner {
  readonly attacked: AttackedModel;
  readonly adaptation: Adaptation;
  /** The model reading its pictures otherwise, which is tried beside; none where layers are trained. */
  readonly otherReadings: readonly Reading[];
  readonly samples: readonly RobustSample[];
  readonly weights: readonly number[];
  readonly sides: Sides;
  readonly pictures: PictureCache;
  readonly random: Random;
}

export interface Sides extends SplitImages {
  readonly calibration: readonly SurveyedImage[];
}

/** Samples behind the scores of layers. */
const evidenceSamples = 64;

/**
 * Reads the images, deals them to their sides, scores the layers and says what will be trained. Nothing is chosen by
 * the test side.
 * @throws ModelError `modelUnreadable` for a model without a card, `labelOutOfRange`, `tooFewImages`, `classEmpty`,
 *   `badRequest` where nothing is left to train, and as `adaptModel`
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
  const sides = dealt(images, settings, random.fork('split'));
  const withMemory = isMemory(settings);
  const samples = samplesOf(subject, sides.train, withMemory);
  if (!withMemory) {
    const nameOf = (index: number) => samples[index]!.image.name;
    checkTrainable({ labels: samples.map(({ label }) => label), nameOf }, subject.labels);
  }
  const pictures = new PictureCache(options.cacheBytes);

  // The verdict behind the classes of a classifier holds numbers of its thresholds, which are nothing to train.
  const outputs = subject.features ?? [attacked.reading?.value ?? attacked.logits];
  const evidence = await evidenceOf(samples, attacked, pictures, settings, random.fork('evidence'));
  options.onProgress?.('plan', 0, 1);
  const scored = await scoreLayers({
    ...{ model: attacked.model, input: attacked.input, logits: attacked.logits, classes: attacked.classes },
    ...{ outputs, session, parts: evidence },
  });
  const adaptation = withMemory
    ? memoryAdaptation(attacked)
    : adapt(attacked.model, outputs, scored, settings, random.fork('layers'));
  const trained = readParameters(adaptation.model, adaptation.parameters);
  const chosen = new Set(adaptation.changes);
  const layers = scored.scores.map((score) => {
    return { ...score, isChosen: score.parameters.some((name) => chosen.has(name)) };
  });
  options.onProgress?.('plan', 1, 1);
  const labels = samples.map((sample) => labelOf(sample));
  const flops = {
    forward: scored.forwardFlops,
    step: withMemory ? scored.forwardFlops : scored.adaptedFlops(adaptation),
    least: Math.min(...scored.scores.map(({ aloneFlops }) => aloneFlops)),
    whole: scored.wholeFlops,
  };
  const otherReadings = withMemory ? evenedReadings(model, channels) : [];
  const moving = withMemory ? scored.forwardFlops : scored.adaptedFlops(adaptation, true);
  const { hasScore } = subject;
  const validation = {
    images: new Set([
      ...validationParts(subject, sides, settings.seed),
      ...(hasScore ? sides.calibration : []),
    ]).size,
    forward: scored.forwardFlopsOf(adaptation.model),
    readsApart: subject.ofVerdict(attacked) !== null || attacked.reading !== undefined,
  };
  const counted = {
    all: samples.length,
    chosen: withMemory ? samples.length : chosenCount(curriculumBase(settings, samples)),
  };
  return {
    subject,
    labels: subject.labels,
    skipped,
    snapshot,
    costs: (epochs) => {
      const { flopsPerSecond } = scored;
      return estimateCosts(settings, epochs, {
        readings: 1 + otherReadings.length,
        flops: { ...flops, moving },
        samples: counted,
        validation,
        flopsPerSecond,
      });
    },
    plan: {
      layers,
      parameters: [...trained.values()].reduce((sum, { length }) => sum + length, 0),
      samples: counted,
      flops,
      rounds: withMemory ? (1 + otherReadings.length) * nuisanceWeights.length : settings.trainer.epochs,
      images: {
        train: sides.train.length,
        validation: sides.validation.length,
        calibration: sides.calibration.length,
        test: sides.test.length,
      },
      claims: hasScore ? plannedClaims(kindsOf(sides), settings.costs) : null,
    },
    inner: {
      ...{ attacked, adaptation, otherReadings, samples, sides, pictures, random },
      weights: costWeights(labels, settings.costs).map((weight, at) => weight * samples[at]!.image.weight),
    },
  };
}

/** A detector learns from good parts and from what is put on them; whatever defects there are come on top. A memory learns from those dealt to it. */
function samplesOf(subject: Subject, images: readonly SurveyedImage[], withMemory: boolean): RobustSample[] {
  const real = images.map((image) => ({ image, label: subject.classOf(image), isSynthetic: false }));
  if (subject.kind === 'classifier' || withMemory) return real;
  const ng = subject.labels.indexOf('ng');
  const good = images.filter(({ label }) => label === goodLabel);
  return [...real, ...good.map((image) => ({ image, label: ng, isSynthetic: true }))];
}

function kindsOf({ train, validation, calibration }: Sides): KindCount[] {
  const all = new Set([...train, ...validation, ...calibration]);
  const labels = new Set([...all].map(({ label }) => label));
  const count = (images: Iterable<SurveyedImage>, wanted: string) => {
    const own = [...images].filter(({ label }) => label === wanted);
    return new Set(own.map(({ group }, at) => group ?? at)).size;
  };
  return [...labels].map((label) => ({
    label,
    all: count(all, label),
    calibration: count(calibration, label),
  }));
}

export function labelOf({ image, isSynthetic }: RobustSample): string {
  return isSynthetic ? syntheticLabel : image.label;
}

function dealt(
  images: readonly SurveyedImage[],
  settings: Pick<FineTuneSettings, 'objective' | 'shares'>,
  random: Random,
): Sides {
  const { shares } = settings;
  const { train: rest, validation, test } = heldBack(images, shares, random);
  const share = shares.calibration / (1 - shares.validation);
  const [train, calibration] = stratifiedSplit(rest, share, random.fork('calibration'));
  if (train.length === 0)
    throw new ModelError('tooFewImages', { found: rest.length + validation.length, needed: 2 });
  const held = { train, validation, calibration };
  const sides = isMemory(settings) ? withoutDefects(held, shares.calibration > 0, random) : held;
  // With next to nothing to hold back, training images validate, as in `splitImages`.
  const validated = sides.validation.length > 0 ? sides.validation : sides.train;
  const forThresholds =
    shares.calibration === 0 ? [] : enoughForThresholds(sides.calibration, validated, sides.train);
  return { train: sides.train, validation: validated, calibration: forThresholds, test };
}

type HeldBack = Omit<Sides, 'test'>;

/** Of fewer parts of a kind, thresholds know too little. */
const enoughOfKind = 30;

/**
 * A memory learns from good parts alone: the defective ones that would train are put where memories are compared and,
 * half of them, where thresholds are chosen. A line keeps few of them: as long as these are not enough, both is done on
 * all of them, which flatters every memory alike; what is reported is measured on the test side.
 */
function withoutDefects(sides: HeldBack, isCalibrated: boolean, random: Random): HeldBack {
  const train = sides.train.filter(({ label }) => label === goodLabel);
  const spare = sides.train.filter(({ label }) => label !== goodLabel);
  const [compared, calibrating] = stratifiedSplit(spare, isCalibrated ? 0.5 : 0, random.fork('spare'));
  const validation = [...sides.validation, ...compared];
  const calibration = [...sides.calibration, ...calibrating];
  if (!isCalibrated || fewestOf(calibration) >= enoughOfKind) return { train, validation, calibration };
  const all = [...calibration, ...validation];
  return { train, validation: all, calibration: all };
}

/**
 * Images that thresholds can be chosen on: both kinds of part, or two of one. Where too few are held back for it, those
 * that validate serve for this too, and at last those that train: better than none, and never the test side.
 */
function enoughForThresholds(
  own: readonly SurveyedImage[],
  ...others: readonly (readonly SurveyedImage[])[]
): readonly SurveyedImage[] {
  let taken = own;
  for (const other of others) {
    if (fewestOf(taken) > 0 || taken.length > 1) break;
    taken = [...new Set([...taken, ...other])];
  }
  return taken;
}

/** Good or defective ones, whichever are fewer. */
function fewestOf(images: readonly SurveyedImage[]): number {
  const good = images.filter(({ label }) => label === goodLabel).length;
  return Math.min(good, images.length - good);
}

/** Detectors that do not even out the light are tried doing so: it is what drifts first. */
function evenedReadings(model: Model, channels: 1 | 3): Reading[] {
  const evened = evenedLight(model);
  if (!evened) return [];
  const subject = subjectOf(evened);
  const attacked = subject.attacked(channels);
  return [{ model: evened, subject, attacked, adaptation: memoryAdaptation(attacked) }];
}

export function curriculumBase(settings: FineTuneSettings, samples: readonly RobustSample[]) {
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
    ...{ input: attacked.input, frame: attacked, seed },
    disturb: siteDisturbance(() => settings.site),
  });
  const step = Math.max(1, Math.floor(samples.length / evidenceSamples));
  const indices = samples
    .map((_, index) => index)
    .filter((index) => index % step === 0)
    .slice(0, evidenceSamples);
  const parts = [];
  for (const { start, end } of stretchesOf(0, indices.length, batchOf(settings))) {
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
