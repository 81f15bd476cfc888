import type { AnomalyMap, Feedback, Inspection } from '../contract/domain.ts';
import {
  everything,
  type HistoryFilter,
  type HistoryPage,
  type HistoryPageRequest,
} from '../contract/history.ts';
import { cellsOf, type Cell } from './cells.ts';
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
  const seek = (cell: Cell | null, count: number) => seekIn(db, cell, filter, direction, start, count);
  const cells = cellsOf(db, filter);
  if (cells === null) return seek(null, limit);

  // Each cell is in order already: enter those whose first part is nearest until none can contribute.
  const entries = cells
    .flatMap((cell) => seek(cell, 1).map((head) => ({ cell, head })))
    .sort((a, b) => compare(a.head, b.head, direction));
  let found: Place[] = [];
  for (const { cell, head } of entries) {
    const last = found[limit - 1];
    if (last !== undefined && compare(last, head, direction) < 0) break;
    found = merge(found, seek(cell, limit), direction, limit);
  }
  return found;
}

function seekIn(
  db: ReadableDb,
  cell: Cell | null,
  filter: HistoryFilter,
  direction: Direction,
  start: Place | null,
  limit: number,
): Place[] {
  const older = direction === 'older';
  const earliest = filter.fromMs ?? 0;
  const latest = (filter.toMs ?? Number.MAX_SAFE_INTEGER) - 1;
  const values: SqlValue[] = [
    ...(cell?.values ?? []),
    older || start === null ? earliest : Math.max(earliest, start.time_ms),
    older && start !== null ? Math.min(latest, start.time_ms) : latest,
    start?.time_ms ?? -1,
    start?.id ?? 0,
    limit,
  ];
  return rows<Place>(db, seekSql(cell, older), ...values);
}

/** The query behind a cell; public for the test of its plan. */
export function seekSql(cell: Pick<Cell, 'index' | 'where'> | null, older: boolean): string {
  const order = older ? 'DESC' : 'ASC';
  return `SELECT time_ms, id FROM inspections INDEXED BY ${cell?.index ?? 'inspections_by_time'}
    WHERE ${cell === null ? '' : `${cell.where} AND`} time_ms >= ? AND time_ms <= ?
      AND (time_ms <> ? OR id ${older ? '<' : '>'} ?)
    ORDER BY time_ms ${order}, id ${order} LIMIT ?`;
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
  const order = a.time_ms - b.time_ms || a.id - b.id;
  return direction === 'newer' ? order : -order;
}
