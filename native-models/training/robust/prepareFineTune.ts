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
import { layersByScore, scoreLayers, type ScoredLayers } from './layerPlan.ts';
import { siteDisturbance } from './openObjective.ts';
import { chosenCount } from './robustCurriculum.ts';
import { PictureCache, robustSource, syntheticLabel, type RobustSample } from './robustSource.ts';
import { costWeights } from './sampleWeights.ts';
import { memoryAdaptation } from './relearnMemory.ts';
import type { FineTuneOptions, FineTuneSettings } from './settings.ts';
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

interface Inner {
  readonly attacked: AttackedModel;
  readonly adaptation: Adaptation;
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
  const sides = dealt(images, settings.shares, random.fork('split'));
  const samples = samplesOf(subject, sides.train, settings);
  if (settings.objective !== 'memory') {
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
  const isMemory = settings.objective === 'memory';
  const adaptation = isMemory
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
    step: isMemory ? scored.forwardFlops : scored.adaptedFlops(adaptation),
    least: Math.min(...scored.scores.map(({ aloneFlops }) => aloneFlops)),
    whole: scored.wholeFlops,
  };
  const moving = isMemory ? scored.forwardFlops : scored.adaptedFlops(adaptation, true);
  const { hasScore } = subject;
  const validation = {
    images: validationParts(subject, sides, settings.seed).length + (hasScore ? sides.calibration.length : 0),
    forward: scored.forwardFlopsOf(adaptation.model),
    readsApart: subject.ofVerdict(attacked) !== null || attacked.reading !== undefined,
  };
  const counted = {
    all: samples.length,
    chosen: isMemory ? samples.length : chosenCount(curriculumBase(settings, samples)),
  };
  return {
    subject,
    labels: subject.labels,
    skipped,
    snapshot,
    costs: (epochs) => {
      const { flopsPerSecond } = scored;
      return estimateCosts(settings, epochs, {
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
      images: {
        train: sides.train.length,
        validation: sides.validation.length,
        calibration: sides.calibration.length,
        test: sides.test.length,
      },
      claims: hasScore ? plannedClaims(kindsOf(sides), settings.costs) : null,
    },
    inner: {
      ...{ attacked, adaptation, samples, sides, pictures, random },
      weights: costWeights(labels, settings.costs).map((weight, at) => weight * samples[at]!.image.weight),
    },
  };
}

/** A detector learns from good parts and from what is put on them; whatever defects there are come on top. */
function samplesOf(
  subject: Subject,
  images: readonly SurveyedImage[],
  { objective }: Pick<FineTuneSettings, 'objective'>,
): RobustSample[] {
  const real = images.map((image) => ({ image, label: subject.classOf(image), isSynthetic: false }));
  if (subject.kind === 'classifier') return real;
  if (objective === 'memory') return real.filter(({ image }) => image.label === goodLabel);
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
  const validated = validation.length > 0 ? validation : train;
  const forThresholds = shares.calibration === 0 ? [] : enoughForThresholds(calibration, validated, train);
  return { train, validation: validated, calibration: forThresholds, test };
}

/**
 * Images that thresholds can be chosen on: both kinds of part, or two of one. Where too few are held back for it, those
 * that validate serve for this too, and at last those that train: better than none, and never the test side.
 */
function enoughForThresholds(...sides: readonly (readonly SurveyedImage[])[]): readonly SurveyedImage[] {
  const taken = new Set<SurveyedImage>();
  for (const side of sides) {
    side.forEach((image) => taken.add(image));
    const good = [...taken].filter(({ label }) => label === goodLabel).length;
    if (Math.min(good, taken.size - good) > 0 || taken.size > 1) break;
  }
  return [...taken];
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
