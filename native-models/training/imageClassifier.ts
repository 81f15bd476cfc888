import type { Skipped } from '../detectors/teach.ts';
import { ModelError } from '../errors.ts';
import { wilsonRate, type Rate } from '../evaluate/rates.ts';
import { planesOf, type Preprocess } from '../images/preprocess.ts';
import type { Model } from '../onnx/ir.ts';
import { extractSubgraph } from '../onnx/passes/extractSubgraph.ts';
import { trueInputs } from '../onnx/topology.ts';
import { seededRandom, type Random } from '../random.ts';
import type { SessionOptions } from '../runtime/session.ts';
import { adaptModel, type Adaptation } from './adaptation.ts';
import type { Augmentation } from './augment.ts';
import { readClassifierCard, withClassifierCard } from './classifierCard.ts';
import { withHead, type Head } from './head.ts';
import type { LabelledSet } from './labelledSet.ts';
import type { LayerPolicy } from './layers/policy.ts';
import { measureClassifier } from './measure.ts';
import type { Parameters } from './parameters.ts';
import { imageSource } from './sampleSource.ts';
import { trainClassifier } from './trainer.ts';
import type { Trained, TrainerOptions, TrainerSettings } from './trainerOptions.ts';
import { splitImages, surveyImages, type SplitImages, type TrainingImage } from './trainingImages.ts';

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
  readonly session: SessionOptions;
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
  readonly sets: {
    readonly train: LabelledSet;
    readonly validation: LabelledSet;
    readonly test: LabelledSet;
  };
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
  const adaptation = adaptModel(extractSubgraph(base, [head.logits]), options.layers, {
    random: random.fork('layers'),
    always: isNew ? [head.weight, ...(head.bias === null ? [] : [head.bias])] : [],
  });
  const split = splitImages(images, options.shares, random.fork('split'));
  const sets = setsOf(split, labels, input, options);
  return { base, head, labels, adaptation, sets, skipped, snapshot, random };
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
  const { base, head, labels, adaptation, sets, random } = prepared;
  const { settings, session, signal } = options;
  const trained = await trainClassifier({
    ...run,
    model: adaptation.model,
    logits: head.logits,
    labels,
    parameters: adaptation.parameters,
    train: sets.train,
    validation: sets.validation,
    settings,
    random: random.fork('training'),
    session,
    ...(signal ? { signal } : {}),
  });
  const model = exported(base, adaptation, trained.best.parameters);
  const { test } = sets;
  const total = test.labels.length;
  const { accuracy } = await measureClassifier(extractSubgraph(model, [head.logits]), test, {
    logits: head.logits,
    classes: labels.length,
    batch: settings.microBatch ?? settings.batch,
    session,
    signal,
    onProgress: (done) => options.onProgress?.('test', done, total),
  });
  return { ...trained, model, testAccuracy: wilsonRate(Math.round(accuracy * total), total) };
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

function setsOf(
  { train, validation, test }: SplitImages,
  labels: readonly string[],
  input: string,
  { preprocess, augmentation, cacheBytes, classWeights }: ImageClassifierOptions,
): PreparedTraining['sets'] {
  const total = train.length + validation.length;
  const setOf = (images: readonly TrainingImage[], share: number): LabelledSet => ({
    source: imageSource(images, {
      input,
      preprocess,
      cacheBytes: cacheBytes * share,
      ...(augmentation ? { augmentation } : {}),
    }),
    labels: images.map(({ label }) => labels.indexOf(label)),
    weights: weightsOf(images, classWeights),
    nameOf: (index) => images[index]?.name ?? '',
  });
  return {
    train: setOf(train, train.length / total),
    validation: setOf(validation, validation.length / total),
    // Read once.
    test: setOf(test, 0),
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
