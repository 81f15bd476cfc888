import type { HumanWord } from '../contract/domain.ts';
import { KenroError } from '../contract/errors.ts';
import type { LimitSample, NewLimitSample } from '../contract/review.ts';
import { humanCodes, humanOf } from './codes.ts';
import { row, rows, run, transaction, type ReadableDb, type WritableDb } from './db.ts';
import { readInspection } from './inspections.ts';

interface SampleRow {
  id: number;
  inspection_id: number;
  word: number;
  label: string | null;
  note: string;
  created_ms: number;
}

const columns = `limit_samples.id AS id, inspection_id, word, limit_samples.label AS label, note, created_ms`;

/** Of a product, those in use, by defect type and then oldest first. */
export function listLimitSamples(db: ReadableDb, productId: number): LimitSample[] {
  return rows<SampleRow>(
    db,
    `SELECT ${columns} FROM limit_samples JOIN inspections ON inspections.id = inspection_id
       JOIN streams ON streams.id = stream_id
     WHERE removed_ms IS NULL AND product_id = ? ORDER BY limit_samples.label, limit_samples.id`,
    productId,
  ).map((found) => fromRow(db, found));
}

/**
 * Marks the picture of a part. A part is one limit sample at most: marked again, it is the new one.
 * @throws {KenroError} `notFound`; `pictureNotKept`: there would be nothing to show
 */
export function addLimitSample(db: WritableDb, given: NewLimitSample, nowMs: number): LimitSample {
  return transaction(db, () => {
    const part = readInspection(db, given.inspectionId);
    if (!part.imageKept) throw new KenroError('pictureNotKept', { part: part.serial || `#${part.id}` });
    run(
      db,
      'UPDATE limit_samples SET removed_ms = ? WHERE inspection_id = ? AND removed_ms IS NULL',
      nowMs,
      part.id,
    );
    const { id } = run(
      db,
      'INSERT INTO limit_samples (inspection_id, word, label, note, created_ms) VALUES (?, ?, ?, ?, ?)',
      part.id,
      humanCodes[given.word],
      given.label,
      given.note,
      nowMs,
    );
    return readLimitSample(db, id);
  });
}

/** @throws {KenroError} `notFound`, also when it was removed before. */
export function removeLimitSample(db: WritableDb, id: number, nowMs: number): LimitSample {
  return transaction(db, () => {
    const sample = readLimitSample(db, id);
    run(db, 'UPDATE limit_samples SET removed_ms = ? WHERE id = ?', nowMs, id);
    return sample;
  });
}

function readLimitSample(db: ReadableDb, id: number): LimitSample {
  const sql = `SELECT ${columns} FROM limit_samples WHERE id = ? AND removed_ms IS NULL`;
  const found = row<SampleRow>(db, sql, id);
  if (found === undefined) throw new KenroError('notFound', { what: 'limitSample', id });
  return fromRow(db, found);
}

function fromRow(db: ReadableDb, found: SampleRow): LimitSample {
  return {
    id: found.id,
    inspection: readInspection(db, found.inspection_id),
    word: humanOf(found.word) as HumanWord,
    label: found.label,
    note: found.note,
    createdMs: found.created_ms,
  };
}
