import type { AttackLossName } from './losses.ts';
import { gatherRows, pick, rowOf, Trial, type AttackOutcome, type AttackTask } from './task.ts';

export interface PgdOptions {
  readonly loss?: AttackLossName;
  readonly steps: number;
  readonly restarts: number;
  /** Length of one step, in the norm's unit. */
  readonly stepSize: number;
  /** `ball` = anywhere in it; `near` = a hair off the image, where the loss has its minimum there. */
  readonly start: 'clean' | 'near' | 'ball';
  /** Logits [N, K] that the loss keeps away from, where it reads them. */
  readonly reference?: Float32Array;
  /** Asks the network about the last images too (default); a training does not need to know. */
  readonly judgesLast?: boolean;
}

/** Deviation of the start near the image (TRADES, section 5). */
const hair = 0.001;

/** Steps reach 2.5 times across the radius, as its authors' implementation has it. */
const travel = 2.5;
const usualSteps = 20;

/**
 * Projected gradient descent (Madry et al., arXiv 1706.06083): from a random point of the ball, steps along the
 * steepest ascent of the cross-entropy, each brought back into the ball and into [0, 1].
 */
export function pgd(task: AttackTask): Promise<AttackOutcome> {
  const steps = task.steps ?? usualSteps;
  const stepSize = pgdStepSize(task.epsilon, steps);
  return climb(task, { steps, restarts: task.restarts ?? 1, stepSize, start: 'ball' });
}

/** Length of a step of projected gradient descent that may take so many. */
export function pgdStepSize(epsilon: number, steps: number): number {
  return (travel * epsilon) / steps;
}

/** One step of the whole radius along the sign of the gradient (Goodfellow et al., arXiv 1412.6572). */
export function fgsm(task: AttackTask): Promise<AttackOutcome> {
  return climb(task, { steps: 1, restarts: 1, stepSize: task.epsilon, start: 'clean' });
}

export interface Climbed extends AttackOutcome {
  /** Where each image stood at the end, or when it was left alone: float32 [N, C, H, W]. */
  readonly last: Float32Array;
  /** What the network says of the worst of its images, [N, K]. */
  readonly logits: Float32Array;
  /** What it says of where the first start began, [N, K]. */
  readonly first: Float32Array;
}

/** Gradient ascent with a fixed step inside the ball. */
export async function climb(task: AttackTask, options: PgdOptions): Promise<Climbed> {
  const { victim, clean, labels, norm, epsilon } = task;
  const { length } = victim;
  const trial = new Trial(task);
  const last = clean.slice();
  const first = new Float32Array(labels.length * victim.classes);
  for (let restart = 0; restart < options.restarts; restart++) {
    let rows = trial.open();
    let images = gatherRows(clean, rows, length);
    if (options.start !== 'clean') {
      const random = task.random.fork(`start ${restart}`);
      rows.forEach((row, at) => {
        const image = rowOf(images, at, length);
        const own = random.fork(row);
        if (options.start === 'ball') norm.start(image, epsilon, own);
        else for (let i = 0; i < length; i++) image[i] = image[i]! + hair * own.normal();
        norm.project(image, rowOf(clean, row, length), epsilon);
      });
    }
    for (let step = 0; step < options.steps && rows.length > 0; step++) {
      trial.open();
      const reference = options.reference && gatherRows(options.reference, rows, victim.classes);
      const slope = await victim.slope(options.loss ?? 'ce', images, pick(labels, rows), reference);
      if (restart === 0 && step === 0) first.set(slope.logits);
      const still = trial.note(rows, images, slope.logits);
      rows = pick(rows, still);
      images = gatherRows(images, still, length);
      rows.forEach((row, at) => {
        const image = rowOf(images, at, length);
        const direction = rowOf(slope.gradient, still[at]!, length);
        norm.toDirection(direction);
        for (let i = 0; i < length; i++) image[i] = image[i]! + options.stepSize * direction[i]!;
        norm.project(image, rowOf(clean, row, length), epsilon);
        rowOf(last, row, length).set(image);
      });
    }
    if (rows.length > 0 && options.judgesLast !== false)
      trial.note(rows, images, await victim.logits(images));
  }
  return Object.assign(trial, { last, first });
}
