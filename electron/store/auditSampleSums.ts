import type { HumanWord } from '../contract/domain.ts';
import { rows, run, type ReadableDb, type WritableDb } from './db.ts';
import { periods } from './rollups.ts';
import type { Span } from './spans.ts';

const hour = periods[1];

/** A drawn part as its sums count it. */
export interface SummedPart {
  readonly timeMs: number;
  readonly streamId: number;
  readonly shareId: number;
  /** `null`: a part of no lot. */
  readonly lotId: number | null;
}

/** Drawn parts of one stream and share: all, those a human has called good, and those called defective. */
export interface SampleCount {
  readonly shareId: number;
  readonly streamId: number;
  readonly drawn: number;
  readonly ok: number;
  readonly ng: number;
}

/** Adds a part on which there is no word yet. Part of the transaction that records it. */
export function addToSampleSums(db: WritableDb, part: SummedPart): void {
  for (const { table, key, at } of placesOf(part)) {
    run(
      db,
      `INSERT INTO ${table} (${key}, stream_id, share_id, drawn, ok, ng) VALUES (?, ?, ?, 1, 0, 0)
       ON CONFLICT (${key}, stream_id, share_id) DO UPDATE SET drawn = drawn + 1`,
      at,
      part.streamId,
      part.shareId,
    );
  }
}

/** Moves a part from one word to another. Part of the transaction that records the word. */
export function moveInSampleSums(
  db: WritableDb,
  part: SummedPart,
  from: HumanWord | null,
  to: HumanWord | null,
): void {
  const moved = [
    ...(from === null ? [] : [`${from} = ${from} - 1`]),
    ...(to === null ? [] : [`${to} = ${to} + 1`]),
  ];
  if (from === to || moved.length === 0) return;
  for (const { table, key, at } of placesOf(part)) {
    run(
      db,
      `UPDATE ${table} SET ${moved.join(', ')} WHERE ${key} = ? AND stream_id = ? AND share_id = ?`,
      at,
      part.streamId,
      part.shareId,
    );
  }
}

/** @param span whole hours */
export function sampleOfHours(db: ReadableDb, { fromMs, toMs }: Span): SampleCount[] {
  return rows<SampleCount>(
    db,
    `SELECT share_id AS shareId, stream_id AS streamId, sum(drawn) AS drawn, sum(ok) AS ok, sum(ng) AS ng
     FROM audit_sample_hours WHERE start >= ? AND start < ? GROUP BY share_id, stream_id`,
    fromMs / hour.ms,
    toMs / hour.ms,
  );
}

function placesOf({ timeMs, lotId }: SummedPart) {
  return [
    { table: 'audit_sample_hours', key: 'start', at: Math.floor(timeMs / hour.ms) },
    ...(lotId === null ? [] : [{ table: 'audit_sample_lots', key: 'lot_id', at: lotId }]),
  ];
}
