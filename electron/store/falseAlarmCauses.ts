import type { FalseAlarmCause } from '../contract/trends.ts';
import { humanCodes, verdictCodes } from './codes.ts';
import { rows, snapshot, type ReadableDb } from './db.ts';
import { findStreams, type StreamFilter } from './intern.ts';
import type { Span } from './spans.ts';

/** A score no further above its NG threshold than this share of it is called near. */
export const nearShare = 0.1;

/**
 * Why parts were called NG that a human called OK, the commonest cause first; one cause a part, by the first of what
 * is known: the reason the human gave, the defect type it was taken for, a score just above the threshold.
 */
export function falseAlarmCauses(db: ReadableDb, filter: StreamFilter, span: Span): FalseAlarmCause[] {
  return snapshot(db, () =>
    rows<FalseAlarmCause>(
      db,
      `WITH alarms AS (
         SELECT label, score, ng_from, trim(ifnull((
           SELECT reason FROM feedback WHERE inspection_id = inspections.id AND withdrawn_ms IS NULL
         ), '')) AS said
         FROM json_each(?) AS streams CROSS JOIN inspections INDEXED BY inspections_by_stream
           LEFT JOIN thresholds ON thresholds.id = thresholds_id
         WHERE stream_id = streams.value AND verdict = ${verdictCodes.NG} AND human = ${humanCodes.ok}
           AND time_ms >= ? AND time_ms < ?
       )
       SELECT
         CASE WHEN said <> '' THEN 'said' WHEN label IS NOT NULL THEN 'defect'
           WHEN score <= ng_from + abs(ng_from) * ${nearShare} THEN 'nearThreshold' ELSE 'unknown' END AS kind,
         CASE WHEN said <> '' THEN said ELSE ifnull(label, '') END AS text,
         count(*) AS parts
       FROM alarms GROUP BY kind, text ORDER BY parts DESC, kind, text`,
      JSON.stringify(findStreams(db, filter)),
      span.fromMs,
      span.toMs,
    ),
  );
}
