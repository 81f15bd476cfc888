import { pgdStepSize } from '../../attacks/pgd.ts';
import { Victim, type AttackedModel } from '../../attacks/victim.ts';
import type { GraphBuilder } from '../../onnx/build.ts';
import { float32Tensor } from '../../onnx/dataTypes.ts';
import type { SessionOptions } from '../../runtime/session.ts';
import { crossEntropy } from '../losses/crossEntropy.ts';
import { divergence } from '../losses/divergence.ts';
import type { Loss } from '../losses/loss.ts';
import type { LossInputs, Objective } from '../objective.ts';
import { move, type Ball } from './adversarial.ts';

export interface TradesOptions extends Ball {
  readonly steps: number;
  /** Weight of the divergence against the cross-entropy; 6 in the paper. */
  readonly beta: number;
}

/**
 * TRADES (Zhang et al., arXiv 1901.08573, equation 5 and algorithm 1): cross-entropy on the images as they are, plus β
 * times the divergence between what the network says of them and of the neighbours that differ most.
 * @param attacked with the trained initializers as `parameters`
 */
export function tradesObjective(
  attacked: AttackedModel,
  options: TradesOptions,
  session: SessionOptions,
): Objective {
  const victim = new Victim(attacked, session);
  const stepSize = pgdStepSize(options.epsilon, options.steps);
  return {
    copies: 2,
    replays: 1,
    absorbs: null,
    loss: (g, inputs) => tradesLoss(g, inputs, options.beta),
    async disturb(part) {
      victim.use(part.parameters);
      const { data, dims } = part.feeds[attacked.input]!;
      const clean = data as Float32Array;
      const reference = await victim.logits(clean);
      const ascent = { steps: options.steps, stepSize, start: 'near', loss: 'kl', reference } as const;
      const moved = await move(victim, attacked, options, part, ascent);
      const both = new Float32Array(2 * clean.length);
      both.set(clean);
      both.set(moved, clean.length);
      return { [attacked.input]: float32Tensor([2 * dims[0]!, ...dims.slice(1)], both) };
    },
    flops: () => victim.cost.flops,
    dispose: () => victim.close(),
  };
}

/** The first half of the rows are the images, the second half their neighbours. */
function tradesLoss(g: GraphBuilder, inputs: LossInputs, beta: number): Loss {
  const { logits, labels, classes, labelSmoothing, sampleWeights } = inputs;
  const [clean, moved] = g.ops('Split', [logits], 2, { axis: 0 });
  const weighted = sampleWeights === undefined ? {} : { sampleWeights };
  const natural = crossEntropy(g, clean!, labels, classes, {
    ...weighted,
    ...(labelSmoothing === undefined ? {} : { labelSmoothing }),
  });
  const robust = divergence(g, clean!, moved!, { ...weighted, referenceTrains: true });
  const times = (value: string) => g.op('Mul', [value, g.scalar(beta)]);
  return {
    loss: g.op('Add', [natural.loss, times(robust.loss)], {}, { name: 'trades' }),
    perSample: g.op('Add', [natural.perSample, times(robust.perSample)]),
    seeds: new Map([
      [clean!, g.op('Add', [natural.seeds.get(clean!)!, times(robust.seeds.get(clean!)!)])],
      [moved!, times(robust.seeds.get(moved!)!)],
    ]),
  };
}
