import type { GraphBuilder } from '../../onnx/build.ts';
import { int64List } from '../../onnx/dataTypes.ts';

/** A scalar loss written into a graph, and where its backward walk starts. */
export interface Loss {
  /** Scalar, mean over the batch. */
  readonly loss: string;
  /** Loss of each sample, [N], before weighting. */
  readonly perSample: string;
  /** Value → gradient of `loss` with respect to it: the seeds of `differentiate`. */
  readonly seeds: ReadonlyMap<string, string>;
}

/** A loss before it is averaged. */
export interface LossTerms {
  /** Loss of each sample, [N]. */
  readonly perSample: string;
  /** Gradient of each sample's loss in its own logits, [N,C]. */
  readonly gradient: string;
}

/** How a batch is averaged. */
export interface BatchMean {
  /** Weight of each sample, [N]. */
  readonly weights: string;
  /** 1 / Σ weights, a scalar. */
  readonly inverseTotal: string;
}

/**
 * Prepares the weighted mean over the batch.
 * @param like a value whose first axis is the batch
 * @param sampleWeights float32 [N], or `null` for equal weights
 */
export function batchMean(g: GraphBuilder, like: string, sampleWeights: string | null): BatchMean {
  const weights = sampleWeights ?? ones(g, like);
  const total = g.op('ReduceSum', [weights], { keepdims: 0 });
  return { weights, inverseTotal: g.op('Reciprocal', [total]) };
}

/** Σ wᵢ·lᵢ / Σ wᵢ */
export function meanLoss(g: GraphBuilder, perSample: string, { weights, inverseTotal }: BatchMean): string {
  const weighted = g.op('Mul', [perSample, weights]);
  return g.op('Mul', [g.op('ReduceSum', [weighted], { keepdims: 0 }), inverseTotal], {}, { name: 'loss' });
}

/** Turns gradients of the per-sample losses, [N,C], into those of their weighted mean. */
export function meanGradient(
  g: GraphBuilder,
  gradient: string,
  { weights, inverseTotal }: BatchMean,
): string {
  const share = g.op('Mul', [weights, inverseTotal]);
  return g.op('Mul', [gradient, g.op('Unsqueeze', [share, ints(g, [1])])]);
}

/** A loss whose gradient is left to `differentiate`: the backward walk starts at the per-sample losses. */
export function perSampleLoss(g: GraphBuilder, perSample: string, mean: BatchMean): Loss {
  const share = g.op('Mul', [mean.weights, mean.inverseTotal]);
  return { loss: meanLoss(g, perSample, mean), perSample, seeds: new Map([[perSample, share]]) };
}

export const ints = (g: GraphBuilder, values: readonly number[]) => g.constant(int64List(values), 'ints');

/** float32 [N] of ones. @param like a value whose first axis is the batch */
export function ones(g: GraphBuilder, like: string): string {
  const batch = g.op('Shape', [like], { start: 0, end: 1 });
  return g.op('Expand', [g.scalar(1), batch]);
}
