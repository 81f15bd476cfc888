import type { Place } from './auditSample.ts';
import { humanCodes, verdictCodes } from './codes.ts';
import { row, rows, type ReadableDb, type SqlValue } from './db.ts';
import { findStreams, type StreamFilter } from './intern.ts';
import type { Span } from './spans.ts';

/**
 * Parts called OK that the candidate of a rollout under way does not call OK, and that nobody has judged. Rejects wait
 * for a human anyway, and so do parts of the audit sample.
 */
const from = `FROM rollouts CROSS JOIN shadow_verdicts INDEXED BY shadow_verdicts_by_rollout
    ON shadow_verdicts.rollout_id = rollouts.id
  JOIN inspections ON inspections.id = shadow_verdicts.inspection_id
  WHERE rollouts.state IN ('verification', 'limited', 'full') AND shadow_verdicts.decided = ${verdictCodes.OK}
    AND shadow_verdicts.verdict IN (${verdictCodes.NG}, ${verdictCodes.REVIEW}) AND shadow_verdicts.reason IS NULL
    AND inspections.human = ${humanCodes.none} AND time_ms >= ? AND time_ms < ?
    AND stream_id IN (SELECT value FROM json_each(?))
    AND NOT EXISTS (SELECT 1 FROM audit_sample WHERE audit_sample.inspection_id = inspections.id)`;

function valuesOf(db: ReadableDb, filter: StreamFilter, { fromMs, toMs }: Span): SqlValue[] {
  return [fromMs, toMs, JSON.stringify(findStreams(db, filter))];
}

/** Newest first, from before a place (`null`: the newest of all). */
export function openDisagreements(
  db: ReadableDb,
  filter: StreamFilter,
  span: Span,
  before: Place | null,
  limit: number,
): Place[] {
  return rows<Place>(
    db,
    `SELECT time_ms AS timeMs, inspections.id AS id ${from} AND (time_ms < ? OR time_ms = ? AND inspections.id < ?)
     ORDER BY time_ms DESC, inspections.id DESC LIMIT ?`,
    ...valuesOf(db, filter, span),
    before?.timeMs ?? Number.MAX_SAFE_INTEGER,
    before?.timeMs ?? -1,
    before?.id ?? 0,
    limit,
  );
}

export function countOpenDisagreements(db: ReadableDb, filter: StreamFilter, span: Span): number {
  return row<{ parts: number }>(db, `SELECT count(*) AS parts ${from}`, ...valuesOf(db, filter, span))!.parts;
}
