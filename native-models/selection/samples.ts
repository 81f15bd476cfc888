import type { Random } from '../random.ts';
import { shuffle } from '../training/split.ts';
import { matchGradients } from './gradientMatching.ts';

/**
 * Which samples a robust training spends its compute on (method.md, section 2).
 *
 * - `all`: every one
 * - `margin`: those nearest to the boundary under the site's disturbances (Bullet-Train, arXiv 2109.14707)
 * - `gradmatch`: a weighted set whose last-layer gradients add up to those of all (arXiv 2112.00378)
 * - `easy`: those whose loss changes least with the image (EasyCore, arXiv 2510.11018)
 * - `random`: the control
 */
export type SamplePolicy = 'all' | 'margin' | 'gradmatch' | 'easy' | 'random';

export const samplePolicies: readonly SamplePolicy[] = ['all', 'margin', 'gradmatch', 'easy', 'random'];

/** What is known of every sample, in their order. */
export interface SampleEvidence {
  readonly labels: readonly number[];
  /** Of these at least a few train in every round, whatever their scores: a human corrected them. */
  readonly pinned: ReadonlySet<number>;
  /** z_y − max_{j≠y} z_j under the site's disturbances; for `margin`. */
  readonly margins?: Float32Array;
  /** Norm of the loss's gradient in the image; for `easy`. */
  readonly gradientNorms?: Float32Array;
  /** Last-layer gradient of each sample, float32 [N, D]; for `gradmatch`. */
  readonly gradients?: Float32Array;
}

export interface SelectedSamples {
  /** Ascending. */
  readonly indices: readonly number[];
  /** What each counts; 1 on average. */
  readonly weights: readonly number[];
  /** The number that each sample of the whole set was judged by; lower is taken first. null = none (`all`, `random`). */
  readonly scores: Float32Array | null;
}

/**
 * Chooses samples. Pinned ones are always in, and every class keeps at least half of its share.
 * @param count wanted, 1..N
 * @throws Error when the evidence that the policy needs is not there
 */
export function selectSamples(
  policy: SamplePolicy,
  count: number,
  evidence: SampleEvidence,
  random: Random,
): SelectedSamples {
  const total = evidence.labels.length;
  if (policy === 'all' || count >= total) {
    const indices = evidence.labels.map((_, index) => index);
    return { indices, weights: indices.map(() => 1), scores: null };
  }
  if (policy === 'gradmatch') {
    const gradients = need(evidence.gradients, policy);
    const must = quota(
      evidence,
      count,
      shuffle(
        evidence.labels.map((_, i) => i),
        random,
      ),
      quarter,
    );
    const { indices, weights, scores } = matchGradients(gradients, total, count, must);
    return inOrder(indices, weights, scores);
  }
  const scores = scoresOf(policy, evidence);
  const shuffled = shuffle(
    evidence.labels.map((_, index) => index),
    random,
  );
  // Equal scores fall in random order.
  const ranked = scores ? shuffled.sort((a, b) => scores[a]! - scores[b]!) : shuffled;
  const must = quota(evidence, count, ranked, half);
  const chosen = new Set(must);
  for (const index of ranked) if (chosen.size < count) chosen.add(index);
  return inOrder(
    [...chosen],
    [...chosen].map(() => 1),
    scores,
  );
}

const half = 0.5;
const quarter = 0.25;

function scoresOf(policy: 'margin' | 'easy' | 'random', evidence: SampleEvidence): Float32Array | null {
  if (policy === 'random') return null;
  // On the wrong side by a lot is as far from the boundary as on the right side by a lot.
  if (policy === 'margin') return need(evidence.margins, policy).map((margin) => Math.abs(margin));
  return need(evidence.gradientNorms, policy).slice();
}

/** Pinned samples, then the first of each class up to this part of its share. */
function quota(
  { labels, pinned }: SampleEvidence,
  count: number,
  ranked: readonly number[],
  part: number,
): number[] {
  const chosen = new Set([...pinned].sort((a, b) => a - b).slice(0, count));
  for (const label of new Set(labels)) {
    const own = ranked.filter((index) => labels[index] === label);
    const wanted = Math.max(1, Math.round((part * count * own.length) / labels.length));
    let held = own.filter((index) => chosen.has(index)).length;
    for (const index of own) {
      if (held >= wanted || chosen.size >= count) break;
      if (chosen.has(index)) continue;
      chosen.add(index);
      held += 1;
    }
  }
  return [...chosen];
}

function inOrder(
  indices: readonly number[],
  weights: readonly number[],
  scores: Float32Array | null,
): SelectedSamples {
  const order = indices.map((_, at) => at).sort((a, b) => indices[a]! - indices[b]!);
  return { indices: order.map((at) => indices[at]!), weights: order.map((at) => weights[at]!), scores };
}

function need(values: Float32Array | undefined, policy: string): Float32Array {
  if (!values) throw new Error(`${policy} has nothing to go by`);
  return values;
}
