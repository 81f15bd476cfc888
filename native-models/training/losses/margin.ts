import type { GraphBuilder } from '../../onnx/build.ts';
import { oneHotOf } from './crossEntropy.ts';
import { batchMean, ints, meanGradient, meanLoss, type Loss, type LossTerms } from './loss.ts';

/** Subtracted from the label's logit so that it never is the largest of the others. */
const farBelow = 1e30;

/**
 * Margin max_{j≠y} z_j − z_y, the attack loss that also works with two classes; with `hinge` the training loss
 * max(0, hinge + margin) (Crammer & Singer, JMLR 2001). Of several largest others, the first takes the gradient.
 *
 * @param logits float32 [N,C]
 * @param labels int64 [N]
 */
export function margin(
  g: GraphBuilder,
  logits: string,
  labels: string,
  classes: number,
  options: { hinge?: number; sampleWeights?: string } = {},
): Loss {
  const { perSample: margins, gradient: direction } = marginTerms(g, logits, labels, classes);
  const mean = batchMean(g, logits, options.sampleWeights ?? null);
  if (options.hinge === undefined) {
    const seeds = new Map([[logits, meanGradient(g, direction, mean)]]);
    return { loss: meanLoss(g, margins, mean), perSample: margins, seeds };
  }
  const perSample = g.op('Relu', [g.op('Add', [margins, g.scalar(options.hinge)])]);
  const active = g.op('Unsqueeze', [g.op('Sign', [perSample]), ints(g, [1])]);
  const seeds = new Map([[logits, meanGradient(g, g.op('Mul', [direction, active]), mean)]]);
  return { loss: meanLoss(g, perSample, mean), perSample, seeds };
}

/** The margin of each sample by itself, [N], and its gradient in the sample's own logits, [N,C]. */
export function marginTerms(g: GraphBuilder, logits: string, labels: string, classes: number): LossTerms {
  const oneHot = oneHotOf(g, labels, classes);
  const others = g.op('Sub', [logits, g.op('Mul', [oneHot, g.scalar(farBelow)])]);
  const rival = oneHotOf(g, g.op('ArgMax', [others], { axis: 1, keepdims: 0 }), classes);
  return differenceTerms(g, logits, g.op('Sub', [rival, oneHot]));
}

/** Σ_k direction_k·z_k of each sample, [N]. @param direction float32 [N,C] */
export function differenceTerms(g: GraphBuilder, logits: string, direction: string): LossTerms {
  const product = g.op('Mul', [logits, direction]);
  return { perSample: g.op('ReduceSum', [product, ints(g, [1])], { keepdims: 0 }), gradient: direction };
}
