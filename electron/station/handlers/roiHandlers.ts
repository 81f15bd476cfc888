import type { Handlers } from '../../contract/channels.ts';
import { statedCosts } from '../../learning/statedCosts.ts';
import { readProduct } from '../../store/products.ts';
import { readRoiPlan, saveRoiPlan } from '../../store/roiPlans.ts';
import { audited, type StationContext } from '../context.ts';
import { reckonRoi, usualPlan } from '../roi/reckonRoi.ts';

/** What a change has saved, and when it has paid for itself. */
export function roiHandlers(
  context: StationContext,
): Pick<Handlers, Extract<keyof Handlers, `roi.${string}`>> {
  const { db, records, options } = context;
  return {
    'roi.read': async ({ productId }) => {
      const product = readProduct(db, productId);
      const stated = await statedCosts(records, productId);
      const saved = readRoiPlan(db, productId);
      const plan = saved ?? usualPlan(db, product, stated, options.clock.nowMs());
      return { plan, isSaved: saved !== null, areCostsStated: stated !== null };
    },
    'roi.reckon': ({ productId, plan }) => reckonRoi(context, readProduct(db, productId).id, plan),
    'roi.save': ({ productId, plan }) => {
      audited(context, 'roi.save', () => {
        readProduct(db, productId);
        saveRoiPlan(db, productId, plan);
        return { result: null, detail: { productId, plan } };
      });
      return {};
    },
  };
}
