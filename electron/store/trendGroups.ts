import { KenroError } from '../contract/errors.ts';
import type { Grouping, TrendGroup, TrendPeriod } from '../contract/trends.ts';
import { row, rows, snapshot, type ReadableDb, type SqlValue } from './db.ts';
import { countColumns, periods } from './rollups.ts';
import type { Span } from './spans.ts';
import { countersOf, ofStreams, streamsOf, streamValues, sumOver, sumsOf, type Sums } from './tallies.ts';

const [minute, hour] = periods;
/** What every rollup has, that of lots too. */
type GroupSums = Omit<Sums, 'smoothed' | 'first_looks' | 'looks'>;
const groupColumns = sumsOf([...countColumns, 'errors', 'scored', 'score_sum', 'latency_sum_us']);

/** More groups than a chart can show; keeps one request from holding up the line. */
export const mostGroups = 5_000;

/** Starts of the spans that divide time, and the start of the one after: consecutive, ascending. */
export type SpanStarts = (by: 'shift' | 'day', span: Span) => number[];

/**
 * The parts of a period in groups, oldest first; groups without parts are left out, and so are parts of no lot where
 * it is by lot. Read from sums, so that the time it takes depends on the hours or lots and not on the parts.
 * @throws {KenroError} `tooManyPoints` (`most`)
 */
export function trendGroups(db: ReadableDb, period: TrendPeriod, starts: SpanStarts): TrendGroup[] {
  return snapshot(db, () => {
    const span = withParts(db, period);
    if (span === null) return [];
    const streams = streamsOf(db, period.filter);
    switch (period.by) {
      case 'minute':
        return byPeriod(db, minute, span, streams);
      case 'hour':
        return byPeriod(db, hour, span, streams);
      case 'shift':
      case 'day':
        return bySpan(db, starts(period.by, span), streams);
      case 'lot':
        return byLot(db, span, streams);
      case 'product':
      case 'model':
        return byStream(db, period.by, span, streams);
    }
  });
}

/** The whole hours of a period from the first to the last that has parts, or `null`. */
export function withParts(db: ReadableDb, { fromMs, toMs }: Span): Span | null {
  const known = row<{ first: number | null; last: number | null }>(
    db,
    `SELECT (SELECT min(start) FROM ${hour.table}) AS first, (SELECT max(start) FROM ${hour.table}) AS last`,
  );
  if (known === undefined || known.first === null || known.last === null) return null;
  const from = Math.max(Math.floor(fromMs / hour.ms), known.first) * hour.ms;
  const to = Math.min(Math.ceil(toMs / hour.ms), known.last + 1) * hour.ms;
  return from < to ? { fromMs: from, toMs: to } : null;
}

function byPeriod(
  db: ReadableDb,
  { table, ms }: (typeof periods)[number],
  { fromMs, toMs }: Span,
  streams: number[] | null,
): TrendGroup[] {
  atMost((toMs - fromMs) / ms);
  return rows<GroupSums & { start: number }>(
    db,
    `SELECT start, ${groupColumns} FROM ${table} WHERE start >= ? AND start < ? ${ofStreams(streams)}
     GROUP BY start ORDER BY start`,
    fromMs / ms,
    toMs / ms,
    ...streamValues(streams),
  ).map(({ start, ...sums }) => groupOf({ fromMs: start * ms, toMs: (start + 1) * ms }, sums));
}

function bySpan(db: ReadableDb, starts: readonly number[], streams: number[] | null): TrendGroup[] {
  atMost(starts.length);
  return starts
    .slice(0, -1)
    .map((fromMs, i) => ({ fromMs, toMs: starts[i + 1] as number }))
    .map((span) => groupOf(span, sumOver(db, span, streams)))
    .filter(({ parts }) => parts > 0);
}

function byLot(db: ReadableDb, { fromMs, toMs }: Span, streams: number[] | null): TrendGroup[] {
  const found = rows<GroupSums & { name: string; first: number; last: number }>(
    db,
    `SELECT lots.name, sums.* FROM (
       SELECT lot_id, min(first_ms) AS first, max(last_ms) AS last, ${groupColumns}
       FROM rollup_lots INDEXED BY rollup_lots_by_end
       WHERE last_ms >= ? AND first_ms < ? ${ofStreams(streams)} GROUP BY lot_id
     ) AS sums JOIN lots ON lots.id = lot_id ORDER BY first, lot_id LIMIT ?`,
    fromMs,
    toMs,
    ...streamValues(streams),
    mostGroups + 1,
  );
  atMost(found.length);
  return found.map(({ name, first, last, ...sums }) =>
    groupOf({ fromMs: first, toMs: last + 1 }, sums, { name, lot: name }),
  );
}

function byStream(
  db: ReadableDb,
  by: Extract<Grouping, 'product' | 'model'>,
  span: Span,
  streams: number[] | null,
): TrendGroup[] {
  const found = rows<GroupSums & { id: number | null; name: string | null }>(
    db,
    `WITH sums AS MATERIALIZED (
       SELECT stream_id, ${groupColumns} FROM ${hour.table}
       WHERE start >= ? AND start < ? ${ofStreams(streams)} GROUP BY stream_id
     )
     SELECT streams.${by}_id AS id, ${by}s.name AS name, ${groupColumns}
     FROM sums JOIN streams ON streams.id = stream_id LEFT JOIN ${by}s ON ${by}s.id = streams.${by}_id
     GROUP BY streams.${by}_id ORDER BY ${by}s.name, streams.${by}_id`,
    ...hours(span),
    ...streamValues(streams),
  );
  return found.map(({ id, name, ...sums }) => groupOf(span, sums, { name: name ?? '', [`${by}Id`]: id }));
}

function hours({ fromMs, toMs }: Span): [SqlValue, SqlValue] {
  return [fromMs / hour.ms, toMs / hour.ms];
}

function atMost(groups: number): void {
  if (groups > mostGroups) throw new KenroError('tooManyPoints', { most: mostGroups });
}

function groupOf(
  { fromMs, toMs }: Span,
  sums: GroupSums,
  about: Partial<Pick<TrendGroup, 'name' | 'lot' | 'productId' | 'modelId'>> = {},
): TrendGroup {
  const counters = countersOf(sums);
  const { parts } = counters;
  return {
    ...counters,
    ...{ fromMs, toMs, name: null, lot: null, productId: null, modelId: null },
    ...about,
    ngUnconfirmed: sums.ng_none,
    okChecked: sums.ok_ok + sums.ok_ng,
    scoreMean: sums.scored > 0 ? sums.score_sum / sums.scored : null,
    latencyMeanMs: parts > 0 ? sums.latency_sum_us / parts / 1000 : null,
    latencyMaxMs: parts > 0 ? sums.latency_max_us / 1000 : null,
  };
}
