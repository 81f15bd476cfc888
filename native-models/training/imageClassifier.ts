import type { Skipped } from '../detectors/teach.ts';
import { ModelError } from '../errors.ts';
import { wilsonRate, type Rate } from '../evaluate/rates.ts';
import { planesOf, type Preprocess } from '../images/preprocess.ts';
import type { Model } from '../onnx/ir.ts';
import { extractSubgraph } from '../onnx/passes/extractSubgraph.ts';
import { fixDimensions } from '../onnx/passes/fixDimensions.ts';
import { trueInputs } from '../onnx/topology.ts';
import { seededRandom, type Random } from '../random.ts';
import type { SessionOptions } from '../runtime/session.ts';
import type { ActivationCacheOptions } from './activationCache.ts';
import { openActivationSources } from './activationSource.ts';
import { adaptModel, type Adaptation } from './adaptation.ts';
import type { Augmentation } from './augment.ts';
import { readClassifierCard, withClassifierCard } from './classifierCard.ts';
import { cutBelowTrained } from './cutModel.ts';
import { withHead, type Head } from './head.ts';
import type { LabelledSet } from './labelledSet.ts';
import type { LayerPolicy } from './layers/policy.ts';
import { measureClassifier } from './measure.ts';
import type { Parameters } from './parameters.ts';
import { imageSource, type SampleSource } from './sampleSource.ts';
import { planStep } from './stepMemory.ts';
import { trainClassifier } from './trainer.ts';
import type { Trained, TrainerOptions, TrainerSettings } from './trainerOptions.ts';
import { tunedFormulations, type Tuning } from './tuning.ts';
import {
  splitImages,
  surveyImages,
  type SplitImages,
  type SurveyedImage,
  type TrainingImage,
} from './trainingImages.ts';

export interface ImageClassifierOptions {
  readonly model: Model;
  readonly images: readonly TrainingImage[];
  readonly preprocess: Preprocess;
  readonly layers: LayerPolicy;
  readonly settings: TrainerSettings;
  /** `balanced` = each class counts the same, however many images it has. */
  readonly classWeights: 'none' | 'balanced';
  /** Absent = images as they are. */
  readonly augmentation?: Augmentation;
  /** See `splitImages`. */
  readonly shares: { readonly test: number; readonly validation: number };
  readonly seed: number;
  /** Memory for what is read again and again. */
  readonly cacheBytes: number;
  /** Where what frozen layers give goes when it does not fit into `cacheBytes`. */
  readonly disk?: ActivationCacheOptions['disk'];
  /** Most bytes a step may hold; batches are computed in parts that fit, see `planStep`. Absent = no limit. */
  readonly stepBytes?: number;
  readonly session: SessionOptions;
  /** Absent = gradients in their usual formulations. */
  readonly tuning?: Tuning;
  readonly signal?: AbortSignal;
  readonly onProgress?: (stage: 'read' | 'test', done: number, total: number) => void;
}

/** A training that is ready to run: images read and dealt, head and trained layers chosen. */
export interface PreparedTraining {
  /** The model with its head and card, before training. */
  readonly base: Model;
  readonly head: Head;
  readonly labels: readonly string[];
  readonly adaptation: Adaptation;
  /** Name of the model's image input. */
  readonly input: string;
  readonly split: SplitImages;
  readonly skipped: readonly Skipped[];
  /** Of the images; see `Survey`. */
  readonly snapshot: string;
  readonly random: Random;
}

/**
 * Reads the images and makes the model ready to learn their classes. The head is replaced or added where it is not of
 * their number, or where the model's card names other classes.
 * @throws ModelError `tooFewImages`, `oneClass`, `modelInputUnsupported` for a model that takes no float32 image,
 *   `headUnsupported`, and as `adaptModel`
 */
export async function prepareImageClassifier(options: ImageClassifierOptions): Promise<PreparedTraining> {
  const { model, preprocess, signal } = options;
  const random = seededRandom(options.seed);
  const input = imageInputOf(model, preprocess);
  const { images, skipped, snapshot } = await surveyImages(options.images, {
    signal,
    onProgress: (done, total) => options.onProgress?.('read', done, total),
  });
  const labels = labelsOf(images, model);
  const { model: headed, head, isNew } = classifierWithHead(model, labels);
  const base = withClassifierCard(headed, { labels, preprocess });
  const part = extractSubgraph(base, [head.logits]);
  const adaptation = adaptModel(fixDimensions(part, sizesOf(part, preprocess)), options.layers, {
    random: random.fork('layers'),
    always: isNew ? [head.weight, ...(head.bias === null ? [] : [head.bias])] : [],
  });
  const split = splitImages(images, options.shares, random.fork('split'));
  return { base, head, labels, adaptation, input, split, skipped, snapshot, random };
}

export interface TrainedImageClassifier extends Trained {
  /** The base with what was trained in its initializers. */
  readonly model: Model;
  /** Of the test side, never seen in training; null where there is none. */
  readonly testAccuracy: Rate | null;
}

/**
 * Trains what was prepared, and measures the best weights on the test side.
 * @throws ModelError as `trainClassifier`
 */
export async function trainImageClassifier(
  prepared: PreparedTraining,
  options: ImageClassifierOptions,
  run: Pick<TrainerOptions, 'checkpoints' | 'resumeFrom' | 'turn' | 'onProgress'>,
): Promise<TrainedImageClassifier> {
  const { base, head, labels, adaptation, split } = prepared;
  const { settings, session, signal } = options;
  const trained = await trainSets(prepared, options, run);
  const model = exported(base, adaptation, trained.best.parameters);
  const total = split.test.length;
  // Each image is read once.
  const source = imageSource(split.test, { ...options, input: prepared.input, cacheBytes: 0 });
  const { accuracy } = await measureClassifier(
    extractSubgraph(model, [head.logits]),
    labelledSet(split.test, labels, source, options),
    {
      logits: head.logits,
      classes: labels.length,
      batch: settings.microBatch ?? settings.batch,
      session,
      signal,
      onProgress: (done) => options.onProgress?.('test', done, total),
    },
  );
  return { ...trained, model, testAccuracy: wilsonRate(Math.round(accuracy * total), total) };
}

/** Frozen layers run once for each image, unless augmentation makes every visit another image. */
async function trainSets(
  prepared: PreparedTraining,
  options: ImageClassifierOptions,
  run: Pick<TrainerOptions, 'checkpoints' | 'resumeFrom' | 'turn' | 'onProgress'>,
): Promise<Trained> {
  const { head, labels, adaptation, input, split, random } = prepared;
  const { settings, session, signal, cacheBytes } = options;
  const trainFrom = async (
    model: Model,
    sourceOf: (images: readonly SurveyedImage[]) => SampleSource,
  ): Promise<Trained> => {
    const whole: TrainerOptions = {
      ...run,
      model,
      logits: head.logits,
      labels,
      parameters: adaptation.parameters,
      train: labelledSet(split.train, labels, sourceOf(split.train), options),
      validation: labelledSet(split.validation, labels, sourceOf(split.validation), options),
      settings,
      random: random.fork('training'),
      session,
      ...(signal ? { signal } : {}),
    };
    const planned = await withinMemory(whole, options);
    if (!options.tuning) return trainClassifier(planned);
    const formulations = await tunedFormulations(planned, options.tuning);
    // Another formulation may hold more.
    return trainClassifier(await withinMemory({ ...whole, formulations }, options));
  };
  const cut = cutBelowTrained(adaptation.model, adaptation.parameters, [head.logits]);
  if (options.augmentation || cut.frozen.graph.nodes.length === 0) {
    const total = split.train.length + split.validation.length;
    return trainFrom(adaptation.model, (images) =>
      imageSource(images, { ...options, input, cacheBytes: (cacheBytes * images.length) / total }),
    );
  }
  const sources = await openActivationSources(cut, { ...options, input });
  try {
    return await trainFrom(cut.remainder, (images) => sources.of(images));
  } finally {
    await sources.dispose();
  }
}

async function withinMemory(
  whole: TrainerOptions,
  { stepBytes }: ImageClassifierOptions,
): Promise<TrainerOptions> {
  if (stepBytes === undefined) return whole;
  const { microBatch, recompute } = await planStep(stepBytes, whole);
  return { ...whole, settings: { ...whole.settings, microBatch }, recompute };
}

/** The user's graph, whole, with the trained values under the same names. */
function exported(base: Model, { merge }: Adaptation, best: Parameters): Model {
  const merged = merge(best).graph.initializers;
  const initializers = new Map(
    [...base.graph.initializers].map(([name, tensor]) => [name, merged.get(name) ?? tensor]),
  );
  return { ...base, graph: { ...base.graph, initializers } };
}

function classifierWithHead(
  model: Model,
  labels: readonly string[],
): { model: Model; head: Head; isNew: boolean } {
  const known = readClassifierCard(model);
  const isSame = known === null || known.labels.join('\n') === labels.join('\n');
  // Through a head of one class more, so that one of the right size for other classes starts afresh as well.
  const start = isSame ? model : withHead(model, labels.length + 1).model;
  const { model: headed, head } = withHead(start, labels.length);
  return { model: headed, head, isNew: headed !== model };
}

/** The classes in the model's own order where it knows the same ones, else by name. */
function labelsOf(images: readonly TrainingImage[], model: Model): readonly string[] {
  const labels = [...new Set(images.map(({ label }) => label))].sort();
  const known = readClassifierCard(model)?.labels ?? [];
  return [...known].sort().join('\n') === labels.join('\n') ? known : labels;
}

/** @throws ModelError `modelInputUnsupported` */
function imageInputOf(model: Model, preprocess: Preprocess): string {
  const inputs = trueInputs(model.graph);
  const [input] = inputs;
  const expected = `float32 [N, ${planesOf(preprocess)}, ${preprocess.size.join(', ')}]`;
  if (!input || inputs.length > 1) {
    throw new ModelError('modelInputUnsupported', { got: `${inputs.length} inputs`, expected });
  }
  const wanted = [planesOf(preprocess), ...preprocess.size];
  const { name, dtype, shape } = input;
  const fits =
    shape?.length === 4 &&
    wanted.every((size, i) => typeof shape[i + 1] !== 'number' || shape[i + 1] === size);
  if (dtype !== 'float32' || !fits) {
    const got = `${dtype ?? '?'} [${(shape ?? []).map((dim) => dim ?? '?').join(', ')}]`;
    throw new ModelError('modelInputUnsupported', { name, got, expected });
  }
  return name;
}

/** What a model that takes images of any size is given, by its own symbols: gradients are written for one size. */
function sizesOf({ graph }: Model, { size }: Preprocess): Record<string, number> {
  const symbols = trueInputs(graph)[0]!.shape!.slice(2);
  return Object.fromEntries(
    symbols.flatMap((dim, at) => (typeof dim === 'string' ? [[dim, size[at]!] as const] : [])),
  );
}

function labelledSet(
  images: readonly SurveyedImage[],
  labels: readonly string[],
  source: SampleSource,
  { classWeights }: ImageClassifierOptions,
): LabelledSet {
  return {
    source,
    labels: images.map(({ label }) => labels.indexOf(label)),
    weights: weightsOf(images, classWeights),
    nameOf: (index) => images[index]?.name ?? '',
  };
}

function weightsOf(
  images: readonly TrainingImage[],
  classWeights: 'none' | 'balanced',
): readonly number[] | null {
  const counts = new Map<string, number>();
  for (const { label } of images) counts.set(label, (counts.get(label) ?? 0) + 1);
  const ofClass = (label: string) =>
    classWeights === 'balanced' ? images.length / (counts.size * counts.get(label)!) : 1;
  const weights = images.map(({ label, weight }) => weight * ofClass(label));
  return weights.every((weight) => weight === 1) ? null : weights;
}
