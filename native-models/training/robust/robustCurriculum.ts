import { l2 } from '../../attacks/norms/l2.ts';
import type { Victim } from '../../attacks/victim.ts';
import { marginOf, rowOf } from '../../attacks/task.ts';
import type { Tensor } from '../../onnx/ir.ts';
import type { Random } from '../../random.ts';
import {
  selectSamples,
  type SampleEvidence,
  type SamplePolicy,
  type SelectedSamples,
} from '../../selection/samples.ts';
import { stretchesOf } from '../batches.ts';
import { checkCancelled } from '../cancel.ts';
import type { ChosenSamples, Curriculum } from '../curriculum.ts';
import type { Parameters } from '../parameters.ts';
import type { SampleSource } from '../sampleSource.ts';

export interface RobustCurriculumOptions {
  readonly policy: SamplePolicy;
  readonly fraction: number;
  readonly warmUpEpochs: number;
  readonly reselectEvery: number;
  readonly labels: readonly number[];
  /** Samples that a human corrected. */
  readonly pinned: ReadonlySet<number>;
  /** Judges whole images at the weights as they are; owned by the caller. */
  readonly victim: Victim;
  /** Gives the samples as the site would show them. */
  readonly source: SampleSource;
  readonly input: string;
  readonly batch: number;
  readonly random: Random;
  readonly signal?: AbortSignal | undefined;
  /** What a sample counts by what errors on its kind cost at the last validation; default 1. */
  readonly weightOf?: (index: number) => number;
  readonly onSelected?: (epoch: number, selected: SelectedSamples) => Promise<void>;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Everything at first, then the samples that matter, chosen anew every few epochs (method.md, section 2). */
export class RobustCurriculum implements Curriculum {
  private readonly options: RobustCurriculumOptions;
  private spent = 0;

  constructor(options: RobustCurriculumOptions) {
    this.options = options;
  }

  sizeOf(epoch: number): number {
    const { policy, warmUpEpochs, labels } = this.options;
    return policy === 'all' || epoch < warmUpEpochs ? labels.length : chosenCount(this.options);
  }

  async choose(epoch: number, parameters: Parameters, before: ChosenSamples | null): Promise<ChosenSamples> {
    const { policy, warmUpEpochs, reselectEvery, labels, pinned, random } = this.options;
    const count = this.sizeOf(epoch);
    const isDue = (epoch - warmUpEpochs) % reselectEvery === 0;
    const { weightOf = () => 1 } = this.options;
    if (before?.indices.length === count && count < labels.length && !isDue) return before;
    const own = random.fork(`selection ${epoch}`);
    const evidence =
      count === labels.length ? { labels, pinned } : await this.evidence(policy, parameters, own);
    const selected = selectSamples(policy, count, evidence, own.fork('choice'));
    await this.options.onSelected?.(epoch, selected);
    const weights = selected.weights.map((weight, at) => weight * weightOf(selected.indices[at]!));
    return { indices: selected.indices, weights };
  }

  flops(): number {
    return this.spent;
  }

  private async evidence(
    policy: SamplePolicy,
    parameters: Parameters,
    random: Random,
  ): Promise<SampleEvidence> {
    const { labels, pinned, victim, source, input, batch, signal } = this.options;
    const known = { labels, pinned };
    if (policy === 'all' || policy === 'random') return known;
    victim.use(parameters);
    const before = victim.cost.flops;
    const { classes, length } = victim;
    const total = labels.length;
    const margins = new Float32Array(total);
    const gradientNorms = new Float32Array(total);
    const gradients = new Float32Array(policy === 'gradmatch' ? total * classes : 0);
    for (const { start, end } of stretchesOf(0, total, batch)) {
      checkCancelled(signal);
      const indices = Array.from({ length: end - start }, (_, at) => start + at);
      const feeds: Readonly<Record<string, Tensor>> = await source.batch(indices, (row) =>
        random.fork(start + row),
      );
      const images = feeds[input]!.data as Float32Array;
      const own = indices.map((index) => labels[index]!);
      const slope = policy === 'easy' ? await victim.slope('ce', images, own) : null;
      const logits = slope?.logits ?? (await victim.logits(images));
      indices.forEach((index, row) => {
        const z = rowOf(logits, row, classes);
        margins[index] = -marginOf(z, labels[index]!);
        if (slope) gradientNorms[index] = l2.dualSize(rowOf(slope.gradient, row, length));
        if (policy === 'gradmatch') gradients.set(residual(z, labels[index]!), index * classes);
      });
      this.options.onProgress?.(end, total);
    }
    this.spent += victim.cost.flops - before;
    return { ...known, margins, gradientNorms, gradients };
  }
}

/** Samples of an epoch after the warm-up: at least one of each class. */
export function chosenCount({
  policy,
  fraction,
  labels,
}: Pick<RobustCurriculumOptions, 'policy' | 'fraction' | 'labels'>): number {
  if (policy === 'all') return labels.length;
  return Math.min(labels.length, Math.max(new Set(labels).size, Math.round(fraction * labels.length)));
}

/** Gradient of the cross-entropy in the logits, p − onehot. */
function residual(logits: Float32Array, label: number): Float32Array {
  const top = Math.max(...logits);
  const parts = logits.map((value) => Math.exp(value - top));
  const total = parts.reduce((sum, value) => sum + value, 0);
  return parts.map((value, k) => value / total - (k === label ? 1 : 0));
}
