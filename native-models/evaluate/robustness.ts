import { attackNamed } from '../attacks/index.ts';
import { norms } from '../attacks/norms/index.ts';
import type { NormName } from '../attacks/norms/norm.ts';
import { gatherRows, marginOf, pick, rowOf } from '../attacks/task.ts';
import { brokenByNoise, type ProbedBatch } from './flags.ts';

export interface AttackPlan {
  /** In the order in which they run, each on what the ones before left standing. */
  readonly attacks: readonly string[];
  readonly norm: NormName;
  /** Radii. */
  readonly epsilons: readonly number[];
  /** Iterations, by attack; absent = its own number. */
  readonly steps?: Readonly<Record<string, number>>;
  /** Whether to attack the verdict of a classifier too where its classes say more (default). */
  readonly verdicts?: boolean;
}

/** One batch at one radius. */
export interface BatchUnderAttack {
  readonly epsilon: number;
  /** Name of the attack that got each image misjudged first; null = it holds, or was wrong from the start. */
  readonly brokenBy: readonly (string | null)[];
  /** Whether each image is judged right at every point that was tried. */
  readonly holds: readonly boolean[];
  /** Of the worst image found in each ball: logits float32 [N, K], and what score and type are read from. */
  readonly logits: Float32Array;
  readonly readings: Float32Array;
  /** Images that only noise, not gradients, got misjudged. */
  readonly onlyNoise: number;
}

/**
 * Attacks one batch at every radius, small ones first: an image misjudged inside a ball is misjudged inside every
 * larger one.
 * @param enough margin from which each image is left alone, 0 or more; absent = 0
 * @throws ModelError `badRequest` for an attack that is not known or needs more classes, `cancelled`
 */
export async function attackBatch(
  batch: ProbedBatch,
  plan: AttackPlan,
  enough: readonly number[] = batch.labels.map(() => 0),
): Promise<BatchUnderAttack[]> {
  const { victim, clean, labels, random, signal } = batch;
  const { classes, length } = victim;
  const entries = plan.attacks.map((name) => ({ name, ...attackNamed(name, classes) }));
  const norm = norms[plan.norm];
  const worst = clean.slice();
  const logits = await victim.logits(clean);
  const brokenBy: (string | null)[] = labels.map(() => null);
  const margins = labels.map((label, row) => marginOf(rowOf(logits, row, classes), label));
  const holds = margins.map((margin) => margin < 0);
  const results: BatchUnderAttack[] = [];
  for (const epsilon of [...plan.epsilons].sort((a, b) => a - b)) {
    const all = labels.map((_, row) => row);
    const open = () => all.filter((row) => margins[row]! < enough[row]!);
    for (const { name, run } of entries) {
      const rows = open();
      if (rows.length === 0) break;
      const steps = plan.steps?.[name];
      const outcome = await run({
        ...{ victim, norm, epsilon, signal },
        clean: gatherRows(clean, rows, length),
        labels: pick(labels, rows),
        enough: pick(enough, rows),
        ...(steps === undefined ? {} : { steps }),
        random: random.fork(`${name} ${epsilon}`),
      });
      rows.forEach((row, at) => {
        const margin = outcome.margins[at]!;
        if (!(margin > margins[row]!)) return;
        margins[row] = margin;
        rowOf(worst, row, length).set(rowOf(outcome.images, at, length));
        if (margin < 0) return;
        if (holds[row]) brokenBy[row] = name;
        holds[row] = false;
      });
    }
    const standing = all.filter((row) => holds[row]);
    const byNoise = await brokenByNoise(batch, standing, norm, epsilon);
    for (const [row, image] of byNoise) {
      rowOf(worst, row, length).set(image);
      margins[row] = 0;
      holds[row] = false;
      brokenBy[row] = 'noise';
    }
    results.push({
      epsilon,
      brokenBy: [...brokenBy],
      holds: [...holds],
      ...(await victim.read(worst)),
      onlyNoise: byNoise.size,
    });
  }
  return results;
}
