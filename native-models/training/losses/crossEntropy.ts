import { float32Tensor } from '../../onnx/dataTypes.ts';
import type { GraphBuilder } from '../../onnx/build.ts';
import { batchMean, ints, meanGradient, meanLoss, type Loss, type LossTerms } from './loss.ts';

export interface CrossEntropyOptions {
  /** Share of each target that is spread evenly over all classes, 0..1 (Szegedy et al., arXiv 1512.00567). */
  readonly labelSmoothing?: number;
  /** Weight of each class, [C]. */
  readonly classWeights?: readonly number[];
  /** Name of a float32 [N] value with a weight for each sample. */
  readonly sampleWeights?: string;
}

/**
 * Cross-entropy of softmax(logits) against class labels.
 *
 * The gradient is written as p_k·(1 − t_k) − t_k·q_k with q_k the probability of the *other* classes, summed, not
 * as p_k − t_k: in float32 the latter is exactly 0 for a margin above about 17, which masks gradients silently.
 *
 * @param logits float32 [N,C]
 * @param labels int64 [N] in 0..C−1
 */
export function crossEntropy(
  g: GraphBuilder,
  logits: string,
  labels: string,
  classes: number,
  options: CrossEntropyOptions = {},
): Loss {
  const { perSample, gradient } = crossEntropyTerms(g, logits, labels, classes, options.labelSmoothing);
  const mean = batchMean(g, logits, weightsOf(g, labels, classes, options));
  return {
    loss: meanLoss(g, perSample, mean),
    perSample,
    seeds: new Map([[logits, meanGradient(g, gradient, mean)]]),
  };
}

/** The same for each sample by itself: loss [N], and its gradient in the sample's own logits, [N,C]. */
export function crossEntropyTerms(
  g: GraphBuilder,
  logits: string,
  labels: string,
  classes: number,
  smoothing = 0,
): LossTerms {
  const oneHot = oneHotOf(g, labels, classes);
  const target = smoothing === 0 ? oneHot : smoothed(g, oneHot, smoothing, classes);
  const logProbabilities = g.op('LogSoftmax', [logits], { axis: 1 });
  const perSample = g.op('Neg', [
    g.op('ReduceSum', [g.op('Mul', [target, logProbabilities]), ints(g, [1])], { keepdims: 0 }),
  ]);
  return { perSample, gradient: closedForm(g, g.op('Exp', [logProbabilities]), target, oneHot) };
}

/** float32 [N,C], 1 at the label. */
export function oneHotOf(g: GraphBuilder, labels: string, classes: number): string {
  return g.op('OneHot', [labels, ints(g, [classes]), g.constant(float32Tensor([2], [0, 1]), 'offOn')], {
    axis: -1,
  });
}

function smoothed(g: GraphBuilder, oneHot: string, smoothing: number, classes: number): string {
  return g.op('Add', [g.op('Mul', [oneHot, g.scalar(1 - smoothing)]), g.scalar(smoothing / classes)]);
}

function closedForm(g: GraphBuilder, probabilities: string, target: string, oneHot: string): string {
  const one = g.scalar(1);
  const others = g.op('Sub', [one, oneHot]);
  const besidesLabel = g.op('ReduceSum', [g.op('Mul', [probabilities, others]), ints(g, [1])], {
    keepdims: 1,
  });
  // Away from the label p is small, so 1 − p loses nothing there.
  const rest = g.op('Where', [
    g.op('Cast', [oneHot], { to: 9 }),
    besidesLabel,
    g.op('Sub', [one, probabilities]),
  ]);
  return g.op('Sub', [g.op('Mul', [probabilities, g.op('Sub', [one, target])]), g.op('Mul', [target, rest])]);
}

function weightsOf(
  g: GraphBuilder,
  labels: string,
  classes: number,
  { classWeights, sampleWeights }: CrossEntropyOptions,
): string | null {
  if (!classWeights) return sampleWeights ?? null;
  if (classWeights.length !== classes)
    throw new Error(`${classWeights.length} class weights for ${classes} classes`);
  const byClass = g.op('Gather', [
    g.constant(float32Tensor([classes], classWeights), 'classWeights'),
    labels,
  ]);
  return sampleWeights ? g.op('Mul', [byClass, sampleWeights]) : byClass;
}
