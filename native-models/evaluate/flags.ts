import { norms } from '../attacks/norms/index.ts';
import type { Norm } from '../attacks/norms/norm.ts';
import { pgd } from '../attacks/pgd.ts';
import { gatherRows, marginOf, rowOf } from '../attacks/task.ts';
import type { Victim } from '../attacks/victim.ts';
import type { Random } from '../random.ts';

/**
 * Signs that a robust accuracy may be flattering (Carlini et al., arXiv 1902.06705; Croce et al., arXiv 2202.13711):
 *
 * - `randomised`: the same image gives different outputs; a gradient then is one draw of many.
 * - `probabilities`: outputs lie in [0, 1] and sum to 1: softmax taken for logits, which saturates gradients.
 * - `zeroGradients`: the cross-entropy has no gradient at all at some images.
 * - `epsilonHarmless`: images withstand a change so large that nothing of the picture is left.
 * - `squareFound`: Square, without gradients, misjudged what gradient attacks could not.
 * - `noiseFound`: random noise did.
 */
export type SanityFlagKind =
  'randomised' | 'probabilities' | 'zeroGradients' | 'epsilonHarmless' | 'squareFound' | 'noiseFound';

export interface SanityFlag {
  readonly kind: SanityFlagKind;
  /** Images that show it, of those looked at. */
  readonly images: number;
  readonly of: number;
}

export interface ProbedBatch {
  readonly victim: Victim;
  /** float32 [N, C, H, W] */
  readonly clean: Float32Array;
  readonly labels: readonly number[];
  readonly random: Random;
  readonly signal?: AbortSignal | undefined;
  /** Class of whatever resembles nothing known (NG of an anomaly detector): nonsense is rightly put there. */
  readonly strange?: number;
}

/** Half the range: any image becomes any other one's grey, or nearly. */
const overwhelming = 0.5;
const overwhelmingSteps = 20;
const sumTolerance = 1e-3;

/** Looks for the signs that need no finished attack, on one batch. */
export async function probe(batch: ProbedBatch): Promise<SanityFlag[]> {
  const { victim, clean, labels, random, signal, strange } = batch;
  const { classes, length } = victim;
  const found: SanityFlag[] = [];
  const all = [...labels.keys()];
  const add = (kind: SanityFlagKind, isShown: (row: number) => boolean, rows = all) => {
    const images = rows.filter(isShown).length;
    if (images > 0) found.push({ kind, images, of: rows.length });
  };
  const first = await victim.logits(clean);
  const second = await victim.logits(clean);
  const row = (logits: Float32Array, at: number) => rowOf(logits, at, classes);
  add('randomised', (at) => row(first, at).some((value, k) => value !== row(second, at)[k]));
  const looksLikeProbabilities = (values: Float32Array) =>
    values.every((value) => value >= 0 && value <= 1) &&
    Math.abs(values.reduce((sum, value) => sum + value, 0) - 1) < sumTolerance;
  // One image may sum to 1 by chance.
  if (labels.every((_, at) => looksLikeProbabilities(row(first, at)))) add('probabilities', () => true);
  const { gradient } = await victim.slope('ce', clean, labels);
  add('zeroGradients', (at) => rowOf(gradient, at, length).every((value) => value === 0));
  const { margins } = await pgd({
    ...{ victim, clean, labels, signal },
    norm: norms.linf,
    epsilon: overwhelming,
    steps: overwhelmingSteps,
    random: random.fork('overwhelming'),
  });
  const known = all.filter((at) => labels[at] !== strange);
  add('epsilonHarmless', (at) => margins[at]! < 0, known);
  return found;
}

/** Draws of noise on the border of the ball. */
const noiseDraws = 10;

/** Images that random noise gets misjudged, as the noise left them. */
export async function brokenByNoise(
  { victim, clean, labels, random }: ProbedBatch,
  rows: readonly number[],
  norm: Norm,
  epsilon: number,
): Promise<ReadonlyMap<number, Float32Array>> {
  const { classes, length } = victim;
  const broken = new Map<number, Float32Array>();
  for (let draw = 0; draw < noiseDraws; draw++) {
    const left = rows.filter((row) => !broken.has(row));
    if (left.length === 0) break;
    const noisy = gatherRows(clean, left, length);
    const source = random.fork(`noise ${draw}`);
    left.forEach((row, at) => {
      const image = rowOf(noisy, at, length);
      const own = source.fork(row);
      const direction = image.map(() => own.normal());
      norm.toDirection(direction);
      for (let i = 0; i < length; i++) image[i] = image[i]! + epsilon * direction[i]!;
      norm.project(image, rowOf(clean, row, length), epsilon);
    });
    const logits = await victim.logits(noisy);
    left.forEach((row, at) => {
      const margin = marginOf(rowOf(logits, at, classes), labels[row]!);
      if (margin >= 0) broken.set(row, rowOf(noisy, at, length));
    });
  }
  return broken;
}
