import type { HumanWord } from '../contract/domain.ts';
import type { Verdict } from '../contract/verdict.ts';
import { row, run, type WritableDb } from './db.ts';
import { decodeHistogram, encodeHistogram, mergeHistogram } from './latencyHistogram.ts';
import { addMeasured, countColumn, emptyMeasured, type MeasuredSum, type RolledUpPart } from './rollups.ts';

/** What a newly recorded part adds to its lot. */
export interface LotPart extends RolledUpPart {
  /** `null`: a part of no lot. */
  readonly lotId: number | null;
}

interface LotSum extends MeasuredSum {
  readonly lotId: number;
  readonly streamId: number;
  firstMs: number;
  lastMs: number;
  readonly counts: Record<Verdict, number>;
}

/** Adds new parts, none of which has a human word yet. Part of the transaction that records them. */
export function addToLots(db: WritableDb, parts: readonly LotPart[]): void {
  const sums = new Map<string, LotSum>();
  for (const part of parts) {
    if (part.lotId === null) continue;
    const key = `${part.lotId}/${part.streamId}`;
    const sum = sums.get(key) ?? emptySum(part.lotId, part);
    sums.set(key, sum);
    addPart(sum, part);
  }
  for (const sum of sums.values()) addSum(db, sum);
}

/** Moves one part from one human word to another. Part of the transaction that records the word. */
export function moveInLots(
  db: WritableDb,
  part: { lotId: number | null; streamId: number; verdict: Verdict },
  from: HumanWord | null,
  to: HumanWord | null,
): void {
  if (part.lotId === null || from === to) return;
  const [left, joined] = [countColumn(part.verdict, from), countColumn(part.verdict, to)];
  run(
    db,
    `UPDATE rollup_lots SET ${left} = ${left} - 1, ${joined} = ${joined} + 1 WHERE lot_id = ? AND stream_id = ?`,
    part.lotId,
    part.streamId,
  );
}

function emptySum(lotId: number, { streamId, timeMs }: LotPart): LotSum {
  const counts = { OK: 0, NG: 0, REVIEW: 0 };
  return { lotId, streamId, firstMs: timeMs, lastMs: timeMs, counts, ...emptyMeasured() };
}

function addPart(sum: LotSum, part: LotPart): void {
  const { timeMs, verdict } = part;
  // Not in order where the computer's clock was set back.
  sum.firstMs = Math.min(sum.firstMs, timeMs);
  sum.lastMs = Math.max(sum.lastMs, timeMs);
  sum.counts[verdict] += 1;
  addMeasured(sum, part);
}

function addSum(db: WritableDb, sum: LotSum): void {
  const present = row<{ latencies: Buffer | null }>(
    db,
    'SELECT latencies FROM rollup_lots WHERE lot_id = ? AND stream_id = ?',
    sum.lotId,
    sum.streamId,
  );
  if (present?.latencies) mergeHistogram(sum.latencies, decodeHistogram(present.latencies));
  // Of a lot whose first parts are not in it, a histogram would tell of the others alone.
  const latencies = present?.latencies === null ? null : encodeHistogram(sum.latencies);
  run(
    db,
    `INSERT INTO rollup_lots (lot_id, stream_id, first_ms, last_ms, ok_none, ok_ok, ok_ng, ng_none, ng_ok, ng_ng,
       review_none, review_ok, review_ng, errors, scored, score_sum, latency_sum_us, latency_max_us, latencies)
     VALUES (?, ?, ?, ?, ?, 0, 0, ?, 0, 0, ?, 0, 0, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (lot_id, stream_id) DO UPDATE SET
       first_ms = min(first_ms, excluded.first_ms),
       last_ms = max(last_ms, excluded.last_ms),
       ok_none = ok_none + excluded.ok_none,
       ng_none = ng_none + excluded.ng_none,
       review_none = review_none + excluded.review_none,
       errors = errors + excluded.errors,
       scored = scored + excluded.scored,
       score_sum = score_sum + excluded.score_sum,
       latency_sum_us = latency_sum_us + excluded.latency_sum_us,
       latency_max_us = max(latency_max_us, excluded.latency_max_us),
       latencies = excluded.latencies`,
    sum.lotId,
    sum.streamId,
    sum.firstMs,
    sum.lastMs,
    sum.counts.OK,
    sum.counts.NG,
    sum.counts.REVIEW,
    sum.errors,
    sum.scored,
    sum.scoreSum,
    sum.latencySumUs,
    sum.latencyMaxUs,
    latencies,
  );
}
