import type { AttackLossName } from './losses.ts';
import { gatherRows, pick, rowOf, Trial, type AttackOutcome, type AttackTask } from './task.ts';

const usualSteps = 100;
/** Share of steps between two checkpoints that must have raised the loss. */
const rho = 0.75;
const momentum = 0.75;

export interface ApgdOptions {
  readonly loss: AttackLossName;
  /** Class to reach for each image, for a targeted loss. */
  readonly targets?: readonly number[];
  readonly randomStart: boolean;
}

export interface ApgdOutcome extends AttackOutcome {
  /** Highest value of the attack's own loss on each image, [N]. */
  readonly bestLosses: Float32Array;
}

/** Auto-PGD on the cross-entropy. */
export const apgdCe = (task: AttackTask): Promise<AttackOutcome> => restarted(task, 'ce');
/** Auto-PGD on the margin max_{j≠y} z_j − z_y, which two classes suffice for. */
export const apgdMargin = (task: AttackTask): Promise<AttackOutcome> => restarted(task, 'margin');
/** Auto-PGD on the difference of logits ratio. */
export const apgdDlr = (task: AttackTask): Promise<AttackOutcome> => restarted(task, 'dlr');

async function restarted(task: AttackTask, loss: AttackLossName): Promise<AttackOutcome> {
  let trial = new Trial(task);
  const restarts = task.restarts ?? 1;
  for (let restart = 0; restart < restarts; restart++) {
    const random = task.random.fork(`restart ${restart}`);
    trial = await apgd({ ...task, random }, { loss, randomStart: restart > 0 }, trial);
  }
  return trial;
}

/**
 * Auto-PGD (Croce & Hein, arXiv 2003.01690, algorithm 1): projected gradient ascent with momentum whose step starts
 * at twice the radius and is halved, going back to the best image so far, where at a checkpoint fewer than `rho` of the
 * steps raised the loss, or neither the step nor the best loss has changed since the last one.
 * @param trial what earlier attacks on the same task reached
 */
export async function apgd(
  task: AttackTask,
  options: ApgdOptions,
  trial = new Trial(task),
): Promise<Trial & ApgdOutcome> {
  const { victim, clean, labels, norm, epsilon } = task;
  const steps = task.steps ?? usualSteps;
  const { length } = victim;
  let rows = trial.open();
  // One row each for the images that are left, in the order of `rows`.
  let at = new Ascent(gatherRows(clean, rows, length), rows.length, 2 * epsilon);
  if (options.randomStart) {
    const random = task.random.fork('start');
    rows.forEach((row, i) => norm.start(rowOf(at.images, i, length), epsilon, random.fork(row)));
  }
  at.previous.set(at.images);
  const bestLosses = new Float32Array(labels.length).fill(-Infinity);
  const ask = () =>
    victim.slope(options.loss, at.images, pick(labels, rows), options.targets && pick(options.targets, rows));
  /** Takes in what the network said; images that broke leave. */
  const take = async (): Promise<void> => {
    const slope = await ask();
    at.gradients = slope.gradient;
    at.note(slope.loss, length);
    rows.forEach((row, i) => (bestLosses[row] = at.bestLoss[i]!));
    const still = trial.note(rows, at.images, slope.logits);
    if (still.length < rows.length) at = at.only(still, length);
    rows = pick(rows, still);
  };

  if (rows.length > 0) await take();
  const { first, shrink, floor } = windows(steps);
  let window = first;
  let sinceCheck = 0;
  at.startWatch();
  for (let step = 0; step < steps && rows.length > 0; step++) {
    trial.open();
    const pull = step === 0 ? 1 : momentum;
    rows.forEach((row, i) => move(at, i, length, pull, task, rowOf(clean, row, length)));
    await take();
    sinceCheck += 1;
    if (sinceCheck === window) {
      at.check(window, length);
      sinceCheck = 0;
      window = Math.max(window - shrink, floor);
    }
  }
  return Object.assign(trial, { bestLosses });
}

/** One step with momentum (algorithm 1, lines 6 and 7). */
function move(
  at: Ascent,
  i: number,
  length: number,
  pull: number,
  { norm, epsilon }: AttackTask,
  clean: Float32Array,
): void {
  const image = rowOf(at.images, i, length);
  const previous = rowOf(at.previous, i, length);
  const direction = rowOf(at.gradients, i, length).slice();
  norm.toDirection(direction);
  const size = at.stepSize[i]!;
  const plain = direction.map((value, p) => image[p]! + size * value);
  norm.project(plain, clean, epsilon);
  for (let p = 0; p < length; p++) {
    const now = image[p]!;
    const next = now + pull * (plain[p]! - now) + (1 - pull) * (now - previous[p]!);
    previous[p] = now;
    image[p] = next;
  }
  norm.project(image, clean, epsilon);
}

/** Lengths of the stretches between checkpoints, in steps (section 3.1). */
function windows(steps: number): { first: number; shrink: number; floor: number } {
  const share = (part: number) => Math.max(1, Math.floor(part * steps + 1e-9));
  return { first: share(0.22), shrink: share(0.03), floor: share(0.06) };
}

/** Where the ascent stands on each of several images. */
class Ascent {
  readonly images: Float32Array;
  readonly previous: Float32Array;
  gradients: Float32Array;
  readonly best: Float32Array;
  readonly bestGradients: Float32Array;
  readonly bestLoss: Float32Array;
  readonly stepSize: Float32Array;
  /** Loss at the last step. */
  private readonly lastLoss: Float32Array;
  /** Steps since the last checkpoint that raised the loss. */
  private readonly raises: Int32Array;
  private readonly bestAtCheck: Float32Array;
  private readonly wasHalved: Uint8Array;

  constructor(images: Float32Array, count: number, stepSize: number) {
    this.images = images;
    this.previous = images.slice();
    this.gradients = new Float32Array(images.length);
    this.best = images.slice();
    this.bestGradients = new Float32Array(images.length);
    this.bestLoss = new Float32Array(count).fill(-Infinity);
    this.stepSize = new Float32Array(count).fill(stepSize);
    this.lastLoss = new Float32Array(count).fill(-Infinity);
    this.raises = new Int32Array(count);
    this.bestAtCheck = new Float32Array(count);
    this.wasHalved = new Uint8Array(count).fill(1);
  }

  /** The same, of some of the images. */
  only(kept: readonly number[], length: number): Ascent {
    const part = new Ascent(gatherRows(this.images, kept, length), kept.length, 0);
    part.previous.set(gatherRows(this.previous, kept, length));
    part.gradients = gatherRows(this.gradients, kept, length);
    part.best.set(gatherRows(this.best, kept, length));
    part.bestGradients.set(gatherRows(this.bestGradients, kept, length));
    kept.forEach((from, to) => {
      part.bestLoss[to] = this.bestLoss[from]!;
      part.stepSize[to] = this.stepSize[from]!;
      part.lastLoss[to] = this.lastLoss[from]!;
      part.raises[to] = this.raises[from]!;
      part.bestAtCheck[to] = this.bestAtCheck[from]!;
      part.wasHalved[to] = this.wasHalved[from]!;
    });
    return part;
  }

  /** The losses at the images as they are now, whose gradients have just been set. */
  note(losses: Float32Array, length: number): void {
    losses.forEach((loss, i) => {
      if (loss > this.lastLoss[i]!) this.raises[i]! += 1;
      this.lastLoss[i] = loss;
      if (loss > this.bestLoss[i]!) {
        this.bestLoss[i] = loss;
        rowOf(this.best, i, length).set(rowOf(this.images, i, length));
        rowOf(this.bestGradients, i, length).set(rowOf(this.gradients, i, length));
      }
    });
  }

  /** The start has been judged: from here on raises count. */
  startWatch(): void {
    this.raises.fill(0);
    this.bestAtCheck.set(this.bestLoss);
  }

  /** A checkpoint: conditions 1 and 2 of section 3.1. */
  check(window: number, length: number): void {
    this.stepSize.forEach((size, i) => {
      const oscillates = this.raises[i]! <= rho * window;
      const stands = this.wasHalved[i] === 0 && this.bestAtCheck[i]! >= this.bestLoss[i]!;
      this.wasHalved[i] = oscillates || stands ? 1 : 0;
      this.bestAtCheck[i] = this.bestLoss[i]!;
      this.raises[i] = 0;
      if (this.wasHalved[i] === 0) return;
      this.stepSize[i] = size / 2;
      rowOf(this.images, i, length).set(rowOf(this.best, i, length));
      rowOf(this.gradients, i, length).set(rowOf(this.bestGradients, i, length));
    });
  }
}
