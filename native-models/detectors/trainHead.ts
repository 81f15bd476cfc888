import { GraphBuilder } from '../onnx/build.ts';
import { float32Tensor, zeroTensor } from '../onnx/dataTypes.ts';
import type { Model } from '../onnx/ir.ts';
import type { Random } from '../random.ts';
import type { SessionOptions } from '../runtime/session.ts';
import type { LabelledSet } from '../training/labelledSet.ts';
import { trainClassifier } from '../training/trainer.ts';
import type { TrainerSettings } from '../training/trainerOptions.ts';
import type { LinearHead } from './pooledFeatures.ts';

/** Parts as rows of features. */
export interface FeatureRows {
  /** float32 [dimensions] of each part. */
  readonly rows: readonly Float32Array[];
  /** Class of each part, 0..classes−1. */
  readonly classes: readonly number[];
  readonly names: readonly string[];
}

export interface HeadOptions {
  readonly labels: readonly string[];
  readonly train: FeatureRows;
  /** Chooses the epoch whose weights are kept. */
  readonly validation: FeatureRows;
  readonly random: Random;
  readonly session: SessionOptions;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * A step on features takes microseconds, so there are many epochs; the patience ends them. The decay keeps a head
 * on more features than parts from being surer than they allow.
 */
const settings: TrainerSettings = {
  epochs: 150,
  batch: 32,
  optimiser: { kind: 'adamw', weightDecay: 0.05 },
  schedule: { rate: 0.01, shape: 'cosine' },
  patience: 40,
};

const featuresInput = 'features';

/**
 * Trains a linear head by the trainer of whole networks. Features are brought to mean 0 and spread 1 for it, by
 * the training parts; the head that comes back takes them as they are. Every class counts the same, however many
 * parts it has.
 * @throws ModelError as `trainClassifier`
 */
export async function trainHead(options: HeadOptions): Promise<LinearHead> {
  const { labels, train, validation, random, session, signal, onProgress } = options;
  const scaling = scalingOf(train.rows);
  const { best } = await trainClassifier({
    model: headModel(scaling.mean.length, labels.length),
    logits: 'logits',
    labels,
    parameters: ['weight', 'bias'],
    train: labelledSet(train, scaling, balanced(train.classes)),
    validation: labelledSet(validation, scaling, balanced(validation.classes)),
    settings,
    random,
    session,
    ...(signal ? { signal } : {}),
    onProgress: ({ step, steps }) => onProgress?.(step, steps),
  });
  return unscaled(best.parameters.get('weight')!, best.parameters.get('bias')!, scaling);
}

function headModel(dimensions: number, classes: number): Model {
  const g = new GraphBuilder();
  const rows = g.input(featuresInput, 'float32', ['batch', dimensions]);
  const weight = g.initializer('weight', zeroTensor('float32', [classes, dimensions]));
  const bias = g.initializer('bias', zeroTensor('float32', [classes]));
  g.op('Gemm', [rows, weight, bias], { transB: 1 }, { outputs: ['logits'] });
  g.output('logits', 'float32', ['batch', classes]);
  return g.model('head');
}

interface Scaling {
  readonly mean: Float64Array;
  /** 1 / spread; 0 for a feature that is the same for every part and so says nothing. */
  readonly gain: Float64Array;
}

function scalingOf(rows: readonly Float32Array[]): Scaling {
  const dimensions = rows[0]?.length ?? 0;
  const mean = new Float64Array(dimensions);
  const gain = new Float64Array(dimensions);
  for (let d = 0; d < dimensions; d++) {
    for (const row of rows) mean[d]! += row[d]! / rows.length;
    let variance = 0;
    for (const row of rows) variance += (row[d]! - mean[d]!) ** 2 / rows.length;
    // A spread that rounding alone explains is none.
    const spread = Math.sqrt(variance);
    gain[d] = spread > 1e-6 * Math.max(1, Math.abs(mean[d]!)) ? 1 / spread : 0;
  }
  return { mean, gain };
}

function labelledSet(
  { rows, classes, names }: FeatureRows,
  { mean, gain }: Scaling,
  weights: readonly number[],
): LabelledSet {
  return {
    source: {
      batch: (indices) => {
        const data = new Float32Array(indices.length * mean.length);
        indices.forEach((index, at) => {
          rows[index]!.forEach((value, d) => {
            data[at * mean.length + d] = (value - mean[d]!) * gain[d]!;
          });
        });
        return Promise.resolve({ [featuresInput]: float32Tensor([indices.length, mean.length], data) });
      },
      flops: () => 0,
    },
    labels: classes,
    weights,
    nameOf: (index) => names[index] ?? '',
  };
}

function balanced(classes: readonly number[]): number[] {
  const counts = new Map<number, number>();
  for (const each of classes) counts.set(each, (counts.get(each) ?? 0) + 1);
  return classes.map((each) => classes.length / (counts.size * counts.get(each)!));
}

/** W·((x − mean)·gain) + b as a head on x itself. */
function unscaled(weight: Float32Array, bias: Float32Array, { mean, gain }: Scaling): LinearHead {
  const dimensions = mean.length;
  const own = weight.map((value, at) => value * gain[at % dimensions]!);
  const moved = bias.map((value, k) => {
    let shift = 0;
    for (let d = 0; d < dimensions; d++) shift += own[k * dimensions + d]! * mean[d]!;
    return value - shift;
  });
  return { weight: own, bias: moved };
}

/** Logits of a row by a head, float32 [classes]. */
export function logitsOf(row: Float32Array, { weight, bias }: LinearHead): Float32Array {
  return bias.map((value, k) => {
    let sum = value;
    for (let d = 0; d < row.length; d++) sum += weight[k * row.length + d]! * row[d]!;
    return sum;
  });
}
