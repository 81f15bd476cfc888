import { norms } from '../../attacks/norms/index.ts';
import type { NormName } from '../../attacks/norms/norm.ts';
import { climb, pgdStepSize, type PgdOptions } from '../../attacks/pgd.ts';
import { Victim, type AttackedModel } from '../../attacks/victim.ts';
import { float32Tensor } from '../../onnx/dataTypes.ts';
import type { SessionOptions } from '../../runtime/session.ts';
import { plainLoss } from '../classifierStep.ts';
import type { BatchPart, Objective } from '../objective.ts';

/** How far and in which ball training images are moved. */
export interface Ball {
  readonly norm: NormName;
  readonly epsilon: number;
}

/**
 * Training on attacked images (Madry et al., arXiv 1706.06083): each batch is moved by projected gradient ascent on
 * the weights as they are, and the loss is taken there.
 * @param attacked with the trained initializers as `parameters`
 */
export function pgdObjective(
  attacked: AttackedModel,
  ball: Ball & { readonly steps: number },
  session: SessionOptions,
): Objective {
  const stepSize = pgdStepSize(ball.epsilon, ball.steps);
  return attackObjective(attacked, ball, { steps: ball.steps, stepSize, start: 'ball' }, session);
}

/** One step is a little longer than the radius, so that it does not end where it began (section 4.1). */
const fastStride = 1.25;

/** Training on FGSM with a random start (Wong, Rice & Kolter, arXiv 2001.03994): one gradient an image. */
export function fastObjective(attacked: AttackedModel, ball: Ball, session: SessionOptions): Objective {
  const options = { steps: 1, stepSize: fastStride * ball.epsilon, start: 'ball' } as const;
  return attackObjective(attacked, ball, options, session);
}

function attackObjective(
  attacked: AttackedModel,
  ball: Ball,
  options: Omit<PgdOptions, 'restarts'>,
  session: SessionOptions,
): Objective {
  const victim = new Victim(attacked, session);
  return {
    copies: 1,
    replays: 1,
    absorbs: null,
    loss: plainLoss,
    async disturb(part) {
      const moved = await move(victim, attacked, ball, part, options);
      return { [attacked.input]: float32Tensor(part.feeds[attacked.input]!.dims, moved) };
    },
    flops: () => victim.cost.flops,
    dispose: () => victim.close(),
  };
}

/** Moves the images of a batch by gradient ascent. @returns float32 [N, C, H, W] */
export async function move(
  victim: Victim,
  { input }: AttackedModel,
  { norm, epsilon }: Ball,
  { feeds, labels, parameters, random }: BatchPart,
  options: Omit<PgdOptions, 'restarts'>,
): Promise<Float32Array> {
  victim.use(parameters);
  const clean = feeds[input]!.data as Float32Array;
  const task = { victim, clean, labels, norm: norms[norm], epsilon, random, stopWhenBroken: false };
  const { last } = await climb(task, { ...options, restarts: 1, judgesLast: false });
  return last;
}
