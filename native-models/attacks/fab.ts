import type { Norm } from './norms/norm.ts';
import { gatherRows, marginOf, pick, rowOf, Trial, type AttackOutcome, type AttackTask } from './task.ts';
import { targetsOf } from './targets.ts';

const usualSteps = 50;
/** Weight of the clean image in each step, at most. */
const pullHome = 0.1;
/** How far beyond the boundary a step goes. */
const overshoot = 1.05;
/** How near to the clean image the search starts again once it has crossed the boundary. */
const backward = 0.9;
/** Classes tried, the likeliest first. */
const mostTargets = 9;

/**
 * Fast adaptive boundary attack, one target class after the other (Croce & Hein, arXiv 1907.02044, algorithm 1; FAB-T
 * of arXiv 2003.01690): walks along the boundary, taken for a plane at each step, to its point nearest to the image.
 * It looks for the smallest change at all; an image counts where that change lies within the radius.
 */
export async function fab(task: AttackTask): Promise<AttackOutcome> {
  const { victim, labels, clean } = task;
  const trial = new Trial(task);
  const open = trial.open();
  if (open.length === 0) return trial;
  const logits = await victim.logits(gatherRows(clean, open, victim.length));
  for (let rank = 0; rank < Math.min(mostTargets, victim.classes - 1); rank++) {
    const ranked = targetsOf(logits, pick(labels, open), victim.classes, rank);
    const targets = new Map(open.map((row, at) => [row, ranked[at]!]));
    for (let restart = 0; restart < (task.restarts ?? 1); restart++) {
      const random = task.random.fork(`target ${rank} restart ${restart}`);
      await walk({ ...task, random }, trial, targets, restart > 0);
    }
  }
  return trial;
}

async function walk(
  task: AttackTask,
  trial: Trial,
  targets: ReadonlyMap<number, number>,
  randomStart: boolean,
): Promise<void> {
  const { victim, clean, labels, norm, random } = task;
  const { length, classes } = victim;
  let rows = trial.open();
  let images = gatherRows(clean, rows, length);
  if (randomStart) {
    rows.forEach((row, at) => norm.start(rowOf(images, at, length), task.epsilon / 2, random.fork(row)));
  }
  for (let step = 0; step < (task.steps ?? usualSteps) && rows.length > 0; step++) {
    trial.open();
    const chosen = rows.map((row) => targets.get(row)!);
    const { loss, gradient } = await victim.slope('difference', images, pick(labels, rows), chosen);
    rows.forEach((row, at) => {
      const w = rowOf(gradient, at, length);
      stepToBoundary(rowOf(images, at, length), rowOf(clean, row, length), w, loss[at]!, norm);
    });
    const logits = await victim.logits(images);
    const still = noteInside(task, trial, rows, images, logits);
    rows.forEach((row, at) => {
      const margin = marginOf(rowOf(logits, at, classes), labels[row]!);
      if (margin < 0) return;
      const image = rowOf(images, at, length);
      const original = rowOf(clean, row, length);
      for (let p = 0; p < length; p++) image[p] = mix(original[p]!, image[p]!, backward);
    });
    rows = pick(rows, still);
    images = gatherRows(images, still, length);
  }
}

/** The walk may lead outside the ball; only images inside it count. @returns positions of the rows to go on with */
function noteInside(
  { victim, clean, norm, epsilon }: AttackTask,
  trial: Trial,
  rows: readonly number[],
  images: Float32Array,
  logits: Float32Array,
): number[] {
  const { length, classes } = victim;
  const isInside = rows.map(
    (row, at) => norm.distance(rowOf(images, at, length), rowOf(clean, row, length)) <= epsilon,
  );
  const inside = rows.flatMap((_, at) => (isInside[at] ? [at] : []));
  const open = trial.note(
    pick(rows, inside),
    gatherRows(images, inside, length),
    gatherRows(logits, inside, classes),
  );
  const kept = new Set(pick(inside, open));
  return rows.flatMap((_, at) => (!isInside[at] || kept.has(at) ? [at] : []));
}

/**
 * From an image x and from the clean one to the plane f(x) + w·(· − x) = 0, and to a point between the two that leans to
 * the nearer (equation 7 and algorithm 1, lines 5 to 9).
 * @param f difference of logits at x; above 0 beyond the boundary
 */
function stepToBoundary(x: Float32Array, clean: Float32Array, w: Float32Array, f: number, norm: Norm): void {
  let between = 0;
  for (let p = 0; p < x.length; p++) between += w[p]! * (x[p]! - clean[p]!);
  const fromX = new Float32Array(x.length);
  const fromClean = new Float32Array(x.length);
  norm.toPlane(fromX, x, w, -f);
  norm.toPlane(fromClean, clean, w, -f + between);
  const origin = new Float32Array(x.length);
  const far = norm.distance(fromX, origin);
  const home = norm.distance(fromClean, origin);
  const pull = far + home === 0 ? 0 : Math.min(pullHome, far / (far + home));
  for (let p = 0; p < x.length; p++) {
    const own = x[p]! + overshoot * fromX[p]!;
    const other = clean[p]! + overshoot * fromClean[p]!;
    x[p] = Math.min(1, Math.max(0, mix(own, other, pull)));
  }
}

const mix = (a: number, b: number, share: number): number => a + share * (b - a);
