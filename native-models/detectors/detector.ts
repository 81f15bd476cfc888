import { basename } from 'node:path';
import { ModelError } from '../errors.ts';
import { inPlace, type Corrected } from '../images/correction/correction.ts';
import { inverted, pixelMap, warpPlane } from '../images/correction/warpPlane.ts';
import type { Picture } from '../images/picture.ts';
import { inputLength, planesOf, preprocess, preprocessWithin } from '../images/preprocess.ts';
import { loadModelFile } from '../onnx/files.ts';
import type { Model, Tensor } from '../onnx/ir.ts';
import { halvePrecision } from '../onnx/passes/halvePrecision.ts';
import { writeModel } from '../onnx/write.ts';
import { floatsOf, openSession, type Session, type SessionOptions } from '../runtime/session.ts';
import { allFinite } from '../runtime/finite.ts';
import { mapOutput, scoreOutput } from './anomalyGraph.ts';
import { readCard, type Classes, type ModelCard } from './card.ts';
import { logitsOutput } from './classifierGraph.ts';
import { embeddingOf, withEmbedding } from './embedding.ts';

/** In how many bits a network before the comparing of features computes; `half` only where a device was measured to do it well. */
export type Precision = 'single' | 'half';

export interface DetectorOptions extends SessionOptions {
  readonly precision?: Precision;
  /** Have it tell how the network sees a picture, too; a network that cannot is opened without. */
  readonly embeds?: boolean;
}

/** What a detector says about one picture. */
export interface Judgement {
  /** Higher is more anomalous; compare with the card's thresholds. */
  readonly score: number;
  /** Of a classifier: the likeliest of the classes that do not mean OK, whatever the score; else null. */
  readonly label: string | null;
  /**
   * float32 [height, width], row-major, in the units of the score, over the picture as taken; null when the detector
   * gives none.
   */
  readonly map: { readonly width: number; readonly height: number; readonly data: Float32Array } | null;
  /** How the network sees the picture, `embeddingOf`; null unless it `embeds`. */
  readonly embedding: number[] | null;
  /** From the decoded picture to the network's input. */
  readonly preprocessMs: number;
  /** The network itself. */
  readonly inferMs: number;
}

/** A loaded detector. One picture at a time: a second call waits for nothing and must not overlap the first. */
export interface Detector {
  readonly card: ModelCard;
  readonly provider: string;
  /**
   * @param beyond what to do with a picture beyond the bounds of the correction: `asTaken` is for measuring how long
   *   it takes and what it gives elsewhere, never for a verdict
   * @throws ModelError `outputNotFinite` when the network gives no number, `imageBeyondCorrection`
   */
  judge(picture: Picture, beyond?: 'refuse' | 'asTaken'): Promise<Judgement>;
  close(): Promise<void>;
}

/**
 * Loads a detector and runs it once on an empty image, so that the first part does not pay for it.
 * @param source path of the ONNX file, or a model
 * @throws ModelError as `openSession`, and `modelUnreadable` when the file carries no detector card
 */
export async function openDetector(
  source: string | Model,
  { precision = 'single', embeds = false, ...options }: DetectorOptions = {},
): Promise<Detector> {
  const model = typeof source === 'string' ? await loadModelFile(source) : source;
  const card = readCard(model);
  if (!card) {
    const params = typeof source === 'string' ? { name: basename(source), file: source, path: source } : {};
    throw new ModelError('modelUnreadable', { ...params, reason: 'no detector card in the metadata' });
  }
  const network = precision === 'half' ? halvePrecision(model, card.features) : model;
  const asIs = typeof source === 'string' && network === model ? source : null;
  const plain = () => warmDetector(asIs ?? writeModel(network), card, embeds, options);
  const embedding = embeds ? withEmbedding(network, card) : network;
  if (embedding === network) return plain();
  // What is only nice to know must not keep a line from its verdicts.
  return warmDetector(writeModel(embedding), card, embeds, options).catch(plain);
}

async function warmDetector(
  source: string | Uint8Array,
  card: ModelCard,
  embeds: boolean,
  options: SessionOptions,
): Promise<Detector> {
  const session = await openSession(source, options);
  try {
    const detector = wrap(session, card, embeds);
    await detector.judge(emptyPicture, 'asTaken');
    return detector;
  } catch (error) {
    await session.dispose();
    throw error;
  }
}

const emptyPicture: Picture = { width: 8, height: 8, channels: 1, depth: 8, data: new Uint8Array(64) };

function wrap(session: Session, card: ModelCard, embeds: boolean): Detector {
  const [height, width] = card.preprocess.size;
  const dims = [1, planesOf(card.preprocess), height, width];
  const data = new Float32Array(inputLength(card.preprocess));
  const input: Tensor = { dtype: 'float32', dims, data };
  const name = session.inputs[0]?.name ?? '';
  return {
    card,
    provider: session.provider,
    async judge(picture, beyond = 'refuse') {
      const start = performance.now();
      const corrected = (beyond === 'refuse' ? preprocessWithin : preprocess)(picture, card.preprocess, data);
      const ready = performance.now();
      const results = await session.run({ [name]: input });
      const end = performance.now();
      const score = floatsOf(results, scoreOutput)[0] ?? NaN;
      if (!Number.isFinite(score)) throw new ModelError('outputNotFinite', { name: scoreOutput });
      const label = card.classes ? readDefect(results, card.classes) : null;
      const map = asTaken(mapOf(results), corrected, picture);
      const embedding = embeds ? embeddingOf(results) : null;
      return { score, label, map, embedding, preprocessMs: ready - start, inferMs: end - ready };
    },
    close: () => session.dispose(),
  };
}

/**
 * @throws ModelError `outputNotFinite` when a logit is no number: an infinite one may leave the others'
 *   probabilities, and with them the score, looking sound
 */
function readDefect(results: Readonly<Record<string, Tensor>>, classes: Classes): string {
  const logits = floatsOf(results, logitsOutput);
  if (!allFinite(logits)) throw new ModelError('outputNotFinite', { name: logitsOutput });
  return likeliestDefect(logits, classes);
}

/** The likeliest of the classes that do not mean OK. @param logits float32 [K] of one image */
export function likeliestDefect(logits: Float32Array, { labels, okLabels }: Classes): string {
  let best = -1;
  labels.forEach((label, at) => {
    if (!okLabels.includes(label) && (best < 0 || logits[at]! > logits[best]!)) best = at;
  });
  return labels[best]!;
}

function mapOf(results: Readonly<Record<string, Tensor>>): Judgement['map'] {
  const tensor = results[mapOutput];
  if (!tensor) return null;
  const [height = 0, width = 0] = tensor.dims.slice(-2);
  const data = floatsOf(results, mapOutput);
  if (!allFinite(data)) throw new ModelError('outputNotFinite', { name: mapOutput });
  return { width, height, data };
}

/** A map of the corrected picture, laid over the picture as taken. */
function asTaken(
  map: Judgement['map'],
  corrected: Corrected | null,
  picture: Pick<Picture, 'width' | 'height'>,
): Judgement['map'] {
  if (!map || !corrected || corrected.placement === inPlace) return map;
  const { height, width } = map;
  const data = new Float32Array(map.data.length);
  const there = pixelMap(corrected.placement, height, width, picture.width / picture.height);
  warpPlane(map.data, data, 0, { height, width }, inverted(there));
  return { width, height, data };
}
