import { rows, type ReadableDb } from './db.ts';
import { decodeHistogram, mergeHistogram, percentile, type LatencyHistogram } from './latencyHistogram.ts';
import { periods } from './rollups.ts';

/** Processing time of parts; milliseconds, `null` without parts. The 95th percentile is right within ±9 %. */
export interface LatencySummary {
  parts: number;
  averageMs: number | null;
  p95Ms: number | null;
  maxMs: number | null;
}

/** Over all parts since the minute that contains `fromMs`. */
export function latencySince(db: ReadableDb, fromMs: number): LatencySummary {
  const [minute, hour] = periods;
  const firstHour = Math.ceil(fromMs / hour.ms);
  const firstMinute = Math.floor(fromMs / minute.ms);
  const minutesAnHour = hour.ms / minute.ms;
  const histogram: LatencyHistogram = new Map();
  let sumUs = 0;
  let maxUs = 0;
  for (const { table, from, to } of [
    { table: minute.table, from: firstMinute, to: firstHour * minutesAnHour },
    { table: hour.table, from: firstHour, to: Number.MAX_SAFE_INTEGER },
  ]) {
    for (const rollup of rows<{ latency_sum_us: number; latency_max_us: number; latencies: Buffer }>(
      db,
      `SELECT latency_sum_us, latency_max_us, latencies FROM ${table} WHERE start >= ? AND start < ?`,
      from,
      to,
    )) {
      mergeHistogram(histogram, decodeHistogram(rollup.latencies));
      sumUs += rollup.latency_sum_us;
      maxUs = Math.max(maxUs, rollup.latency_max_us);
    }
  }
  const parts = [...histogram.values()].reduce((sum, count) => sum + count, 0);
  return {
    parts,
    averageMs: parts > 0 ? sumUs / parts / 1000 : null,
    p95Ms: percentile(histogram, 0.95),
    maxMs: parts > 0 ? maxUs / 1000 : null,
  };
}
