import type { Random } from '../random.ts';
import { checkCancelled } from '../training/cancel.ts';
import type { Norm } from './norms/norm.ts';
import type { Victim } from './victim.ts';

/** A batch to attack, and within what bounds. */
export interface AttackTask {
  readonly victim: Victim;
  /** float32 [N, C, H, W] in [0, 1] */
  readonly clean: Float32Array;
  /** True class of each image, 0..K−1. */
  readonly labels: readonly number[];
  readonly norm: Norm;
  /** Radius of the ball: grey level 1/255 is 0.0039 in L∞. */
  readonly epsilon: number;
  /** Iterations of each start; absent = the attack's own number. */
  readonly steps?: number;
  /** Random starts; absent = the attack's own number. */
  readonly restarts?: number;
  /** Leaves an image alone once it is misjudged (default); without it every image is driven to the end. */
  readonly stopWhenBroken?: boolean;
  /** Margin from which each image is left alone; absent = 0, where it is misjudged. Above that a worse verdict begins. */
  readonly enough?: readonly number[];
  readonly random: Random;
  readonly signal?: AbortSignal | undefined;
}

export interface AttackOutcome {
  /** float32 [N, C, H, W], each inside its ball: of the images tried, the one with the highest margin. */
  readonly images: Float32Array;
  /** Margin max_{j≠y} z_j − z_y of these images, [N]; 0 and above is misjudged. */
  readonly margins: Float32Array;
}

/** One of the attacks of method.md, section 6. */
export type Attack = (task: AttackTask) => Promise<AttackOutcome>;

/** What an attack has reached so far, image by image. */
export class Trial {
  readonly images: Float32Array;
  readonly margins: Float32Array;
  /** What the network says of these images, [N, K]; 0 where none was asked about. */
  readonly logits: Float32Array;
  private readonly task: AttackTask;

  constructor(task: AttackTask) {
    this.task = task;
    this.images = task.clean.slice();
    this.margins = new Float32Array(task.labels.length).fill(-Infinity);
    this.logits = new Float32Array(task.labels.length * task.victim.classes);
  }

  /** Images that are still worth attacking. @throws ModelError `cancelled` */
  open(): number[] {
    checkCancelled(this.task.signal);
    const all = this.task.labels.map((_, row) => row);
    return this.task.stopWhenBroken === false ? all : all.filter((row) => !this.isDone(row));
  }

  private isDone(row: number): boolean {
    return this.margins[row]! >= (this.task.enough?.[row] ?? 0);
  }

  /**
   * Takes note of what the network said of candidates.
   * @param rows which images these are of
   * @param candidates [rows, C, H, W] @param logits [rows, K]
   * @returns the rows that are still worth attacking, as positions in `rows`
   */
  note(rows: readonly number[], candidates: Float32Array, logits: Float32Array): number[] {
    const { victim, labels, stopWhenBroken } = this.task;
    const { length, classes } = victim;
    return rows.flatMap((row, at) => {
      const own = rowOf(logits, at, classes);
      const margin = marginOf(own, labels[row]!);
      if (margin > this.margins[row]!) {
        this.margins[row] = margin;
        rowOf(this.logits, row, classes).set(own);
        rowOf(this.images, row, length).set(rowOf(candidates, at, length));
      }
      return stopWhenBroken === false || !this.isDone(row) ? [at] : [];
    });
  }
}

/** max_{j≠y} z_j − z_y */
export function marginOf(logits: Float32Array, label: number): number {
  let rival = -Infinity;
  logits.forEach((value, k) => {
    if (k !== label && value > rival) rival = value;
  });
  return rival - logits[label]!;
}

/** One row of [N, length], not copied. */
export function rowOf(data: Float32Array, row: number, length: number): Float32Array {
  return data.subarray(row * length, (row + 1) * length);
}

/** Copies of some rows of [N, length], one behind the other. */
export function gatherRows(data: Float32Array, rows: readonly number[], length: number): Float32Array {
  const gathered = new Float32Array(rows.length * length);
  rows.forEach((row, at) => rowOf(gathered, at, length).set(rowOf(data, row, length)));
  return gathered;
}

/** Items of a list, by position. */
export function pick<Item>(items: readonly Item[], positions: readonly number[]): Item[] {
  return positions.map((at) => items[at]!);
}
