import type { Handlers } from '../../contract/channels.ts';
import { actorName } from '../../platform/acting.ts';
import { readProduct } from '../../store/products.ts';
import { audited, type StationContext } from '../context.ts';

/** What is watched for drift, and what people say of the alarms. */
export function driftHandlers(
  context: StationContext,
): Pick<Handlers, Extract<keyof Handlers, `drift.${string}`>> {
  const { db, drift } = context;
  const report = (productId: number) => drift.report(productId, readProduct(db, productId).activeModelId);

  return {
    'drift.report': ({ productId }) => report(productId),
    'drift.acknowledge': ({ id, reason, resets }) =>
      audited(context, 'drift.acknowledge', () => {
        const { productId, modelId } = drift.acknowledge(id, { actor: actorName(), reason });
        if (resets) drift.reset(productId, modelId);
        return { result: report(productId), detail: { id, productId, modelId, reason, resets } };
      }),
    'drift.reset': ({ productId, modelId, reason }) =>
      audited(context, 'drift.reset', () => {
        drift.reset(productId, modelId);
        return { result: report(productId), detail: { productId, modelId, reason } };
      }),
  };
}
