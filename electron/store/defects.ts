import type { HumanWord } from '../contract/domain.ts';
import type { DefectCount, HistoryFilter } from '../contract/history.ts';
import type { Verdict } from '../contract/verdict.ts';
import { cellsOf, cellsWithLabel, countByLabel, figureOfCells, kindsOf } from './cells.ts';
import { humanCodes, verdictCodes } from './codes.ts';
import { rows, run, snapshot, type ReadableDb, type WritableDb } from './db.ts';
import { findLot, findStreams } from './intern.ts';
import { splitOff, type Span } from './spans.ts';

const day = { table: 'defect_days', ms: 86_400_000 };
const hour = { table: 'defect_hours', ms: 3_600_000 };

/** A part with a defect type. */
export interface DefectivePart {
  timeMs: number;
  streamId: number;
  label: string;
  verdict: Verdict;
}

/** Counts a part under a human word, or takes it off (−1). Part of the transaction that records either. */
export function countDefect(
  db: WritableDb,
  { timeMs, streamId, label, verdict }: DefectivePart,
  human: HumanWord | null,
  change: 1 | -1,
): void {
  for (const { table, ms } of [day, hour]) {
    run(
      db,
      `INSERT INTO ${table} (start, stream_id, label, verdict, human, parts) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (start, stream_id, label, verdict, human) DO UPDATE SET parts = parts + excluded.parts`,
      Math.floor(timeMs / ms),
      streamId,
      label,
      verdictCodes[verdict],
      humanCodes[human ?? 'none'],
      change,
    );
  }
}

/**
 * Parts of each defect type that a filter finds, the commonest first. Whole days and hours come from their sums,
 * the rest of a period from the index by label; only a lot or serial of many parts takes time: a pass along its
 * index.
 */
export function defectCounts(db: ReadableDb, filter: HistoryFilter): DefectCount[] {
  const span = { fromMs: filter.fromMs ?? 0, toMs: filter.toMs ?? Number.MAX_SAFE_INTEGER };
  const found = snapshot(db, () =>
    filter.text === null ? countBySpan(db, filter, span) : countByText(db, filter, filter.text, span),
  );
  return totals(found);
}

interface Found {
  label: string;
  verdict: number;
  parts: number;
}

function countBySpan(db: ReadableDb, filter: HistoryFilter, span: Span): Found[] {
  const found: Found[] = [];
  splitOff(
    span,
    day.ms,
    (whole) => found.push(...rolledUp(db, filter, day, whole)),
    (edge) =>
      splitOff(
        edge,
        hour.ms,
        (whole) => found.push(...rolledUp(db, filter, hour, whole)),
        (rest) => found.push(...counted(db, filter, rest)),
      ),
  );
  return found;
}

function rolledUp(
  db: ReadableDb,
  filter: HistoryFilter,
  { table, ms }: typeof day,
  { fromMs, toMs }: Span,
): Found[] {
  const { productId, sourceId, modelId, label } = filter;
  const isAny = productId === null && sourceId === null && modelId === null;
  const kinds = kindsOf(filter).map(({ verdict, human }) => verdict * 3 + human);
  return rows<Found>(
    db,
    `SELECT label, verdict, sum(parts) AS parts FROM ${table}
     WHERE start >= ? AND start < ? AND verdict * 3 + human IN (SELECT value FROM json_each(?))
       ${isAny ? '' : 'AND stream_id IN (SELECT value FROM json_each(?))'} ${label === null ? '' : 'AND label = ?'}
     GROUP BY label, verdict`,
    fromMs / ms,
    toMs / ms,
    JSON.stringify(kinds),
    ...(isAny ? [] : [JSON.stringify(findStreams(db, filter))]),
    ...(label === null ? [] : [label]),
  );
}

function counted(db: ReadableDb, filter: HistoryFilter, { fromMs, toMs }: Span): Found[] {
  const labels = filter.label === null ? labelsOnRecord(db) : [filter.label];
  return labels.flatMap((label) =>
    figureOfCells(db, cellsWithLabel(db, filter, label), 'count(*)', 'time_ms >= ? AND time_ms < ?', [
      fromMs,
      toMs,
    ]).map(({ verdict, figure }) => ({ label, verdict, parts: figure })),
  );
}

/** Every label there is, found by leaping from one to the next. */
function labelsOnRecord(db: ReadableDb): string[] {
  const next = (after: string) =>
    `SELECT min(label) FROM inspections INDEXED BY inspections_by_label WHERE label > ${after}`;
  return rows<{ label: string }>(
    db,
    `WITH RECURSIVE present (label) AS (
       SELECT (${next("''")})
       UNION ALL SELECT (${next('present.label')}) FROM present WHERE present.label IS NOT NULL
     )
     SELECT label FROM present WHERE label IS NOT NULL`,
  ).map(({ label }) => label);
}

function countByText(db: ReadableDb, filter: HistoryFilter, text: string, { fromMs, toMs }: Span): Found[] {
  const noLot = -1;
  const lot = findLot(db, text) ?? noLot;
  return (cellsOf(db, filter) ?? []).flatMap((cells) => {
    // A part whose lot and serial are the same text is counted with its lot.
    const countedAlready = cells.prefix?.column === 'serial' ? lot : noLot;
    return countByLabel(db, cells, 'time_ms >= ? AND time_ms < ? AND lot_id IS NOT ?', [
      fromMs,
      toMs,
      countedAlready,
    ]);
  });
}

function totals(found: readonly Found[]): DefectCount[] {
  const byLabel = new Map<string, DefectCount>();
  for (const { label, verdict, parts } of found) {
    const total = byLabel.get(label) ?? { label, parts: 0, ng: 0 };
    total.parts += parts;
    if (verdict === verdictCodes.NG) total.ng += parts;
    byLabel.set(label, total);
  }
  return [...byLabel.values()]
    .filter(({ parts }) => parts > 0)
    .sort((a, b) => b.parts - a.parts || (a.label < b.label ? -1 : 1));
}
