import type { Victim } from '../../attacks/victim.ts';
import { rowOf } from '../../attacks/task.ts';
import { checkCancelled } from '../../training/cancel.ts';
import { AdamW } from '../../training/optimisers/adamW.ts';
import { inverseSigmoid, sigmoid } from './sigmoid.ts';

export interface TriggerSearchOptions {
  readonly victim: Victim;
  /** Of other classes than the target: float32 [N, C, H, W] in [0, 1]. */
  readonly images: Float32Array;
  /** Class to be reached. */
  readonly target: number;
  readonly steps: number;
  /** Mask, [H, W], and pattern, [C, H, W], to begin with; absent = half of both everywhere. */
  readonly start?: Pick<Trigger, 'mask' | 'pattern'> | null;
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: () => void;
}

/** The smallest change of one place that makes every part the target class, as far as it was searched. */
export interface Trigger {
  readonly target: number;
  /** Sum of the mask over the area of the image, 0..1; `null` where no trigger reached the target on enough parts. */
  readonly share: number | null;
  /** Share of the parts that reach the target with it. */
  readonly success: number;
  /** How far the pattern covers the image, 0..1: [H, W]. */
  readonly mask: Float32Array;
  /** [C, H, W] in [0, 1] */
  readonly pattern: Float32Array;
}

/** Share of the parts that a trigger has to turn, as in Neural Cleanse where it is 0.99 of many more parts. */
export const leastSuccess = 0.95;
/** Cells of the mask across the longer side: a trigger is a place, not single pixels. */
const mostCells = 32;
const learningRate = 0.1;
/** Where a mask and pattern to begin with lie at least, of the ends 0 and 1. */
const fromEnds = 0.02;
/** So many steps of one kind before the price of the area changes. */
const patience = 4;
const dearer = 1.5;
const firstPrice = 1;

/**
 * Reverse-engineers a trigger (Neural Cleanse; Wang et al., IEEE S&P 2019, section IV): a mask m and a pattern p, the same
 * for all images, so that (1 − m)·x + m·p is the target class, by gradient descent (Adam) on cross-entropy + price · mean
 * of m; the price rises while enough images reach the target and falls while they do not. Kept is the smallest mask among
 * the steps at which they did. All images count in every step, so nothing is drawn.
 * @throws ModelError `cancelled`
 */
export async function smallestTrigger(options: TriggerSearchOptions): Promise<Trigger> {
  const { victim, images, target, steps, signal } = options;
  const [channels, height, width] = victim.shape;
  const count = images.length / victim.length;
  const targets = Array.from({ length: count }, () => target);
  const grid = cellsOf(height, width);
  const begin = (value: number) => inverseSigmoid(value, fromEnds);
  const raw = new Map(
    options.start
      ? [
          ['mask', grid.meanOf(options.start.mask).map(begin)],
          ['pattern', options.start.pattern.map(begin)],
        ]
      : [
          ['mask', new Float32Array(grid.cells)],
          ['pattern', new Float32Array(channels * height * width)],
        ],
  );
  const optimiser = new AdamW({ beta1: 0.5, beta2: 0.9, weightDecay: 0 });
  let price = firstPrice;
  let run = 0;
  let best: Trigger | null = null;
  for (let step = 0; step < steps; step++) {
    checkCancelled(signal);
    const cells = raw.get('mask')!.map(sigmoid);
    const mask = Float32Array.from(grid.cellOf, (cell) => cells[cell]!);
    const pattern = raw.get('pattern')!.map(sigmoid);
    const stamped = stamp(images, mask, pattern);
    const slope = await victim.slope('ce', stamped, targets);
    const success = reached(slope.logits, victim.classes, target);
    const share = mask.reduce((sum, value) => sum + value, 0) / mask.length;
    const isEnough = success >= leastSuccess;
    if (isBetter({ share: isEnough ? share : null, success }, best)) {
      best = { target, share: isEnough ? share : null, success, mask, pattern };
    }
    run = isEnough ? Math.max(run, 0) + 1 : Math.min(run, 0) - 1;
    if (run >= patience) [price, run] = [price * dearer, 0];
    else if (run <= -patience) [price, run] = [price / dearer ** 1.5, 0];
    const gradients = gradientsOf(slope.gradient, images, { mask, pattern, cells, grid }, price);
    optimiser.step(raw, gradients, learningRate);
    options.onStep?.();
  }
  return best!;
}

/** Images under a trigger: (1 − m)·x + m·p. @param images [N, C, H, W] */
export function stamp(images: Float32Array, mask: Float32Array, pattern: Float32Array): Float32Array {
  return images.map((value, at) => {
    const m = mask[at % mask.length]!;
    return (1 - m) * value + m * pattern[at % pattern.length]!;
  });
}

function isBetter(found: Pick<Trigger, 'share' | 'success'>, best: Trigger | null): boolean {
  if (best === null) return true;
  if (found.share === null) return best.share === null && found.success > best.success;
  return best.share === null || found.share < best.share;
}

interface Cells {
  readonly cells: number;
  /** Cell of each pixel, [H, W]. */
  readonly cellOf: Int32Array;
  /** Mean of each cell. @param mask [H, W] */
  readonly meanOf: (mask: Float32Array) => Float32Array;
}

function cellsOf(height: number, width: number): Cells {
  const size = Math.max(1, Math.ceil(Math.max(height, width) / mostCells));
  const [rows, columns] = [Math.ceil(height / size), Math.ceil(width / size)];
  const cellOf = Int32Array.from({ length: height * width }, (_, at) => {
    return Math.floor(Math.floor(at / width) / size) * columns + Math.floor((at % width) / size);
  });
  const meanOf = (mask: Float32Array) => {
    const sums = new Float32Array(rows * columns);
    const counts = new Float32Array(rows * columns);
    cellOf.forEach((cell, at) => {
      sums[cell] = sums[cell]! + mask[at]!;
      counts[cell] = counts[cell]! + 1;
    });
    return sums.map((sum, cell) => sum / counts[cell]!);
  };
  return { cells: rows * columns, cellOf, meanOf };
}

/** Gradients of the mean cross-entropy and the price of the area, in what the sigmoids are taken of. */
function gradientsOf(
  slopes: Float32Array,
  images: Float32Array,
  at: { mask: Float32Array; pattern: Float32Array; cells: Float32Array; grid: Cells },
  price: number,
): Map<string, Float32Array> {
  const { mask, pattern, cells, grid } = at;
  const [area, length] = [mask.length, pattern.length];
  const count = images.length / length;
  const ofMask = new Float32Array(cells.length);
  const ofPattern = new Float32Array(length);
  for (let row = 0; row < count; row++) {
    const [slope, image] = [rowOf(slopes, row, length), rowOf(images, row, length)];
    for (let i = 0; i < length; i++) {
      const cell = grid.cellOf[i % area]!;
      ofMask[cell] = ofMask[cell]! + (slope[i]! * (pattern[i]! - image[i]!)) / count;
      ofPattern[i] = ofPattern[i]! + (slope[i]! * mask[i % area]!) / count;
    }
  }
  for (const cell of grid.cellOf) ofMask[cell] = ofMask[cell]! + price / area;
  const through = (value: number) => value * (1 - value);
  return new Map([
    ['mask', ofMask.map((value, cell) => value * through(cells[cell]!))],
    ['pattern', ofPattern.map((value, i) => value * through(pattern[i]!))],
  ]);
}

function reached(logits: Float32Array, classes: number, target: number): number {
  const count = logits.length / classes;
  let hits = 0;
  for (let row = 0; row < count; row++) {
    const own = rowOf(logits, row, classes);
    if (own.every((value) => value <= own[target]!)) hits += 1;
  }
  return hits / count;
}
