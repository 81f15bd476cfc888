import { noStopRules, type StopRules } from '../contract/lineStops.ts';
import { newestPart } from './lineStops.ts';
import { row, run, transaction, type ReadableDb, type WritableDb } from './db.ts';

/** Rules of a product, and the part after which they hold. */
export interface KeptRules extends StopRules {
  readonly sinceId: number;
}

/** When the line of a product is to be stopped; none where none were ever set. */
export function readStopRules(db: ReadableDb, productId: number): KeptRules {
  const found = row<{
    ng: number | null;
    parts: number | null;
    consecutive: number | null;
    drift: number;
    since_id: number;
  }>(db, 'SELECT ng, parts, consecutive, drift, since_id FROM stop_rules WHERE product_id = ?', productId);
  if (found === undefined) return { ...noStopRules, sinceId: 0 };
  const { ng, parts, consecutive } = found;
  const share = ng === null || parts === null ? null : { ng, parts };
  return { share, consecutive, drift: found.drift === 1, sinceId: found.since_id };
}

/** Sets them from the next part on. */
export function setStopRules(db: WritableDb, productId: number, rules: StopRules): KeptRules {
  return transaction(db, () => {
    run(
      db,
      `INSERT INTO stop_rules (product_id, ng, parts, consecutive, drift, since_id) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (product_id) DO UPDATE SET ng = excluded.ng, parts = excluded.parts,
         consecutive = excluded.consecutive, drift = excluded.drift, since_id = excluded.since_id`,
      productId,
      rules.share?.ng ?? null,
      rules.share?.parts ?? null,
      rules.consecutive,
      rules.drift ? 1 : 0,
      newestPart(db),
    );
    return readStopRules(db, productId);
  });
}
