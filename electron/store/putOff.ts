import { humanCodes } from './codes.ts';
import { row, rows, run, transaction, type ReadableDb, type WritableDb } from './db.ts';
import { findStreams, type StreamFilter } from './intern.ts';
import { readInspection } from './inspections.ts';
import type { Span } from './spans.ts';

/** Puts a part of the review queue behind all others, those put off before among them. @throws {KenroError} `notFound` */
export function putOff(db: WritableDb, inspectionId: number, nowMs: number): void {
  transaction(db, () => {
    readInspection(db, inspectionId);
    run(
      db,
      `INSERT INTO put_off (inspection_id, time_ms, number)
       VALUES (?, ?, (SELECT ifnull(max(number), 0) + 1 FROM put_off))
       ON CONFLICT (inspection_id) DO UPDATE SET time_ms = excluded.time_ms, number = excluded.number`,
      inspectionId,
      nowMs,
    );
    // Those that have got a word meanwhile wait no longer.
    run(
      db,
      `DELETE FROM put_off WHERE EXISTS (
         SELECT 1 FROM inspections WHERE id = inspection_id AND human <> ${humanCodes.none})`,
    );
  });
}

export function isPutOff(db: ReadableDb, inspectionId: number): boolean {
  return row(db, 'SELECT 1 FROM put_off WHERE inspection_id = ?', inspectionId) !== undefined;
}

/** Parts put off that nobody has judged since, the one put off first first. */
export function putOffParts(db: ReadableDb, filter: StreamFilter, { fromMs, toMs }: Span): number[] {
  return rows<{ id: number }>(
    db,
    `SELECT inspections.id AS id FROM put_off CROSS JOIN inspections ON inspections.id = inspection_id
     WHERE human = ${humanCodes.none} AND inspections.time_ms >= ? AND inspections.time_ms < ?
       AND stream_id IN (SELECT value FROM json_each(?)) ORDER BY number`,
    fromMs,
    toMs,
    JSON.stringify(findStreams(db, filter)),
  ).map(({ id }) => id);
}
