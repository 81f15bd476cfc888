import { ModelError } from '../errors.ts';
import type { CostModel } from '../evaluate/costs.ts';
import type { Picture } from '../images/picture.ts';
import { inputLength, planesOf, preprocess, type Preprocess } from '../images/preprocess.ts';
import { GraphBuilder } from '../onnx/build.ts';
import type { Model } from '../onnx/ir.ts';
import { writeModel } from '../onnx/write.ts';
import { allFinite } from '../runtime/finite.ts';
import { floatsOf, openSession, type SessionOptions } from '../runtime/session.ts';
import { checkCancelled } from '../training/cancel.ts';
import { withCard, type ModelCard } from './card.ts';
import { calibrateClassifier, referenceOf, thresholdsByLabel } from './classifierCalibration.ts';
import { checkClasses, classifierGraph, leastProbability, prepareClassifier } from './classifierGraph.ts';
import { loadOrSkip, type Skipped } from './teach.ts';
import type { ClassifiedImage, ClassifierStage, TaughtClassifier } from './teachClassifier.ts';

export interface ImportClassifierOptions {
  readonly network: Model;
  /** Of the file, for the record. */
  readonly name: string;
  /** Name of each class, in the order of the network's output. */
  readonly labels: readonly string[];
  /** Classes that mean OK. */
  readonly okLabels: readonly string[];
  readonly preprocess: Preprocess;
  /** Parts the network has not learned from, for temperature and thresholds; may be none. */
  readonly heldOut: readonly ClassifiedImage[];
  /** As in `TeachClassifierOptions`. */
  readonly costs?: CostModel | null;
  readonly session?: SessionOptions;
  readonly onProgress?: (stage: ClassifierStage, done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** How far the sum of a softmax may be from 1, by rounding of half-precision networks too. */
const sumTolerance = 1e-3;
const emptyPicture: Picture = { width: 8, height: 8, channels: 1, depth: 8, data: new Uint8Array(64) };

/**
 * Makes a detector of somebody's classifier. Outputs that are probabilities though the graph shows no softmax
 * (they lie in 0..1 and add up to 1 for every picture) are taken for such.
 * @throws ModelError `notClassifier`, `labelsWrong`, `noOkClass`, `labelOutOfRange` for a part of no class of the
 *   network's, `outputNotFinite`, `cancelled`, and as `openSession`
 */
export async function importClassifier(options: ImportClassifierOptions): Promise<TaughtClassifier> {
  const { network, labels, okLabels, heldOut, name } = options;
  const prepared = prepareClassifier(network, options.preprocess);
  const isOk = labels.map((label) => okLabels.includes(label));
  checkClasses(isOk, prepared.classes);
  checkNames(labels);
  const truthOf = new Map(heldOut.map((image) => [image, classOf(image, labels, isOk)]));
  const skipped: Skipped[] = [];
  const { outputs, images } = await run(prepared, options, skipped);
  const givesProbabilities = outputs.every(areProbabilities);
  // The first is of an empty picture.
  const logits = outputs.slice(1).map((row) => (givesProbabilities ? row.map(logarithm) : row));
  const truth = images.map((image) => truthOf.get(image)!);
  const byType = options.costs ? { labels, costs: options.costs } : null;
  const calibration = calibrateClassifier({ logits, labels: truth }, isOk, byType);
  const { temperature, thresholds, thresholdInterval } = calibration;
  const own = { thresholdsByLabel: thresholdsByLabel(calibration.types) };
  const spec = options.preprocess;
  const graph = classifierGraph(network, { preprocess: spec, isOk, temperature, givesProbabilities });
  const good = truth.filter((at) => isOk[at]).length;
  const card: ModelCard = {
    ...{ kind: 'classifier', preprocess: spec, thresholds, thresholdInterval, backbone: name, features: [] },
    ...{ goodImages: good, ngImages: truth.length - good, memory: 0, seed: 0 },
    classes: { labels, okLabels: labels.filter((_, at) => isOk[at]), temperature, ...own },
    ...(graph.mapLacks === null ? {} : { mapLacks: graph.mapLacks }),
  };
  const names = images.map((image) => image.name);
  const reference = referenceOf(names, logits, { labels, isOk, temperature });
  return { model: withCard(graph.model, card), card, calibration, heldOut: truth.length, reference, skipped };
}

/** @throws ModelError `labelsWrong` for an empty name or one given twice */
function checkNames(labels: readonly string[]): void {
  const at = labels.findIndex((label, index) => label.trim() === '' || labels.indexOf(label) !== index);
  if (at < 0) return;
  const reason = `${at + 1}: "${labels[at]}"`;
  throw new ModelError('labelsWrong', { found: new Set(labels).size, needed: labels.length, reason });
}

/** In data sets `ok` is every good part, whatever the network calls it. */
function classOf(
  { name, label }: ClassifiedImage,
  labels: readonly string[],
  isOk: readonly boolean[],
): number {
  const own = labels.indexOf(label);
  const at = own < 0 && label === 'ok' ? isOk.indexOf(true) : own;
  if (at < 0) throw new ModelError('labelOutOfRange', { name, label, classes: labels.join(', ') });
  return at;
}

/** What the network puts out for an empty picture, and for each of the others that can be read. */
async function run(
  { model, logits, classes }: ReturnType<typeof prepareClassifier>,
  { heldOut, preprocess: spec, session: options, signal, onProgress }: ImportClassifierOptions,
  skipped: Skipped[],
): Promise<{ outputs: Float32Array[]; images: ClassifiedImage[] }> {
  const g = new GraphBuilder(model);
  g.output(logits, 'float32', null);
  const session = await openSession(writeModel(g.model()), options);
  const data = new Float32Array(inputLength(spec));
  const input = { dtype: 'float32' as const, dims: [1, planesOf(spec), ...spec.size], data };
  const judge = async (picture: Picture) => {
    preprocess(picture, spec, data);
    const row = floatsOf(await session.run({ [session.inputs[0]?.name ?? '']: input }), logits);
    if (row.length !== classes || !allFinite(row)) throw new ModelError('outputNotFinite', { name: logits });
    return row;
  };
  try {
    const outputs = [await judge(emptyPicture)];
    const images: ClassifiedImage[] = [];
    for (const [at, image] of heldOut.entries()) {
      checkCancelled(signal);
      const picture = await loadOrSkip(image, skipped);
      if (picture) {
        outputs.push(await judge(picture));
        images.push(image);
      }
      onProgress?.('calibrate', at + 1, heldOut.length);
    }
    return { outputs, images };
  } finally {
    await session.dispose();
  }
}

function areProbabilities(row: Float32Array): boolean {
  const sum = row.reduce((total, value) => total + value, 0);
  return row.every((value) => value >= 0 && value <= 1) && Math.abs(sum - 1) <= sumTolerance;
}

const logarithm = (probability: number) => Math.log(Math.max(probability, leastProbability));
