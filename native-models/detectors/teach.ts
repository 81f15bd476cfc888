import { ModelError } from '../errors.ts';
import type { ReferenceScore } from '../evaluate/reference.ts';
import type { Picture } from '../images/picture.ts';
import type { Preprocess } from '../images/preprocess.ts';
import type { Model } from '../onnx/ir.ts';
import { seededRandom, type Random } from '../random.ts';
import type { SessionOptions } from '../runtime/session.ts';
import { detectorGraph, distanceGraph } from './anomalyGraph.ts';
import { calibrate, scoreOf } from './calibration.ts';
import { withCard, type ModelCard, type Thresholds } from './card.ts';
import { correctedPreprocess } from './correctionFrom.ts';
import type { CorrectionWish } from './correctionRecord.ts';
import { openDetector } from './detector.ts';
import { greedyKCentre } from './kCentre.ts';
import { openDistances, openPatchExtractor, type PatchExtractor } from './patches.ts';
import { PatchPool } from './patchPool.ts';
import { thresholdsFromBoth, thresholdsFromGood, upperQuantile } from './thresholds.ts';
import { whitening, type Projection } from './whitening.ts';

/** A picture that is read when its turn comes. */
export interface ImageLoader {
  /** File name or part number, for messages. */
  readonly name: string;
  /** @throws ModelError of an image kind when it cannot be read; teaching goes on without it */
  load(): Promise<Picture>;
}

export type TeachStage = 'features' | 'memory' | 'threshold' | 'write';

export interface TeachOptions {
  /** Good parts, in the order they were taken: neighbours may resemble each other. */
  readonly good: readonly ImageLoader[];
  /** Defective parts, only used to choose the thresholds. */
  readonly ng?: readonly ImageLoader[];
  readonly backbone: { readonly model: Model; readonly name: string; readonly preprocess: Preprocess };
  /** Tensors of the backbone, at one or more depths. */
  readonly features: readonly string[];
  readonly seed: number;
  /** Entries of the memory at most; default 3000. */
  readonly memory?: number;
  /** Brings every picture to the place and light of the usual good part; default none. */
  readonly correction?: CorrectionWish | null;
  readonly session?: SessionOptions;
  readonly onProgress?: (stage: TeachStage, done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export interface Skipped {
  readonly name: string;
  readonly error: ModelError;
}

export interface Taught {
  /** The detector, its card in the metadata. */
  readonly model: Model;
  readonly card: ModelCard;
  readonly thresholds: Thresholds;
  /** 95 % interval of the score that 99 % of good parts stay below. */
  readonly thresholdInterval: readonly [number, number];
  /** Scores of the good parts that gave nothing to the memory. */
  readonly goodScores: readonly number[];
  readonly ngScores: readonly number[];
  /** What the finished detector gives for the parts that did not make its memory, computed while it was made. */
  readonly reference: readonly ReferenceScore[];
  readonly skipped: readonly Skipped[];
}

/** Fewer good parts than this say nothing about how much good parts vary. */
export const fewestGoodImages = 5;
/** Share of the good parts kept back from the memory for calibration and threshold, and how many at most. */
const heldOutShare = 1 / 3;
const mostHeldOut = 400;
/** Three leave two to calibrate by when one is scored. */
const fewestHeldOut = 3;
/** They are taken in so many stretches, spread over the list. */
const stretches = 4;
const defaultMemory = 3000;
export const shrinkage = 0.01;
/** The map comes out this much finer than the patch grid, for the eye. */
const mapZoom = 4;
const finestMap = 128;

/**
 * Teaches an anomaly detector from good parts: the memory of PatchCore (Roth et al., CVPR 2022) on whitened
 * features, calibrated by place. Calibration and threshold come from good parts that gave nothing to the memory,
 * measured by that same memory, so both hold for parts not yet seen. (Cross-fitting would use every part twice,
 * but where part of the picture never changes, distances depend on which memory measures them.)
 * Same inputs and seed give the same detector on one thread.
 * @throws ModelError `tooFewImages`, `cancelled`, and as `openPatchExtractor` for the backbone
 */
export async function teachAnomalyDetector(options: TeachOptions): Promise<Taught> {
  const { seed } = options;
  const random = seededRandom(seed);
  const spec = await correctedPreprocess(
    options.backbone.preprocess,
    ownOf(options.good),
    options.correction,
  );
  const backbone = { ...options.backbone, preprocess: spec };
  const extractor = await openPatchExtractor(
    backbone.model,
    backbone.preprocess,
    options.features,
    options.session,
  );
  try {
    const skipped: Skipped[] = [];
    const { pool, heldOut, used } = await collect(options, extractor, random.fork('patches'), skipped);
    const projection = whitening(pool.covariance(), shrinkage);
    pool.apply(projection);
    const chosen = await chooseMemory(options, pool, random.fork('memory'));
    const memory = pool.take(chosen);
    const measured = await measure({ ...options, backbone }, extractor, projection, memory, heldOut, skipped);
    const { height, width } = extractor.grid;
    const zoom = Math.max(1, Math.min(mapZoom, Math.floor(finestMap / Math.max(height, width))));
    const calibration = calibrate(
      measured.map(({ distances }) => distances),
      height,
      width,
    );
    const graph = detectorGraph(
      extractor.tapped,
      extractor.features,
      extractor.grid,
      projection,
      memory,
      calibration,
      { height: height * zoom, width: width * zoom },
    );
    const goodScores = heldOutScores(measured, height, width);
    const quantile = upperQuantile(goodScores);
    const draft: ModelCard = {
      kind: 'anomaly',
      preprocess: backbone.preprocess,
      thresholds: thresholdsFromGood(quantile),
      thresholdInterval: quantile.interval,
      backbone: backbone.name,
      features: options.features,
      goodImages: used + measured.length,
      ngImages: 0,
      memory: chosen.length,
      seed,
    };
    const defects = await scoreDefects(options, withCard(graph, draft), heldOut.length, skipped);
    const ngScores = defects.map(({ score }) => score);
    const good = measured.map(({ name, distances }) => {
      return { name, score: scoreOf(distances, calibration), label: null };
    });
    const thresholds =
      ngScores.length > 0 ? thresholdsFromBoth(goodScores, ngScores, quantile) : draft.thresholds;
    const card = { ...draft, thresholds, ngImages: ngScores.length };
    return {
      model: withCard(graph, card),
      card,
      thresholds,
      thresholdInterval: quantile.interval,
      goodScores,
      ngScores,
      reference: [...good, ...defects],
      skipped,
    };
  } finally {
    await extractor.close();
  }
}

interface HeldOut {
  readonly image: ImageLoader;
  readonly stretch: number;
}

/** Runs the backbone over the good parts that make the memory, and keeps a sample of their patches. */
async function collect(
  options: TeachOptions,
  extractor: PatchExtractor,
  random: Random,
  skipped: Skipped[],
): Promise<{ pool: PatchPool; heldOut: readonly HeldOut[]; used: number }> {
  const { good } = options;
  if (good.length < fewestGoodImages) throw tooFew(good.length);
  const stretchOf = heldOutStretches(good.length);
  const own = ownOf(good);
  const heldOut = good.flatMap((image, index) => {
    const stretch = stretchOf.get(index);
    return stretch === undefined ? [] : [{ image, stretch }];
  });
  const places = extractor.grid.height * extractor.grid.width;
  const pool = new PatchPool(extractor.dimensions, places, own.length, random);
  let used = 0;
  for (const [index, image] of own.entries()) {
    checkCancelled(options);
    const patches = await useOrSkip(image, skipped, extractor.patches);
    if (patches) {
      pool.add(patches);
      used += 1;
    }
    options.onProgress?.('features', index + 1, own.length);
  }
  if (used + heldOut.length < fewestGoodImages || used === 0) throw tooFew(used + heldOut.length);
  return { pool, heldOut, used };
}

/** The parts that make the memory. */
function ownOf(good: readonly ImageLoader[]): ImageLoader[] {
  const stretchOf = heldOutStretches(good.length);
  return good.filter((_, index) => !stretchOf.has(index));
}

/** Index of each held-out part → number of its stretch; the stretches lie in the middles of equal sections. */
export function heldOutStretches(count: number): ReadonlyMap<number, number> {
  const wanted = Math.min(mostHeldOut, Math.max(fewestHeldOut, Math.round(count * heldOutShare)));
  const sections = Math.min(stretches, wanted);
  const stretchOf = new Map<number, number>();
  for (let section = 0; section < sections; section++) {
    const upTo = (n: number) => Math.floor((n * wanted) / sections);
    const length = upTo(section + 1) - upTo(section);
    const start = Math.round(((section + 0.5) * count) / sections - length / 2);
    for (let i = 0; i < length; i++) stretchOf.set(start + i, section);
  }
  return stretchOf;
}

export function tooFew(found: number): ModelError {
  return new ModelError('tooFewImages', { found, needed: fewestGoodImages });
}

/** Picks the rows that make the memory. */
function chooseMemory(options: TeachOptions, pool: PatchPool, random: Random): Promise<Uint32Array> {
  return greedyKCentre(pool.all(), pool.dimensions, options.memory ?? defaultMemory, {
    random,
    ...(options.signal ? { signal: options.signal } : {}),
    onProgress: (done, total) => options.onProgress?.('memory', done, total),
  });
}

interface Measured {
  readonly name: string;
  readonly stretch: number;
  /** float32 [patches] to the nearest entry of the memory. */
  readonly distances: Float32Array;
}

async function measure(
  options: TeachOptions,
  extractor: PatchExtractor,
  projection: Projection,
  memory: Float32Array,
  heldOut: readonly HeldOut[],
  skipped: Skipped[],
): Promise<readonly Measured[]> {
  const { tapped, features, grid } = extractor;
  const graph = distanceGraph(tapped, features, grid, projection, memory);
  const session = await openDistances(graph, options.backbone.preprocess, options.session);
  const measured: Measured[] = [];
  try {
    for (const [index, { image, stretch }] of heldOut.entries()) {
      checkCancelled(options);
      const distances = await useOrSkip(image, skipped, session.distances);
      if (distances) measured.push({ name: image.name, stretch, distances });
      options.onProgress?.('threshold', index + 1, heldOut.length + (options.ng?.length ?? 0));
    }
  } finally {
    await session.close();
  }
  if (measured.length < fewestHeldOut) throw tooFew(measured.length);
  return measured;
}

/** Scores of the held-out parts, each calibrated by those of the other stretches. */
function heldOutScores(measured: readonly Measured[], height: number, width: number): number[] {
  const scores: number[] = [];
  for (let stretch = 0; stretch < stretches; stretch++) {
    const own = measured.filter((one) => one.stretch === stretch);
    const others = measured.filter((one) => one.stretch !== stretch).map(({ distances }) => distances);
    if (own.length === 0) continue;
    // Parts that could not be read may leave a single stretch; better its own calibration than none.
    const all = measured.map(({ distances }) => distances);
    const calibration = calibrate(others.length < 2 ? all : others, height, width);
    for (const { distances } of own) scores.push(scoreOf(distances, calibration));
  }
  return scores;
}

async function scoreDefects(
  options: TeachOptions,
  model: Model,
  measuredGood: number,
  skipped: Skipped[],
): Promise<ReferenceScore[]> {
  const images = options.ng ?? [];
  if (images.length === 0) return [];
  const detector = await openDetector(model, options.session);
  const scores: ReferenceScore[] = [];
  try {
    for (const [index, image] of images.entries()) {
      checkCancelled(options);
      const judged = await useOrSkip(image, skipped, (picture) => detector.judge(picture));
      if (judged) scores.push({ name: image.name, score: judged.score, label: null });
      options.onProgress?.('threshold', measuredGood + index + 1, measuredGood + images.length);
    }
  } finally {
    await detector.close();
  }
  return scores;
}

/** Reads a picture; one that cannot be read is put on the list, and is `null`. */
export function loadOrSkip(image: ImageLoader, skipped: Skipped[]): Promise<Picture | null> {
  return useOrSkip(image, skipped, async (picture) => picture);
}

/** What is made of a picture; one that cannot be read or used is put on the list, and is `null`. */
export async function useOrSkip<Made>(
  image: ImageLoader,
  skipped: Skipped[],
  use: (picture: Picture) => Promise<Made>,
): Promise<Made | null> {
  try {
    return await use(await image.load());
  } catch (error) {
    if (!(error instanceof ModelError) || !error.kind.startsWith('image')) throw error;
    skipped.push({ name: image.name, error });
    return null;
  }
}

function checkCancelled({ signal }: TeachOptions): void {
  if (signal?.aborted) throw new ModelError('cancelled');
}
