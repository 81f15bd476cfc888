import { ModelError } from '../errors.ts';
import type { CostModel } from '../evaluate/costs.ts';
import type { ReferenceScore } from '../evaluate/reference.ts';
import type { Preprocess } from '../images/preprocess.ts';
import type { Model } from '../onnx/ir.ts';
import { seededRandom, type Random } from '../random.ts';
import type { SessionOptions } from '../runtime/session.ts';
import { checkCancelled } from '../training/cancel.ts';
import { stratifiedSplit } from '../training/split.ts';
import { withCard, type ModelCard } from './card.ts';
import {
  calibrateClassifier,
  referenceOf,
  thresholdsByLabel,
  type ClassifierCalibration,
} from './classifierCalibration.ts';
import { checkClasses, classifierGraph } from './classifierGraph.ts';
import { correctedPreprocess } from './correctionFrom.ts';
import type { CorrectionWish } from './correctionRecord.ts';
import { openPooledFeatures } from './pooledFeatures.ts';
import { loadOrSkip, type ImageLoader, type Skipped } from './teach.ts';
import { logitsOf, trainHead, type FeatureRows } from './trainHead.ts';

/** A picture with its class. */
export interface ClassifiedImage extends ImageLoader {
  readonly label: string;
  /** null = not said. */
  readonly split: 'train' | 'test' | null;
  /** Images of one group stay on one side. */
  readonly group: string | null;
}

export type ClassifierStage = 'features' | 'train' | 'calibrate';

export interface TeachClassifierOptions {
  readonly images: readonly ClassifiedImage[];
  /** Classes that mean OK. */
  readonly okLabels: readonly string[];
  readonly backbone: { readonly model: Model; readonly name: string; readonly preprocess: Preprocess };
  /** Tensors of the backbone that the classes are told apart by. */
  readonly features: readonly string[];
  readonly seed: number;
  /** Brings every picture to the place and light of the usual OK part; default none. */
  readonly correction?: CorrectionWish | null;
  /** Of errors: thresholds of single defect types are chosen by them; absent = none are. */
  readonly costs?: CostModel | null;
  readonly session?: SessionOptions;
  readonly onProgress?: (stage: ClassifierStage, done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export interface TaughtClassifier {
  /** The detector, its card in the metadata. */
  readonly model: Model;
  readonly card: ModelCard;
  /** From the parts held back. */
  readonly calibration: ClassifierCalibration;
  readonly heldOut: number;
  /** What it gives for them, computed while it was made. */
  readonly reference: readonly ReferenceScore[];
  readonly skipped: readonly Skipped[];
}

/** Share of each class that is held back for temperature and thresholds, where the data set does not say. */
const heldOutShare = 0.3;
/** Share of the rest that chooses when training has gone far enough. */
const validationShare = 0.2;

/**
 * Makes a classifier of a frozen backbone and a linear head on pooled features, each picture read and run once.
 * Parts held back from training give its temperature and thresholds. Same inputs and seed give the same classifier
 * on one thread.
 * @throws ModelError `noOkClass`, `oneClass`, `classEmpty`, `cancelled`, and as `openPooledFeatures` and `correctionFrom`
 */
export async function teachClassifier(options: TeachClassifierOptions): Promise<TaughtClassifier> {
  const { okLabels, seed, session = {}, signal, onProgress } = options;
  const random = seededRandom(seed);
  const usual = options.images.filter(({ label, split }) => okLabels.includes(label) && split !== 'test');
  const spec = await correctedPreprocess(options.backbone.preprocess, usual, options.correction);
  const backbone = { ...options.backbone, preprocess: spec };
  const features = await openPooledFeatures(backbone.model, backbone.preprocess, options.features, session);
  try {
    const labels = [...new Set(options.images.map(({ label }) => label))].sort();
    const isOk = labels.map((label) => okLabels.includes(label));
    checkClasses(isOk, labels.length);
    const skipped: Skipped[] = [];
    const parts = await readParts(options, features.rowOf, skipped);
    const { train, validation, heldOut } = divide(parts, labels, random.fork('split'));
    const head = await trainHead({
      ...{ labels, train: rowsOf(train, labels), validation: rowsOf(validation, labels) },
      ...{ random: random.fork('head'), session },
      ...(signal ? { signal } : {}),
      onProgress: (done, total) => onProgress?.('train', done, total),
    });

    onProgress?.('calibrate', 0, heldOut.length);
    const known = heldOut.map(({ row }) => logitsOf(row, head));
    const truth = heldOut.map(({ image }) => labels.indexOf(image.label));
    const byType = options.costs ? { labels, costs: options.costs } : null;
    const calibration = calibrateClassifier({ logits: known, labels: truth }, isOk, byType);
    const { temperature, thresholds, thresholdInterval } = calibration;
    const own = { thresholdsByLabel: thresholdsByLabel(calibration.types) };
    const { preprocess } = backbone;
    const graph = classifierGraph(features.withHead(head), {
      ...{ preprocess, isOk, temperature, givesProbabilities: false },
    });
    const good = parts.filter(({ image }) => okLabels.includes(image.label)).length;
    const card: ModelCard = {
      ...{ kind: 'classifier', preprocess, thresholds, thresholdInterval, backbone: backbone.name },
      ...{ features: options.features, goodImages: good, ngImages: parts.length - good, memory: 0, seed },
      classes: { labels, okLabels: labels.filter((_, at) => isOk[at]), temperature, ...own },
      ...(graph.mapLacks === null ? {} : { mapLacks: graph.mapLacks }),
    };
    onProgress?.('calibrate', heldOut.length, heldOut.length);
    const names = heldOut.map(({ image }) => image.name);
    const reference = referenceOf(names, known, { labels, isOk, temperature });
    return {
      model: withCard(graph.model, card),
      card,
      calibration,
      heldOut: heldOut.length,
      reference,
      skipped,
    };
  } finally {
    await features.close();
  }
}

interface Part {
  readonly image: ClassifiedImage;
  readonly label: string;
  readonly group: string | null;
  readonly row: Float32Array;
}

async function readParts(
  { images, signal, onProgress }: TeachClassifierOptions,
  rowOf: (picture: Awaited<ReturnType<ImageLoader['load']>>) => Promise<Float32Array>,
  skipped: Skipped[],
): Promise<readonly Part[]> {
  const parts: Part[] = [];
  for (const [at, image] of images.entries()) {
    checkCancelled(signal);
    const picture = await loadOrSkip(image, skipped);
    const { label, group } = image;
    if (picture) parts.push({ image, label, group, row: await rowOf(picture) });
    onProgress?.('features', at + 1, images.length);
  }
  if (parts.length === 0) throw new ModelError('tooFewImages', { found: 0, needed: 2 });
  return parts;
}

/** The sides of the data set where every class is trained on and some parts are held back; else they are dealt. */
function divide(
  parts: readonly Part[],
  labels: readonly string[],
  random: Random,
): Record<'train' | 'validation' | 'heldOut', readonly Part[]> {
  const stated = parts.filter(({ image }) => image.split !== 'test');
  const isUsable =
    stated.length < parts.length && labels.every((label) => stated.some((part) => part.label === label));
  const [learned, heldOut] = isUsable
    ? [stated, parts.filter(({ image }) => image.split === 'test')]
    : stratifiedSplit(parts, heldOutShare, random.fork('heldOut'));
  const [train, validation] = stratifiedSplit(learned, validationShare, random.fork('validation'));
  return { train, validation: validation.length > 0 ? validation : train, heldOut };
}

function rowsOf(parts: readonly Part[], labels: readonly string[]): FeatureRows {
  return {
    rows: parts.map(({ row }) => row),
    classes: parts.map(({ label }) => labels.indexOf(label)),
    names: parts.map(({ image }) => image.name),
  };
}
