import type { AnomalyMap, Feedback, Inspection } from '../contract/domain.ts';
import {
  everything,
  type HistoryFilter,
  type HistoryPage,
  type HistoryPageRequest,
} from '../contract/history.ts';
import { cellCondition, cellsOf, cellValues, figureOfCells, type Cells } from './cells.ts';
import { rows, snapshot, type ReadableDb, type SqlValue } from './db.ts';
import { listFeedback } from './feedback.ts';
import { readInspection, readInspections, readMap } from './inspections.ts';

/**
 * Where a part stands in the history, which is ordered by time and, within one millisecond, by id. (By id
 * alone would not do: the computer's clock may be set back.)
 */
interface Place {
  time_ms: number;
  id: number;
}

type Direction = 'older' | 'newer';

/**
 * One page of the history, newest first. Its cost depends on the page's length and on the number of streams,
 * not on how many parts there are nor on how few of them the filter finds.
 * @throws {KenroError} `notFound` when the part to continue from is not on record.
 */
export function pageHistory(db: ReadableDb, request: HistoryPageRequest): HistoryPage {
  return snapshot(db, () => pageOf(db, request));
}

function pageOf(db: ReadableDb, request: HistoryPageRequest): HistoryPage {
  const { filter, before, after, limit } = request;
  const direction: Direction = before === null && after !== null ? 'newer' : 'older';
  const from = before ?? after;
  const start = from === null ? null : placeOf(db, from);
  const found = find(db, filter, direction, start, limit + 1);
  const more = found.length > limit;
  const page = found.slice(0, limit);
  if (direction === 'newer') page.reverse();

  const beyond = (other: Direction, edge: Place | null | undefined) =>
    edge !== null && edge !== undefined && find(db, filter, other, edge, 1).length > 0;
  return {
    rows: placesToParts(db, page),
    older: direction === 'older' ? more : beyond('older', page.at(-1) ?? start),
    newer: direction === 'newer' ? more : beyond('newer', page[0] ?? start),
  };
}

/** The newest `count` parts, newest last. */
export function recentParts(db: ReadableDb, count: number): Inspection[] {
  return pageHistory(db, { filter: everything, before: null, after: null, limit: count }).rows.reverse();
}

/** All that is known of one part. @throws {KenroError} `notFound`. */
export function readPart(
  db: ReadableDb,
  id: number,
): { inspection: Inspection; map: AnomalyMap | null; feedback: Feedback[] } {
  return snapshot(db, () => ({
    inspection: readInspection(db, id),
    map: readMap(db, id),
    feedback: listFeedback(db, id),
  }));
}

/**
 * Everything a filter finds, newest first, in chunks; for exports. Parts recorded meanwhile are left out, a
 * human's word given meanwhile may be in or not.
 */
export function* iterateHistory(
  db: ReadableDb,
  filter: HistoryFilter,
  chunkLength = 500,
): Generator<Inspection[], void, undefined> {
  let last: Place | null = null;
  for (;;) {
    const from: Place | null = last;
    const found: Place[] = snapshot(db, () => find(db, filter, 'older', from, chunkLength));
    if (found.length > 0) yield placesToParts(db, found);
    if (found.length < chunkLength) return;
    last = found.at(-1) ?? null;
  }
}

function placesToParts(db: ReadableDb, places: readonly Place[]): Inspection[] {
  return readInspections(
    db,
    places.map(({ id }) => id),
  );
}

function placeOf(db: ReadableDb, id: number): Place {
  return { time_ms: readInspection(db, id).timeMs, id };
}

/** The next `limit` parts beyond `start` (`null` = from the very end), nearest first. */
function find(
  db: ReadableDb,
  filter: HistoryFilter,
  direction: Direction,
  start: Place | null,
  limit: number,
): Place[] {
  const period = periodBeyond(filter, direction, start);
  const cells = cellsOf(db, filter);
  if (cells === null) return seek(db, null, [], period, direction, start, limit);

  // Each cell is in order already: enter those that begin nearest until no other can contribute.
  const figure = direction === 'older' ? 'max(time_ms)' : 'min(time_ms)';
  const entries = cells
    .flatMap((group) =>
      figureOfCells(db, group, figure, 'time_ms >= ? AND time_ms <= ?', period).map((cell) => ({
        group,
        cell,
      })),
    )
    .sort((a, b) => compareTimes(a.cell.figure, b.cell.figure, direction));
  let found: Place[] = [];
  for (const { group, cell } of entries) {
    const last = found[limit - 1];
    if (last !== undefined && compareTimes(last.time_ms, cell.figure, direction) < 0) break;
    const parts = seek(db, group, cellValues(group, cell), period, direction, start, limit);
    found = merge(found, parts, direction, limit);
  }
  return found;
}

/** First and last millisecond in which parts beyond `start` may lie. */
function periodBeyond(filter: HistoryFilter, direction: Direction, start: Place | null): [number, number] {
  const earliest = filter.fromMs ?? 0;
  const latest = (filter.toMs ?? Number.MAX_SAFE_INTEGER) - 1;
  if (start === null) return [earliest, latest];
  return direction === 'older'
    ? [earliest, Math.min(latest, start.time_ms)]
    : [Math.max(earliest, start.time_ms), latest];
}

/** The first parts of one cell, or of all (`null`). */
function seek(
  db: ReadableDb,
  cells: Cells | null,
  address: SqlValue[],
  period: [number, number],
  direction: Direction,
  start: Place | null,
  limit: number,
): Place[] {
  const order = direction === 'older' ? 'DESC' : 'ASC';
  return rows<Place>(
    db,
    `SELECT time_ms, id FROM inspections INDEXED BY ${cells?.index ?? 'inspections_by_time'}
     WHERE ${cells === null ? '' : `${cellCondition(cells)} AND`} time_ms >= ? AND time_ms <= ?
       AND (time_ms <> ? OR id ${direction === 'older' ? '<' : '>'} ?)
     ORDER BY time_ms ${order}, id ${order} LIMIT ?`,
    ...address,
    ...period,
    start?.time_ms ?? -1,
    start?.id ?? 0,
    limit,
  );
}

/** Two ordered lists as one, without repeats: a part may be found by its lot and by its serial. */
function merge(a: readonly Place[], b: readonly Place[], direction: Direction, limit: number): Place[] {
  const merged: Place[] = [];
  let i = 0;
  let j = 0;
  while (merged.length < limit) {
    const [left, right] = [a[i], b[j]];
    if (left === undefined && right === undefined) break;
    const order = left === undefined ? 1 : right === undefined ? -1 : compare(left, right, direction);
    if (order <= 0) i++;
    if (order >= 0) j++;
    merged.push((order <= 0 ? left : right) as Place);
  }
  return merged;
}

/** Negative when `a` comes before `b` walking in this direction. */
function compare(a: Place, b: Place, direction: Direction): number {
  return compareTimes(a.time_ms, b.time_ms, direction) || compareTimes(a.id, b.id, direction);
}

function compareTimes(a: number, b: number, direction: Direction): number {
  return direction === 'newer' ? a - b : b - a;
}
