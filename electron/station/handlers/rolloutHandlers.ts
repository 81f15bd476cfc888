import type { Handlers } from '../../contract/channels.ts';
import { disagreements } from '../../store/shadows.ts';
import type { StationContext } from '../context.ts';

/** Going over from one model to another. */
export function rolloutHandlers({
  db,
  rollouts,
  sign,
}: StationContext): Pick<Handlers, Extract<keyof Handlers, `rollout.${string}`>> {
  const actor = 'operator';
  return {
    'rollout.list': ({ productId }) => ({ rollouts: rollouts.list(productId) }),
    'rollout.status': ({ id }) => rollouts.status(id),
    'rollout.steps': ({ id }) => ({ steps: rollouts.steps(id) }),
    'rollout.draft': ({ productId, candidateModelId, template }) =>
      rollouts.draft(productId, candidateModelId, template, actor),
    'rollout.plan': ({ id, plan }) => rollouts.plan(id, plan, actor),
    'rollout.begin': ({ id }) => rollouts.begin(id, actor),
    'rollout.promote': async ({ id, signature }) => {
      const { name } = await sign(signature, 'qa');
      return rollouts.promote(id, { actor: name, reason: signature.reason });
    },
    'rollout.back': ({ id, reason }) => rollouts.back(id, { actor, reason }),
    'rollout.disagreements': ({ id, ...which }) => ({ parts: disagreements(db, id, which) }),
  };
}
