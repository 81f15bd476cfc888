import type { GraphBuilder } from '../../onnx/build.ts';
import { batchMean, ints, perSampleLoss, type Loss } from './loss.ts';

/**
 * Mean squared error: for each sample the mean over its elements.
 * @param prediction float32 [N,…]
 * @param target the same shape
 */
export function squaredError(
  g: GraphBuilder,
  prediction: string,
  target: string,
  options: { sampleWeights?: string } = {},
): Loss {
  const difference = g.op('Flatten', [g.op('Sub', [prediction, target])], { axis: 1 });
  const squares = g.op('Mul', [difference, difference]);
  const width = g.op('Cast', [g.op('Shape', [squares], { start: 1, end: 2 })], { to: 1 });
  const perSample = g.op('Div', [g.op('ReduceSum', [squares, ints(g, [1])], { keepdims: 0 }), width]);
  return perSampleLoss(g, perSample, batchMean(g, prediction, options.sampleWeights ?? null));
}
