import type { GraphBuilder } from '../../onnx/build.ts';
import { batchMean, ints, meanGradient, meanLoss, type Loss, type LossTerms } from './loss.ts';

/**
 * Kullback-Leibler divergence KL(p ‖ q) = Σ p·(log p − log q) of two softmax distributions. As in TRADES (Zhang et
 * al., arXiv 1901.08573, eq. 5) both sides get gradients: dq = q − p and dp = p·(log p − log q − KL).
 *
 * @param reference logits of p, float32 [N,C]
 * @param logits logits of q, float32 [N,C]
 * @param temperature both logits are divided by it first; the loss is multiplied by its square, so that the size
 *   of the gradients does not depend on it (Hinton et al., arXiv 1503.02531, section 2)
 * @param referenceTrains whether the reference side gets gradients too
 */
export function divergence(
  g: GraphBuilder,
  reference: string,
  logits: string,
  options: { temperature?: number; referenceTrains?: boolean; sampleWeights?: string } = {},
): Loss {
  const temperature = options.temperature ?? 1;
  const { perSample, gradient, referenceGradient } = divergenceTerms(g, reference, logits, temperature);
  const mean = batchMean(g, logits, options.sampleWeights ?? null);
  const seeds = new Map([[logits, meanGradient(g, gradient, mean)]]);
  if (options.referenceTrains) seeds.set(reference, meanGradient(g, referenceGradient(), mean));
  return { loss: meanLoss(g, perSample, mean), perSample, seeds };
}

/** The divergence of each sample by itself, [N], and its gradients in the logits of q and, when asked, of p, [N,C]. */
export function divergenceTerms(
  g: GraphBuilder,
  reference: string,
  logits: string,
  temperature = 1,
): LossTerms & { readonly referenceGradient: () => string } {
  const cooled = (value: string) =>
    temperature === 1 ? value : g.op('Mul', [value, g.scalar(1 / temperature)]);
  const logP = g.op('LogSoftmax', [cooled(reference)], { axis: 1 });
  const logQ = g.op('LogSoftmax', [cooled(logits)], { axis: 1 });
  const p = g.op('Exp', [logP]);
  const difference = g.op('Sub', [logP, logQ]);
  const divergences = g.op('ReduceSum', [g.op('Mul', [p, difference]), ints(g, [1])], { keepdims: 1 });
  const perSample = scaled(g, g.op('Squeeze', [divergences, ints(g, [1])]), temperature ** 2);
  // d(T²·KL)/dz = T·(q − p), as z is divided by T.
  return {
    perSample,
    gradient: scaled(g, g.op('Sub', [g.op('Exp', [logQ]), p]), temperature),
    referenceGradient: () => scaled(g, g.op('Mul', [p, g.op('Sub', [difference, divergences])]), temperature),
  };
}

function scaled(g: GraphBuilder, value: string, factor: number): string {
  return factor === 1 ? value : g.op('Mul', [value, g.scalar(factor)]);
}
