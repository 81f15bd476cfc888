import type { AttackedModel } from '../../attacks/victim.ts';
import { countModel } from '../../onnx/count.ts';
import type { Model } from '../../onnx/ir.ts';
import { extractSubgraph } from '../../onnx/passes/extractSubgraph.ts';
import { writeModel } from '../../onnx/write.ts';
import { openSession, type SessionOptions } from '../../runtime/session.ts';
import { squaredError } from '../losses/squaredError.ts';
import type { Objective } from '../objective.ts';
import type { SampleSource } from '../sampleSource.ts';
import type { Ball } from './adversarial.ts';
import { freeObjective } from './free.ts';

/** Input of the step graph: what the model given makes of each image as it is. */
const targetInput = 'kenro.target';

/**
 * What the network makes of an image that is disturbed and attacked is to stay what it made of the image as it is before
 * any training: the mean squared difference of a value (Schlarmann et al., arXiv 2402.12336, equation 3), attacked as by
 * `freeObjective`. Whatever stands behind the value, such as a detector's memory of good patches, stays true.
 */
export function consistencyObjective(
  attacked: AttackedModel,
  ball: Ball & { readonly replays: number },
): Objective {
  // Where nothing is disturbed and nothing trained yet there is no difference, and so no slope to follow.
  const free = freeObjective(attacked, ball, 'ball');
  return {
    ...free,
    loss: (g, { logits: value, sampleWeights }) => {
      const target = g.input(targetInput, 'float32', ['batch', 'width']);
      return squaredError(g, value, target, sampleWeights === undefined ? {} : { sampleWeights });
    },
    disturb: async (part) => ({ ...part.feeds, ...(await free.disturb(part)) }),
  };
}

/**
 * Samples with what the model given makes of them undisturbed.
 * @param given up to the value, `output`, that is to stay @param shown and `plain`: the same samples, disturbed and not
 */
export async function withTargets(
  given: Model,
  {
    input,
    shape,
    output,
  }: { readonly input: string; readonly shape: readonly number[]; readonly output: string },
  { shown, plain }: { readonly shown: SampleSource; readonly plain: SampleSource },
  session: SessionOptions,
): Promise<SampleSource & { dispose(): Promise<void> }> {
  const upTo = extractSubgraph(given, [output]);
  const teacher = await openSession(writeModel(upTo), { memory: 'size', ...session });
  const flopsPerImage = countModel(upTo, { [input]: [1, ...shape] }).flops;
  let images = 0;
  return {
    async batch(indices, random) {
      const [feeds, undisturbed] = await Promise.all([
        shown.batch(indices, random),
        plain.batch(indices, random),
      ]);
      const target = (await teacher.run({ [input]: undisturbed[input]! }))[output]!;
      images += indices.length;
      const width = target.dims.slice(1).reduce((product, size) => product * size, 1);
      return { ...feeds, [targetInput]: { ...target, dims: [indices.length, width] } };
    },
    flops: () => shown.flops() + plain.flops() + images * flopsPerImage,
    dispose: () => teacher.dispose(),
  };
}
