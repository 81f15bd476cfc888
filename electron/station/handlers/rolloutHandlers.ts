import type { Handlers } from '../../contract/channels.ts';
import { actorName } from '../../platform/acting.ts';
import { disagreements } from '../../store/shadows.ts';
import type { StationContext } from '../context.ts';

/** Going over from one model to another. */
export function rolloutHandlers({
  db,
  rollouts,
  people,
}: StationContext): Pick<Handlers, Extract<keyof Handlers, `rollout.${string}`>> {
  return {
    'rollout.list': ({ productId }) => ({ rollouts: rollouts.list(productId) }),
    'rollout.status': ({ id }) => rollouts.status(id),
    'rollout.steps': ({ id }) => ({ steps: rollouts.steps(id) }),
    'rollout.draft': ({ productId, candidateModelId, template }) =>
      rollouts.draft(productId, candidateModelId, template, actorName()),
    'rollout.plan': ({ id, plan }) => rollouts.plan(id, plan, actorName()),
    'rollout.begin': ({ id }) => rollouts.begin(id, actorName()),
    'rollout.promote': async ({ id, signature }) => {
      const { name } = await people.sign(signature, 'qa');
      return rollouts.promote(id, { actor: name, reason: signature.reason });
    },
    'rollout.back': ({ id, reason }) => rollouts.back(id, { actor: actorName(), reason }),
    'rollout.disagreements': ({ id, ...which }) => ({ parts: disagreements(db, id, which) }),
  };
}
