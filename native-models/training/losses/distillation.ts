import type { GraphBuilder } from '../../onnx/build.ts';
import { crossEntropy, type CrossEntropyOptions } from './crossEntropy.ts';
import { divergence } from './divergence.ts';
import type { Loss } from './loss.ts';

/**
 * (1 − α)·cross-entropy + α·T²·KL(teacher ‖ student) (Hinton et al., arXiv 1503.02531).
 * @param teacher logits of the teacher, float32 [N,C]; gets no gradient
 */
export function distillation(
  g: GraphBuilder,
  logits: string,
  teacher: string,
  labels: string,
  classes: number,
  options: CrossEntropyOptions & { alpha: number; temperature: number },
): Loss {
  const { alpha, temperature, sampleWeights } = options;
  const hard = crossEntropy(g, logits, labels, classes, options);
  const soft = divergence(g, teacher, logits, { temperature, ...(sampleWeights ? { sampleWeights } : {}) });
  const blend = (a: string, b: string) =>
    g.op('Add', [g.op('Mul', [a, g.scalar(1 - alpha)]), g.op('Mul', [b, g.scalar(alpha)])]);
  return {
    loss: blend(hard.loss, soft.loss),
    perSample: blend(hard.perSample, soft.perSample),
    seeds: new Map([[logits, blend(hard.seeds.get(logits)!, soft.seeds.get(logits)!)]]),
  };
}
