import type { HumanWord } from '../contract/domain.ts';
import { humanCodes } from './codes.ts';
import { row, rows, run, type ReadableDb, type WritableDb } from './db.ts';
import { findStreams, type StreamFilter } from './intern.ts';
import type { Span } from './spans.ts';

/** A part called OK that was drawn for a human to look at. */
export interface DrawnPart {
  readonly id: number;
  readonly shareId: number;
  readonly timeMs: number;
  readonly streamId: number;
}

/** Part of the transaction that records the part. */
export function addToSample(db: WritableDb, { id, shareId, timeMs, streamId }: DrawnPart): void {
  run(
    db,
    'INSERT INTO audit_sample (inspection_id, share_id, time_ms, stream_id, human) VALUES (?, ?, ?, ?, 0)',
    id,
    shareId,
    timeMs,
    streamId,
  );
}

/** Part of the transaction that records the word. Nothing happens to a part that was not drawn. */
export function moveInSample(db: WritableDb, inspectionId: number, word: HumanWord | null): void {
  run(
    db,
    'UPDATE audit_sample SET human = ? WHERE inspection_id = ?',
    humanCodes[word ?? 'none'],
    inspectionId,
  );
}

/** Drawn parts of one stream and share: all, those a human has called good, and those called defective. */
export interface SampleCount {
  readonly shareId: number;
  readonly streamId: number;
  readonly drawn: number;
  readonly ok: number;
  readonly ng: number;
}

export function countSample(db: ReadableDb, span: Span): SampleCount[] {
  return rows<SampleCount>(
    db,
    `SELECT share_id AS shareId, stream_id AS streamId, count(*) AS drawn, sum(human = ${humanCodes.ok}) AS ok,
       sum(human = ${humanCodes.ng}) AS ng
     FROM audit_sample INDEXED BY audit_sample_by_time WHERE time_ms >= ? AND time_ms < ?
     GROUP BY share_id, stream_id`,
    span.fromMs,
    span.toMs,
  );
}

/** Place of a part in time, for paging. */
export interface Place {
  readonly timeMs: number;
  readonly id: number;
}

/** Drawn parts that nobody has judged, newest first, from before a place (`null`: the newest of all). */
export function openSample(
  db: ReadableDb,
  filter: StreamFilter,
  { fromMs, toMs }: Span,
  before: Place | null,
  limit: number,
): Place[] {
  return rows<Place>(
    db,
    `SELECT time_ms AS timeMs, inspection_id AS id FROM audit_sample INDEXED BY audit_sample_open
     WHERE human = 0 AND time_ms >= ? AND time_ms < ? AND (time_ms < ? OR time_ms = ? AND inspection_id < ?)
       AND stream_id IN (SELECT value FROM json_each(?))
     ORDER BY time_ms DESC, inspection_id DESC LIMIT ?`,
    fromMs,
    toMs,
    before?.timeMs ?? Number.MAX_SAFE_INTEGER,
    before?.timeMs ?? -1,
    before?.id ?? 0,
    JSON.stringify(findStreams(db, filter)),
    limit,
  );
}

export function countOpenSample(db: ReadableDb, filter: StreamFilter, { fromMs, toMs }: Span): number {
  return row<{ parts: number }>(
    db,
    `SELECT count(*) AS parts FROM audit_sample INDEXED BY audit_sample_open
     WHERE human = 0 AND time_ms >= ? AND time_ms < ? AND stream_id IN (SELECT value FROM json_each(?))`,
    fromMs,
    toMs,
    JSON.stringify(findStreams(db, filter)),
  )!.parts;
}
