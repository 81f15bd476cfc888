import { RoiPlan } from '../contract/roi.ts';
import { row, run, type ReadableDb, type WritableDb } from './db.ts';
import { findStreams } from './intern.ts';

/** As it was saved last; `null` where none was, or where it cannot be read any more. */
export function readRoiPlan(db: ReadableDb, productId: number): RoiPlan | null {
  const found = row<{ plan: string }>(db, 'SELECT plan FROM roi_plans WHERE product_id = ?', productId);
  const parsed = found && RoiPlan.safeParse(JSON.parse(found.plan));
  return parsed?.success === true ? parsed.data : null;
}

export function saveRoiPlan(db: WritableDb, productId: number, plan: RoiPlan): void {
  run(
    db,
    'INSERT INTO roi_plans (product_id, plan) VALUES (?, ?) ON CONFLICT (product_id) DO UPDATE SET plan = excluded.plan',
    productId,
    JSON.stringify(plan),
  );
}

/** Start of the first hour in which a model has judged, or `null`. */
export function firstUseMs(db: ReadableDb, modelId: number): number | null {
  const hourMs = 3_600_000;
  const found = row<{ start: number | null }>(
    db,
    `SELECT min(start) AS start FROM rollup_hours WHERE stream_id IN (SELECT value FROM json_each(?))`,
    JSON.stringify(findStreams(db, { modelId })),
  );
  return found?.start === null || found === undefined ? null : found.start * hourMs;
}
