import type { HumanWord } from '../contract/domain.ts';
import type { Verdict } from '../contract/verdict.ts';
import { row, run, type WritableDb } from './db.ts';
import {
  addLatency,
  decodeHistogram,
  encodeHistogram,
  mergeHistogram,
  type LatencyHistogram,
} from './latencyHistogram.ts';

/** Counts of parts by verdict and human word, in the order of the rollup tables. */
export const countColumns = [
  'ok_none',
  'ok_ok',
  'ok_ng',
  'ng_none',
  'ng_ok',
  'ng_ng',
  'review_none',
  'review_ok',
  'review_ng',
] as const;
export type CountColumn = (typeof countColumns)[number];

export const periods = [
  { table: 'rollup_minutes', ms: 60_000 },
  { table: 'rollup_hours', ms: 3_600_000 },
] as const;

export function countColumn(verdict: Verdict, human: HumanWord | null): CountColumn {
  return `${verdict.toLowerCase() as Lowercase<Verdict>}_${human ?? 'none'}`;
}

/** What a newly recorded part adds to its minute and hour. */
export interface RolledUpPart {
  timeMs: number;
  streamId: number;
  verdict: Verdict;
  score: number | null;
  failed: boolean;
  /** `null` where no noisy ones were allowed. */
  looks: number | null;
  /** One look has decided it, where more were allowed. */
  isFirstLook: boolean;
  /** Integer, as recorded. */
  latencyUs: number;
}

/** What is summed up of parts whatever they are grouped by. */
export interface MeasuredSum {
  errors: number;
  scored: number;
  scoreSum: number;
  latencySumUs: number;
  latencyMaxUs: number;
  readonly latencies: LatencyHistogram;
}

export function emptyMeasured(): MeasuredSum {
  return { errors: 0, scored: 0, scoreSum: 0, latencySumUs: 0, latencyMaxUs: 0, latencies: new Map() };
}

/** Adds what was measured of one part. */
export function addMeasured(sum: MeasuredSum, { failed, score, latencyUs }: RolledUpPart): void {
  if (failed) sum.errors += 1;
  if (score !== null) {
    sum.scored += 1;
    sum.scoreSum += score;
  }
  sum.latencySumUs += latencyUs;
  sum.latencyMaxUs = Math.max(sum.latencyMaxUs, latencyUs);
  addLatency(sum.latencies, latencyUs / 1000);
}

interface Sum extends MeasuredSum {
  start: number;
  streamId: number;
  counts: Record<'ok_none' | 'ng_none' | 'review_none', number>;
  smoothed: number;
  firstLooks: number;
  looks: number;
}

/** Adds new parts, none of which has a human word yet. Part of the transaction that records them. */
export function addToRollups(db: WritableDb, parts: readonly RolledUpPart[]): void {
  for (const { table, ms } of periods) {
    for (const sum of sumUp(parts, ms)) addSum(db, table, sum);
  }
}

/** Moves one part from one human word to another. Part of the transaction that records the word. */
export function moveInRollups(
  db: WritableDb,
  part: { timeMs: number; streamId: number; verdict: Verdict },
  from: HumanWord | null,
  to: HumanWord | null,
): void {
  if (from === to) return;
  const left = countColumn(part.verdict, from);
  const joined = countColumn(part.verdict, to);
  for (const { table, ms } of periods) {
    run(
      db,
      `UPDATE ${table} SET ${left} = ${left} - 1, ${joined} = ${joined} + 1 WHERE start = ? AND stream_id = ?`,
      Math.floor(part.timeMs / ms),
      part.streamId,
    );
  }
}

function sumUp(parts: readonly RolledUpPart[], periodMs: number): Iterable<Sum> {
  const sums = new Map<string, Sum>();
  for (const part of parts) {
    const start = Math.floor(part.timeMs / periodMs);
    const key = `${start}/${part.streamId}`;
    let sum = sums.get(key);
    if (sum === undefined) {
      sum = emptySum(start, part.streamId);
      sums.set(key, sum);
    }
    sum.counts[`${part.verdict.toLowerCase() as Lowercase<Verdict>}_none`] += 1;
    addMeasured(sum, part);
    if (part.looks !== null) {
      sum.smoothed += 1;
      sum.looks += part.looks;
    }
    if (part.isFirstLook) sum.firstLooks += 1;
  }
  return sums.values();
}

function emptySum(start: number, streamId: number): Sum {
  return {
    start,
    streamId,
    counts: { ok_none: 0, ng_none: 0, review_none: 0 },
    ...emptyMeasured(),
    smoothed: 0,
    firstLooks: 0,
    looks: 0,
  };
}

function addSum(db: WritableDb, table: string, sum: Sum): void {
  const present = row<{ latencies: Buffer }>(
    db,
    `SELECT latencies FROM ${table} WHERE start = ? AND stream_id = ?`,
    sum.start,
    sum.streamId,
  );
  if (present !== undefined) mergeHistogram(sum.latencies, decodeHistogram(present.latencies));
  run(
    db,
    `INSERT INTO ${table} (start, stream_id, ok_none, ok_ok, ok_ng, ng_none, ng_ok, ng_ng,
       review_none, review_ok, review_ng, errors, scored, score_sum, latency_sum_us, latency_max_us, latencies,
       smoothed, first_looks, looks)
     VALUES (?, ?, ?, 0, 0, ?, 0, 0, ?, 0, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (start, stream_id) DO UPDATE SET
       ok_none = ok_none + excluded.ok_none,
       ng_none = ng_none + excluded.ng_none,
       review_none = review_none + excluded.review_none,
       errors = errors + excluded.errors,
       scored = scored + excluded.scored,
       score_sum = score_sum + excluded.score_sum,
       latency_sum_us = latency_sum_us + excluded.latency_sum_us,
       latency_max_us = max(latency_max_us, excluded.latency_max_us),
       latencies = excluded.latencies,
       smoothed = smoothed + excluded.smoothed,
       first_looks = first_looks + excluded.first_looks,
       looks = looks + excluded.looks`,
    sum.start,
    sum.streamId,
    sum.counts.ok_none,
    sum.counts.ng_none,
    sum.counts.review_none,
    sum.errors,
    sum.scored,
    sum.scoreSum,
    sum.latencySumUs,
    sum.latencyMaxUs,
    encodeHistogram(sum.latencies),
    sum.smoothed,
    sum.firstLooks,
    sum.looks,
  );
}
