import type { Costs } from '../../contract/costs.ts';
import type { Product } from '../../contract/domain.ts';
import type { LineRates } from '../../contract/lineRates.ts';
import type { Roi, RoiPlan } from '../../contract/roi.ts';
import { usualCosts } from '../../contract/usualSettings.ts';
import type { ReadableDb } from '../../store/db.ts';
import { escapeStrata } from '../../store/escapeEstimate.ts';
import { firstUseMs } from '../../store/roiPlans.ts';
import type { Span } from '../../store/spans.ts';
import { countersOver, rejectsOver } from '../../store/tallies.ts';
import type { StationContext } from '../context.ts';
import { roiItemsOf, type PeriodCounts } from './roiItems.ts';

/** Draws of the intervals: the same question gets the same answer. */
const seed = 0;
const dayMs = 86_400_000;
const usualDays = 28;
const daysAMonth = 365.25 / 12;
const usualMonths = 36;

/** What a change has saved by what was measured before and after it. */
export async function reckonRoi(
  { db, engine, trainEngine }: Pick<StationContext, 'db' | 'engine' | 'trainEngine'>,
  productId: number,
  plan: RoiPlan,
): Promise<Roi> {
  const spans = [plan.before, plan.after];
  const filter = { productId };
  const periods = spans.map((span) => ({
    ...{ strata: escapeStrata(db, filter, span), rejects: rejectsOver(db, span, filter) },
  }));
  const { periods: rates } = await engine.call('lineRates', { periods });
  const [before, after] = spans.map((span, i) => countsOf(db, productId, span, rates[i]!)) as [
    PeriodCounts,
    PeriodCounts,
  ];
  const { items, gaps } = roiItemsOf(plan, before, after);
  const { partsPerMonth, hardware, work, runningPerMonth, months } = plan;
  const job = { items, partsPerMonth, investment: hardware + work, runningPerMonth, months, seed };
  return {
    ...{ plan, gaps, parts: { before: before.parts, after: after.parts } },
    unconfirmed: before.unconfirmed + after.unconfirmed,
    payback: await trainEngine.use((trainer) => trainer.call('payback', job)),
  };
}

function countsOf(db: ReadableDb, productId: number, span: Span, { escapes }: LineRates): PeriodCounts {
  const filter = { productId };
  return { ...rejectsOver(db, span, filter), reviews: countersOver(db, span, filter).review, escapes };
}

/** To begin with: four weeks before the model in use came, and since then. */
export function usualPlan(db: ReadableDb, product: Product, stated: Costs | null, nowMs: number): RoiPlan {
  const sinceMs = product.activeModelId === null ? null : firstUseMs(db, product.activeModelId);
  const changeMs = Math.min(sinceMs ?? nowMs - usualDays * dayMs, nowMs - 1);
  const before = { fromMs: Math.max(0, changeMs - usualDays * dayMs), toMs: changeMs };
  const after = { fromMs: changeMs, toMs: nowMs };
  const { parts } = countersOver(db, after, { productId: product.id });
  const days = Math.max(1, (nowMs - changeMs) / dayMs);
  const { currency, falseAlarm, escape, review, lineStop } = stated ?? usualCosts;
  return {
    ...{ before, after, costs: { currency, falseAlarm, escape, review, lineStop } },
    partsPerMonth: Math.max(1, Math.round((parts / days) * daysAMonth)),
    ...{ hardware: 0, work: 0, runningPerMonth: 0, months: usualMonths },
  };
}
