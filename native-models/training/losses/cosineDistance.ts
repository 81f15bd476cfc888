import type { GraphBuilder } from '../../onnx/build.ts';
import { batchMean, ints, perSampleLoss, type Loss } from './loss.ts';

/** Keeps the norm of an all-zero sample away from 0. */
const tiny = 1e-12;

/**
 * Cosine distance 1 − a·b / (‖a‖‖b‖) of each sample's elements.
 * @param prediction float32 [N,…]
 * @param target the same shape
 */
export function cosineDistance(
  g: GraphBuilder,
  prediction: string,
  target: string,
  options: { sampleWeights?: string } = {},
): Loss {
  const [a, b] = [prediction, target].map((value) => unitRows(g, g.op('Flatten', [value], { axis: 1 })));
  const cosine = g.op('ReduceSum', [g.op('Mul', [a!, b!]), ints(g, [1])], { keepdims: 0 });
  const perSample = g.op('Sub', [g.scalar(1), cosine]);
  return perSampleLoss(g, perSample, batchMean(g, prediction, options.sampleWeights ?? null));
}

function unitRows(g: GraphBuilder, rows: string): string {
  const norm = g.op('Sqrt', [
    g.op('Add', [
      g.op('ReduceSum', [g.op('Mul', [rows, rows]), ints(g, [1])], { keepdims: 1 }),
      g.scalar(tiny),
    ]),
  ]);
  return g.op('Div', [rows, norm]);
}
