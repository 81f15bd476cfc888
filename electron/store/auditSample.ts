import type { HumanWord } from '../contract/domain.ts';
import { addToSampleSums, moveInSampleSums, sampleOfHours, type SampleCount } from './auditSampleSums.ts';
import { humanCodes, humanOf } from './codes.ts';
import { row, rows, run, type ReadableDb, type WritableDb } from './db.ts';
import { findStreams, type StreamFilter } from './intern.ts';
import { periods } from './rollups.ts';
import { splitOff, type Span } from './spans.ts';

/** A part called OK that was drawn for a human to look at. */
export interface DrawnPart {
  readonly id: number;
  readonly shareId: number;
  readonly timeMs: number;
  readonly streamId: number;
  readonly lotId: number | null;
}

/** Part of the transaction that records the part. */
export function addToSample(db: WritableDb, part: DrawnPart): void {
  const { id, shareId, timeMs, streamId } = part;
  run(
    db,
    'INSERT INTO audit_sample (inspection_id, share_id, time_ms, stream_id, human) VALUES (?, ?, ?, ?, 0)',
    id,
    shareId,
    timeMs,
    streamId,
  );
  addToSampleSums(db, part);
}

/** Part of the transaction that records the word. Nothing happens to a part that was not drawn. */
export function moveInSample(
  db: WritableDb,
  { id, lotId }: Pick<DrawnPart, 'id' | 'lotId'>,
  word: HumanWord | null,
): void {
  const drawn = row<{ shareId: number; timeMs: number; streamId: number; human: number }>(
    db,
    `SELECT share_id AS shareId, time_ms AS timeMs, stream_id AS streamId, human FROM audit_sample
     WHERE inspection_id = ?`,
    id,
  );
  if (drawn === undefined) return;
  run(db, 'UPDATE audit_sample SET human = ? WHERE inspection_id = ?', humanCodes[word ?? 'none'], id);
  moveInSampleSums(db, { ...drawn, lotId }, humanOf(drawn.human), word);
}

/** Drawn parts of a span by stream and share: whole hours from their sums, the rest part by part. */
export function countSample(db: ReadableDb, span: Span): SampleCount[] {
  const found = new Map<string, SampleCount>();
  const add = (counts: readonly SampleCount[]) => {
    for (const count of counts) {
      const key = `${count.shareId}/${count.streamId}`;
      const { drawn, ok, ng } = found.get(key) ?? { drawn: 0, ok: 0, ng: 0 };
      found.set(key, { ...count, drawn: drawn + count.drawn, ok: ok + count.ok, ng: ng + count.ng });
    }
  };
  splitOff(
    span,
    periods[1].ms,
    (whole) => add(sampleOfHours(db, whole)),
    (rest) => add(counted(db, rest)),
  );
  return [...found.values()];
}

function counted(db: ReadableDb, { fromMs, toMs }: Span): SampleCount[] {
  return rows<SampleCount>(
    db,
    `SELECT share_id AS shareId, stream_id AS streamId, count(*) AS drawn, sum(human = ${humanCodes.ok}) AS ok,
       sum(human = ${humanCodes.ng}) AS ng
     FROM audit_sample INDEXED BY audit_sample_by_time WHERE time_ms >= ? AND time_ms < ?
     GROUP BY share_id, stream_id`,
    fromMs,
    toMs,
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
