import type { DriftFeature } from '../contract/drift.ts';
import type { FalseAlarmCause } from '../contract/trends.ts';
import { humanCodes, verdictCodes } from './codes.ts';
import { rows, snapshot, type ReadableDb } from './db.ts';
import { findStreams, type StreamFilter } from './intern.ts';
import type { Span } from './spans.ts';

/** A score no further above its NG threshold than this share of it is called near. */
export const nearShare = 0.1;

interface Found extends Omit<FalseAlarmCause, 'likely'> {
  feature: DriftFeature | null;
}

/**
 * Why parts were called NG that a human called OK, the commonest cause first; one cause a part, by the first of what
 * is known: the reason the human gave, a picture outside what is usual at the site, the defect type it was taken for, a
 * score just above the threshold. Beside a reason it is also told what was unusual of the pictures.
 */
export function falseAlarmCauses(db: ReadableDb, filter: StreamFilter, span: Span): FalseAlarmCause[] {
  const found = snapshot(db, () =>
    rows<Found>(
      db,
      `WITH alarms AS (
         SELECT label, score, ng_from, odd_pictures.feature, trim(ifnull((
           SELECT reason FROM feedback WHERE inspection_id = inspections.id AND withdrawn_ms IS NULL
         ), '')) AS said
         FROM json_each(?) AS streams CROSS JOIN inspections INDEXED BY inspections_by_stream
           LEFT JOIN thresholds ON thresholds.id = thresholds_id
           LEFT JOIN odd_pictures ON odd_pictures.inspection_id = inspections.id
         WHERE stream_id = streams.value AND verdict = ${verdictCodes.NG} AND human = ${humanCodes.ok}
           AND time_ms >= ? AND time_ms < ?
       )
       SELECT
         CASE WHEN said <> '' THEN 'said' WHEN feature IS NOT NULL THEN 'picture' WHEN label IS NOT NULL THEN 'defect'
           WHEN score <= ng_from + abs(ng_from) * ${nearShare} THEN 'nearThreshold' ELSE 'unknown' END AS kind,
         CASE WHEN said <> '' THEN said ELSE coalesce(feature, label, '') END AS text,
         feature, count(*) AS parts
       FROM alarms GROUP BY kind, text, feature ORDER BY parts DESC, kind, text, feature`,
      JSON.stringify(findStreams(db, filter)),
      span.fromMs,
      span.toMs,
    ),
  );
  const byText = Map.groupBy(found, ({ kind, text }) => `${kind}/${text}`);
  return [...byText.values()].map(causeOf).sort((one, other) => other.parts - one.parts);
}

/** @param found of one kind and text */
function causeOf(found: readonly Found[]): FalseAlarmCause {
  const { kind, text } = found[0] as Found;
  const likely = found.flatMap(({ feature, parts }) => (feature === null ? [] : [{ feature, parts }]));
  return { kind, text, parts: found.reduce((sum, { parts }) => sum + parts, 0), likely };
}
