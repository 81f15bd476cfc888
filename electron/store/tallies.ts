import type { Counters } from '../contract/domain.ts';
import { KenroError } from '../contract/errors.ts';
import type { LookCounts } from '../contract/smoothing.ts';
import type { HistoryFilter, TrendPoint, TrendRequest } from '../contract/history.ts';
import { cellsOf, figureOfCells, kindsOf } from './cells.ts';
import { humanOf, verdictOf } from './codes.ts';
import { row, rows, snapshot, type ReadableDb, type SqlValue } from './db.ts';
import { defectCounts } from './defects.ts';
import { findLot, findStreams, type StreamFilter } from './intern.ts';
import { countColumn, countColumns, periods, type CountColumn } from './rollups.ts';
import { splitOff, type Span } from './spans.ts';

const [minute, hour] = periods;
const day = { ms: 86_400_000 };
/** More points than any chart shows; keeps one request from holding up the line. */
const mostPoints = 50_000;

/** Sums over the parts of a span of time. */
export type Sums = Record<CountColumn, number> & {
  errors: number;
  scored: number;
  score_sum: number;
  latency_sum_us: number;
  latency_max_us: number;
  smoothed: number;
  first_looks: number;
  looks: number;
};
/** Beside the counts. */
const addedUp = [
  ...(['errors', 'scored', 'score_sum', 'latency_sum_us'] as const),
  ...(['smoothed', 'first_looks', 'looks'] as const),
];

/** Exact counts of the parts since a moment, of everything or of one product, source or model. */
export function countersSince(db: ReadableDb, fromMs: number, filter: StreamFilter = {}): Counters {
  return countersOver(db, { fromMs, toMs: Number.MAX_SAFE_INTEGER }, filter);
}

/** How many parts were put on record with a later time. */
export function partsAfter(db: ReadableDb, timeMs: number): number {
  const found = row<{ count: number }>(
    db,
    'SELECT count(*) AS count FROM inspections WHERE time_ms > ?',
    timeMs,
  );
  return found?.count ?? 0;
}

/** Exact counts of the parts of a period, of everything or of one product, source or model. */
export function countersOver(db: ReadableDb, span: Span, filter: StreamFilter): Counters {
  return snapshot(db, () => countersOf(sumOver(db, span, streamsOf(db, filter))));
}

/** Parts called NG in a period, by what humans said of them. */
export interface RejectCounts {
  parts: number;
  falseAlarms: number;
  confirmed: number;
  unconfirmed: number;
}

export function rejectsOver(db: ReadableDb, span: Span, filter: StreamFilter): RejectCounts {
  const sums = snapshot(db, () => sumOver(db, span, streamsOf(db, filter)));
  return {
    parts: countersOf(sums).parts,
    falseAlarms: sums.ng_ok,
    confirmed: sums.ng_ng,
    unconfirmed: sums.ng_none,
  };
}

/** Of the parts since a moment those that could be looked at again under noise, and the looks they took. */
export function looksSince(db: ReadableDb, fromMs: number, filter: StreamFilter = {}): LookCounts {
  const span = { fromMs, toMs: Number.MAX_SAFE_INTEGER };
  const sums = snapshot(db, () => sumOver(db, span, streamsOf(db, filter)));
  return { parts: sums.smoothed, firstLook: sums.first_looks, looks: sums.looks };
}

/** Exact number of parts that a filter finds. Only a lot or serial of many parts takes time: a count along its index. */
export function countHistory(db: ReadableDb, filter: HistoryFilter): number {
  const span = { fromMs: filter.fromMs ?? 0, toMs: filter.toMs ?? Number.MAX_SAFE_INTEGER };
  const { text } = filter;
  if (text !== null) return snapshot(db, () => countByText(db, filter, text, span));
  if (filter.label !== null) return defectCounts(db, filter)[0]?.parts ?? 0;
  const sums = snapshot(db, () => sumOver(db, span, streamsOf(db, filter)));
  const wanted = kindsOf(filter).map((kind) => countColumn(verdictOf(kind.verdict), humanOf(kind.human)));
  return wanted.reduce((count, column) => count + sums[column], 0);
}

/** Starts of the days that overlap a span, and the start of the day after: consecutive, ascending. */
export type DayStarts = (fromMs: number, toMs: number) => number[];

/**
 * A trend, oldest first. Every minute, hour or day that overlaps the span is counted in full; those without
 * parts are left out.
 * @param dayStarts says where the days of this place begin.
 * @throws {KenroError} `badRequest` when it would be more than 50,000 points.
 */
export function trendPoints(db: ReadableDb, request: TrendRequest, dayStarts: DayStarts): TrendPoint[] {
  const { bucket, fromMs, toMs } = request;
  const points = Math.ceil((toMs - fromMs) / { minute, hour, day }[bucket].ms);
  if (points > mostPoints) throw new KenroError('badRequest', { what: 'trend', points });
  return snapshot(db, () => {
    const streams = streamsOf(db, request.filter);
    return bucket === 'day'
      ? sumsByDay(db, dayStarts(fromMs, toMs), streams)
      : sumsByPeriod(db, { minute, hour }[bucket], { fromMs, toMs }, streams);
  });
}

function sumsByDay(db: ReadableDb, starts: readonly number[], streams: number[] | null): TrendPoint[] {
  return starts
    .slice(0, -1)
    .map((fromMs, i) => pointOf(fromMs, sumOver(db, { fromMs, toMs: starts[i + 1] as number }, streams)))
    .filter((point) => point.parts > 0);
}

function sumsByPeriod(
  db: ReadableDb,
  period: (typeof periods)[number],
  { fromMs, toMs }: Span,
  streams: number[] | null,
): TrendPoint[] {
  return rows<Sums & { start: number }>(
    db,
    `SELECT start, ${sumColumns} FROM ${period.table} WHERE start >= ? AND start < ? ${ofStreams(streams)}
     GROUP BY start ORDER BY start`,
    Math.floor(fromMs / period.ms),
    Math.ceil(toMs / period.ms),
    ...streamValues(streams),
  ).map(({ start, ...sums }) => pointOf(start * period.ms, sums));
}

/** Columns of a rollup, summed up over several of its rows, and the greatest latency. */
export function sumsOf(columns: readonly string[]): string {
  const sums = columns.map((column) => `ifnull(sum(${column}), 0) AS ${column}`);
  return [...sums, 'max(latency_max_us) AS latency_max_us'].join(', ');
}

const sumColumns = sumsOf([...countColumns, ...addedUp]);

const rawLatency = 'decode_us + infer_us + smooth_us + store_us';

/** Whole hours from the rollup by hour, whole minutes at their ends from that by minute, the rest part by part. */
export function sumOver(db: ReadableDb, span: Span, streams: number[] | null): Sums {
  const total = emptySums();
  splitOff(
    span,
    hour.ms,
    (whole) => addAll(total, rolledUp(db, hour, whole, streams)),
    (edge) =>
      splitOff(
        edge,
        minute.ms,
        (whole) => addAll(total, rolledUp(db, minute, whole, streams)),
        (rest) => counted(db, rest, streams).forEach((sums) => addAll(total, sums)),
      ),
  );
  return total;
}

function rolledUp(
  db: ReadableDb,
  period: (typeof periods)[number],
  span: Span,
  streams: number[] | null,
): Sums {
  return row<Sums>(
    db,
    `SELECT ${sumColumns} FROM ${period.table} WHERE start >= ? AND start < ? ${ofStreams(streams)}`,
    span.fromMs / period.ms,
    span.toMs / period.ms,
    ...streamValues(streams),
  ) as Sums;
}

function counted(db: ReadableDb, span: Span, streams: number[] | null): Sums[] {
  const found = rows<{ verdict: number; human: number; parts: number } & Omit<Sums, CountColumn>>(
    db,
    `SELECT verdict, human, count(*) AS parts, count(reason) AS errors, count(score) AS scored,
       ifnull(sum(score), 0) AS score_sum, sum(${rawLatency}) AS latency_sum_us, max(${rawLatency}) AS latency_max_us,
       count(votes) AS smoothed, ifnull(sum(votes), 0) AS looks,
       sum(votes IS NOT NULL AND reason IS NULL
         AND NOT EXISTS (SELECT 1 FROM certificates WHERE inspection_id = inspections.id)) AS first_looks
     FROM inspections INDEXED BY inspections_by_time
     WHERE time_ms >= ? AND time_ms < ? ${ofStreams(streams)} GROUP BY verdict, human`,
    span.fromMs,
    span.toMs,
    ...streamValues(streams),
  );
  return found.map(({ verdict, human, parts, ...sums }) => ({
    ...emptySums(),
    ...sums,
    [countColumn(verdictOf(verdict), humanOf(human))]: parts,
  }));
}

/** `null` = all. */
export function streamsOf(db: ReadableDb, filter: StreamFilter): number[] | null {
  const { productId = null, sourceId = null, modelId = null } = filter;
  return productId === null && sourceId === null && modelId === null ? null : findStreams(db, filter);
}

/** Condition on the streams, with its values below. */
export function ofStreams(streams: number[] | null): string {
  return streams === null ? '' : 'AND stream_id IN (SELECT value FROM json_each(?))';
}

export function streamValues(streams: number[] | null): SqlValue[] {
  return streams === null ? [] : [JSON.stringify(streams)];
}

function emptySums(): Sums {
  const counts = Object.fromEntries(countColumns.map((column) => [column, 0])) as Record<CountColumn, number>;
  const others = Object.fromEntries(addedUp.map((column) => [column, 0])) as Record<
    (typeof addedUp)[number],
    number
  >;
  return { ...counts, ...others, latency_max_us: 0 };
}

function addAll(total: Sums, sums: Sums): void {
  for (const column of [...countColumns, ...addedUp]) {
    total[column] += sums[column];
  }
  total.latency_max_us = Math.max(total.latency_max_us, sums.latency_max_us);
}

export function countersOf(sums: Pick<Sums, CountColumn | 'errors'>): Counters {
  const ok = sums.ok_none + sums.ok_ok + sums.ok_ng;
  const ng = sums.ng_none + sums.ng_ok + sums.ng_ng;
  const review = sums.review_none + sums.review_ok + sums.review_ng;
  return {
    parts: ok + ng + review,
    ok,
    ng,
    review,
    errors: sums.errors,
    falseAlarms: sums.ng_ok,
    escapes: sums.ok_ng,
    unconfirmed: sums.ng_none + sums.review_none,
  };
}

function pointOf(startMs: number, sums: Sums): TrendPoint {
  const counters = countersOf(sums);
  return {
    ...counters,
    startMs,
    scoreMean: sums.scored > 0 ? sums.score_sum / sums.scored : null,
    latencyMeanMs: counters.parts > 0 ? sums.latency_sum_us / counters.parts / 1000 : null,
    latencyMaxMs: counters.parts > 0 ? sums.latency_max_us / 1000 : null,
  };
}

function countByText(db: ReadableDb, filter: HistoryFilter, text: string, span: Span): number {
  const noLot = -1;
  const lot = findLot(db, text) ?? noLot;
  const counts = (cellsOf(db, filter) ?? []).flatMap((cells) => {
    // A part whose lot and serial are the same text is counted with its lot.
    const countedAlready = cells.prefix?.column === 'serial' ? lot : noLot;
    const within = 'time_ms >= ? AND time_ms < ? AND lot_id IS NOT ?';
    return figureOfCells(db, cells, 'count(*)', within, [span.fromMs, span.toMs, countedAlready]);
  });
  return counts.reduce((count, { figure }) => count + figure, 0);
}
