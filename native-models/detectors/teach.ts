import { ModelError } from '../errors.ts';
import type { Picture } from '../images/picture.ts';
import type { Preprocess } from '../images/preprocess.ts';
import type { Model } from '../onnx/ir.ts';
import { seededRandom, type Random } from '../random.ts';
import type { SessionOptions } from '../runtime/session.ts';
import { detectorGraph, distanceGraph } from './anomalyGraph.ts';
import { calibrate, scoreOf } from './calibration.ts';
import { withCard, type ModelCard, type Thresholds } from './card.ts';
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
  /** Scores of good parts by memories that had not seen them. */
  readonly goodScores: readonly number[];
  readonly ngScores: readonly number[];
  readonly skipped: readonly Skipped[];
}

/** Fewer good parts than this say nothing about how much good parts vary. */
export const fewestGoodImages = 5;
/** Good parts are cut into this many stretches; each is measured by a memory made of the others. */
const folds = 4;
/** Parts that are measured for calibration and threshold, at most: more hardly narrow the interval. */
const mostMeasured = 1000;
const defaultMemory = 3000;
const shrinkage = 0.01;
/** The map comes out this much finer than the patch grid, for the eye. */
const mapZoom = 4;
const finestMap = 128;

/**
 * Teaches an anomaly detector from good parts: the memory of PatchCore (Roth et al., CVPR 2022) on whitened
 * features, calibrated by place. Calibration and threshold come from cross-fitting: every good part is measured
 * by a memory made without it and without its neighbours in the list, so both hold for parts not yet seen.
 * Same inputs and seed give the same detector on one thread.
 * @throws ModelError `tooFewImages`, `cancelled`, and as `openPatchExtractor` for the backbone
 */
export async function teachAnomalyDetector(options: TeachOptions): Promise<Taught> {
  const { backbone, seed } = options;
  const random = seededRandom(seed);
  const extractor = await openPatchExtractor(
    backbone.model,
    backbone.preprocess,
    options.features,
    options.session,
  );
  try {
    const skipped: Skipped[] = [];
    const { pool, good } = await collect(options, extractor, random.fork('patches'), skipped);
    const projection = whitening(pool.covariance(), shrinkage);
    pool.apply(projection);
    const memory = await choose(options, pool, () => true, random.fork('memory'), true);
    const measured = await crossFit(options, extractor, projection, pool, good, random, skipped);
    const { height, width } = extractor.grid;
    const zoom = Math.max(1, Math.min(mapZoom, Math.floor(finestMap / Math.max(height, width))));
    const graph = detectorGraph(
      extractor.tapped,
      extractor.features,
      extractor.grid,
      projection,
      memory,
      calibrate(
        measured.map(({ distances }) => distances),
        height,
        width,
      ),
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
      goodImages: good.length,
      ngImages: 0,
      memory: memory.length / projection.outputs,
      seed,
    };
    const ngScores = await scoreDefects(options, withCard(graph, draft), skipped);
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
      skipped,
    };
  } finally {
    await extractor.close();
  }
}

/** Runs the backbone over all good parts and keeps a sample of their patches. */
async function collect(
  options: TeachOptions,
  extractor: PatchExtractor,
  random: Random,
  skipped: Skipped[],
): Promise<{ pool: PatchPool; good: readonly ImageLoader[] }> {
  const { good: images } = options;
  if (images.length < fewestGoodImages) throw tooFew(images.length);
  const patches = extractor.grid.height * extractor.grid.width;
  const pool = new PatchPool(extractor.dimensions, patches, images.length, random);
  const good: ImageLoader[] = [];
  for (const [index, image] of images.entries()) {
    checkCancelled(options);
    const picture = await loadOrSkip(image, skipped);
    if (picture) {
      pool.add(good.length, await extractor.patches(picture));
      good.push(image);
    }
    options.onProgress?.('features', index + 1, images.length);
  }
  if (good.length < fewestGoodImages) throw tooFew(good.length);
  return { pool, good };
}

function tooFew(found: number): ModelError {
  return new ModelError('tooFewImages', { found, needed: fewestGoodImages });
}

/** The memory made of the images that `keep` accepts, float32 [entries, dimensions]. */
async function choose(
  options: TeachOptions,
  pool: PatchPool,
  keep: (image: number) => boolean,
  random: Random,
  report: boolean,
): Promise<Float32Array> {
  const size = pool.dimensions;
  const rows = pool.select(keep);
  const chosen = await greedyKCentre(rows, size, options.memory ?? defaultMemory, {
    random,
    ...(options.signal ? { signal: options.signal } : {}),
    ...(report ? { onProgress: (done, total) => options.onProgress?.('memory', done, total) } : {}),
  });
  const memory = new Float32Array(chosen.length * size);
  chosen.forEach((row, i) => memory.set(rows.subarray(row * size, (row + 1) * size), i * size));
  return memory;
}

interface Measured {
  readonly fold: number;
  /** float32 [patches] to the nearest entry of a memory that has not seen the part. */
  readonly distances: Float32Array;
}

async function crossFit(
  options: TeachOptions,
  extractor: PatchExtractor,
  projection: Projection,
  pool: PatchPool,
  good: readonly ImageLoader[],
  random: Random,
  skipped: Skipped[],
): Promise<readonly Measured[]> {
  const foldOf = (image: number) => Math.floor((image * folds) / good.length);
  const step = Math.max(1, good.length / mostMeasured);
  const total = Math.floor(good.length / step);
  const measured: Measured[] = [];
  for (let fold = 0; fold < folds; fold++) {
    const memory = await choose(
      options,
      pool,
      (image) => foldOf(image) !== fold,
      random.fork(`fold ${fold}`),
      false,
    );
    const { tapped, features, grid } = extractor;
    const graph = distanceGraph(tapped, features, grid, projection, memory);
    const session = await openDistances(graph, options.backbone.preprocess, options.session);
    try {
      for (let i = 0; i < total; i++) {
        const image = Math.floor(i * step);
        if (foldOf(image) !== fold) continue;
        checkCancelled(options);
        const picture = await loadOrSkip(good[image]!, skipped);
        if (picture) measured.push({ fold, distances: await session.distances(picture) });
        options.onProgress?.('threshold', measured.length, total + (options.ng?.length ?? 0));
      }
    } finally {
      await session.close();
    }
  }
  // Only when files vanish while they are read.
  if (measured.length < fewestGoodImages) throw tooFew(measured.length);
  return measured;
}

/** Scores by the memory and the calibration of the other folds. */
function heldOutScores(measured: readonly Measured[], height: number, width: number): number[] {
  const scores: number[] = [];
  for (let fold = 0; fold < folds; fold++) {
    const others = measured.filter((one) => one.fold !== fold).map(({ distances }) => distances);
    const calibration = calibrate(others, height, width);
    for (const one of measured) if (one.fold === fold) scores.push(scoreOf(one.distances, calibration));
  }
  return scores;
}

async function scoreDefects(options: TeachOptions, model: Model, skipped: Skipped[]): Promise<number[]> {
  const images = options.ng ?? [];
  if (images.length === 0) return [];
  const detector = await openDetector(model, options.session);
  const scores: number[] = [];
  try {
    const before = Math.min(options.good.length, mostMeasured);
    for (const [index, image] of images.entries()) {
      checkCancelled(options);
      const picture = await loadOrSkip(image, skipped);
      if (picture) scores.push((await detector.judge(picture)).score);
      options.onProgress?.('threshold', before + index + 1, before + images.length);
    }
  } finally {
    await detector.close();
  }
  return scores;
}

async function loadOrSkip(image: ImageLoader, skipped: Skipped[]): Promise<Picture | null> {
  try {
    return await image.load();
  } catch (error) {
    if (!(error instanceof ModelError) || !error.kind.startsWith('image')) throw error;
    skipped.push({ name: image.name, error });
    return null;
  }
}

function checkCancelled({ signal }: TeachOptions): void {
  if (signal?.aborted) throw new ModelError('cancelled');
}
