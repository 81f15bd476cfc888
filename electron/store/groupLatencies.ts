import { isOrdered, type TrendGroup, type TrendPeriod } from '../contract/trends.ts';
import { rows, snapshot, type ReadableDb } from './db.ts';
import { decodeHistogram, mergeHistogram, percentile, type LatencyHistogram } from './latencyHistogram.ts';
import { periods } from './rollups.ts';
import { ofStreams, streamsOf, streamValues } from './tallies.ts';

const [minute, hour] = periods;
type Period = (typeof periods)[number];

interface PeriodRow {
  start: number;
  product_id: number;
  model_id: number | null;
  latencies: Buffer;
}

/**
 * 95th percentile of the latency of each group, milliseconds, right within ±9 %; `null` where it is not known: of
 * lots begun before their latencies were kept, and of shifts that do not begin on a full hour.
 * @param groups of `trendGroups` for the same period
 */
export function groupLatencies(
  db: ReadableDb,
  period: TrendPeriod,
  groups: readonly TrendGroup[],
): Array<number | null> {
  if (period.by === 'lot') return lotLatencies(db, period, groups);
  const table = period.by === 'minute' ? minute : hour;
  const isWhole = groups.every(({ fromMs, toMs }) => fromMs % table.ms === 0 && toMs % table.ms === 0);
  if (groups.length === 0 || !isWhole) return groups.map(() => null);
  const histograms = groups.map((): LatencyHistogram => new Map());
  const groupOf = isOrdered(period.by) ? byTime(groups, table) : byId(groups, period.by === 'product');
  for (const found of snapshot(db, () => periodRows(db, table, period, groups))) {
    const at = groupOf(found);
    if (at !== undefined)
      mergeHistogram(histograms[at] as LatencyHistogram, decodeHistogram(found.latencies));
  }
  return histograms.map((histogram) => percentile(histogram, 0.95));
}

function lotLatencies(
  db: ReadableDb,
  { filter }: TrendPeriod,
  groups: readonly TrendGroup[],
): Array<number | null> {
  const streams = streamsOf(db, filter);
  const found = rows<{ name: string; latencies: Buffer | null }>(
    db,
    `SELECT lots.name, latencies FROM rollup_lots INDEXED BY rollup_lots_by_end JOIN lots ON lots.id = lot_id
     WHERE last_ms >= ? AND first_ms < ? ${ofStreams(streams)}`,
    Math.min(...groups.map(({ fromMs }) => fromMs)),
    Math.max(...groups.map(({ toMs }) => toMs)),
    ...streamValues(streams),
  );
  const byName = Map.groupBy(found, ({ name }) => name);
  return groups.map(({ lot }) => {
    const histogram: LatencyHistogram = new Map();
    for (const { latencies } of byName.get(lot ?? '') ?? []) {
      if (latencies === null) return null;
      mergeHistogram(histogram, decodeHistogram(latencies));
    }
    return percentile(histogram, 0.95);
  });
}

function periodRows(
  db: ReadableDb,
  { table, ms }: Period,
  period: TrendPeriod,
  groups: readonly TrendGroup[],
): PeriodRow[] {
  const streams = streamsOf(db, period.filter);
  return rows<PeriodRow>(
    db,
    `SELECT start, product_id, model_id, latencies FROM ${table} JOIN streams ON streams.id = stream_id
     WHERE start >= ? AND start < ? ${ofStreams(streams)} ORDER BY start`,
    Math.min(...groups.map(({ fromMs }) => fromMs)) / ms,
    Math.max(...groups.map(({ toMs }) => toMs)) / ms,
    ...streamValues(streams),
  );
}

/** Periods come in order, and so do the groups. */
function byTime(
  groups: readonly TrendGroup[],
  { ms: periodMs }: Period,
): (found: PeriodRow) => number | undefined {
  let at = 0;
  return ({ start }) => {
    const ms = start * periodMs;
    while (at < groups.length - 1 && (groups[at] as TrendGroup).toMs <= ms) at++;
    const { fromMs, toMs } = groups[at] as TrendGroup;
    return ms >= fromMs && ms < toMs ? at : undefined;
  };
}

function byId(groups: readonly TrendGroup[], isProduct: boolean): (found: PeriodRow) => number | undefined {
  const places = new Map(groups.map(({ productId, modelId }, at) => [isProduct ? productId : modelId, at]));
  return ({ product_id, model_id }) => places.get(isProduct ? product_id : model_id);
}
