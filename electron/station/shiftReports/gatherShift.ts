import type { ShiftProduct, ShiftReport } from '../../report/shift/shiftReport.ts';
import type { EngineClient } from '../../engine/client.ts';
import { everything } from '../../contract/history.ts';
import type { ReadableDb } from '../../store/db.ts';
import { defectCounts } from '../../store/defects.ts';
import { escapeStrata } from '../../store/escapeEstimate.ts';
import { listProducts } from '../../store/products.ts';
import type { Span } from '../../store/spans.ts';
import { countersOver, rejectsOver } from '../../store/tallies.ts';

/** What happened in a shift, product by product; those without parts are left out. */
export async function gatherShift(
  db: ReadableDb,
  engine: Pick<EngineClient, 'call'>,
  span: Span,
): Promise<Pick<ShiftReport, 'products'>> {
  const counted = listProducts(db)
    .map(({ id, name }) => ({ id, name, counters: countersOver(db, span, { productId: id }) }))
    .filter(({ counters }) => counters.parts > 0);
  const periods = counted.map(({ id }) => ({
    strata: escapeStrata(db, { productId: id }, span),
    rejects: rejectsOver(db, span, { productId: id }),
  }));
  const { periods: rates } = await engine.call('lineRates', { periods });
  return {
    products: counted.map(({ id, name, counters }, i): ShiftProduct => {
      const defects = defectCounts(db, { ...everything, ...span, productId: id });
      return { name, counters, rates: rates[i]!, defects };
    }),
  };
}
