import type { HumanWord, Inspection } from '../contract/domain.ts';
import { KenroError } from '../contract/errors.ts';
import type { WordBatch } from '../contract/review.ts';
import { humanOf } from './codes.ts';
import { row, rows, run, transaction, type ReadableDb, type WritableDb } from './db.ts';
import { giveFeedback, withdrawFeedback } from './feedback.ts';
import { readInspection } from './inspections.ts';

export interface NewWord {
  readonly inspectionId: number;
  readonly word: HumanWord;
  readonly reason: string;
}

export interface NewBatch {
  readonly kind: WordBatch['kind'];
  /** The reason, or the name of the file. */
  readonly title: string;
  /** SHA-256 of the file, hex. */
  readonly fileHash: string | null;
  readonly words: readonly NewWord[];
}

interface BatchRow {
  id: number;
  time_ms: number;
  kind: WordBatch['kind'];
  title: string;
  parts: number;
  undone_ms: number | null;
}

const columns = 'id, time_ms, kind, title, parts, undone_ms';

/**
 * Records words that belong together, all or none. Parts on which the same word stands already stay as they are.
 * @throws {KenroError} `notFound`
 */
export function giveWords(
  db: WritableDb,
  { kind, title, fileHash, words }: NewBatch,
  nowMs: number,
): WordBatch {
  return transaction(db, () => {
    const { id } = run(
      db,
      'INSERT INTO word_batches (time_ms, kind, title, file_hash, parts) VALUES (?, ?, ?, ?, 0)',
      nowMs,
      kind,
      title,
      fileHash,
    );
    const changed = words.filter((word) => giveOne(db, id, word, nowMs)).length;
    run(db, 'UPDATE word_batches SET parts = ? WHERE id = ?', changed, id);
    return readBatch(db, id);
  });
}

function giveOne(db: WritableDb, batchId: number, given: NewWord, nowMs: number): boolean {
  const before = standing(db, given.inspectionId);
  if (before !== undefined && humanOf(before.word) === given.word) return false;
  giveFeedback(db, given, nowMs);
  run(
    db,
    'INSERT INTO batch_words (batch_id, inspection_id, feedback_id, replaced_id) VALUES (?, ?, ?, ?)',
    batchId,
    given.inspectionId,
    standing(db, given.inspectionId)!.id,
    before?.id ?? null,
  );
  return true;
}

/**
 * Takes the words of a batch back; a word that stood before stands again. Where somebody has said something since, that
 * stays.
 * @returns also how many parts stay as they are
 * @throws {KenroError} `notFound`; `batchTakenBack`
 */
export function takeBackWords(db: WritableDb, id: number, nowMs: number): { batch: WordBatch; kept: number } {
  return transaction(db, () => {
    const batch = readBatch(db, id);
    if (batch.undoneMs !== null) throw new KenroError('batchTakenBack', { title: batch.title });
    const given = rows<{ inspection_id: number; feedback_id: number; replaced_id: number | null }>(
      db,
      'SELECT inspection_id, feedback_id, replaced_id FROM batch_words WHERE batch_id = ?',
      id,
    );
    let kept = 0;
    for (const { inspection_id: inspectionId, feedback_id: feedbackId, replaced_id: replacedId } of given) {
      if (standing(db, inspectionId)?.id !== feedbackId) kept += 1;
      else if (replacedId === null) withdrawFeedback(db, inspectionId, nowMs);
      else giveFeedback(db, { inspectionId, ...wordOf(db, replacedId) }, nowMs);
    }
    run(db, 'UPDATE word_batches SET undone_ms = ? WHERE id = ?', nowMs, id);
    return { batch: readBatch(db, id), kept };
  });
}

/** Newest first. */
export function listBatches(db: ReadableDb, limit: number): WordBatch[] {
  return rows<BatchRow>(db, `SELECT ${columns} FROM word_batches ORDER BY id DESC LIMIT ?`, limit).map(
    fromRow,
  );
}

/** Whether the words of a file are on record and not taken back. */
export function isFileImported(db: ReadableDb, fileHash: string): boolean {
  const sql = 'SELECT 1 FROM word_batches WHERE file_hash = ? AND undone_ms IS NULL';
  return row(db, sql, fileHash) !== undefined;
}

/** A part that a serial names. */
export type NamedPart = Pick<Inspection, 'id' | 'timeMs' | 'verdict' | 'human'>;

/** Parts with this serial, newest first; of one lot or product where that is given. */
export function partsWithSerial(
  db: ReadableDb,
  serial: string,
  { lot, productId }: { lot: string | null; productId: number | null },
): NamedPart[] {
  return rows<{ id: number }>(
    db,
    `SELECT inspections.id FROM inspections INDEXED BY inspections_by_serial
       JOIN streams ON streams.id = stream_id LEFT JOIN lots ON lots.id = lot_id
     WHERE serial = ? AND product_id = ifnull(?, product_id) AND ifnull(lots.name, '') = coalesce(?, lots.name, '')
     ORDER BY time_ms DESC, inspections.id DESC LIMIT 20`,
    serial,
    productId,
    lot,
  ).map(({ id }) => readInspection(db, id));
}

function standing(db: ReadableDb, inspectionId: number): { id: number; word: number } | undefined {
  return row(
    db,
    'SELECT id, word FROM feedback WHERE inspection_id = ? AND withdrawn_ms IS NULL',
    inspectionId,
  );
}

function wordOf(db: ReadableDb, feedbackId: number): { word: HumanWord; reason: string } {
  const { word, reason } = row<{ word: number; reason: string }>(
    db,
    'SELECT word, reason FROM feedback WHERE id = ?',
    feedbackId,
  )!;
  return { word: humanOf(word) as HumanWord, reason };
}

function readBatch(db: ReadableDb, id: number): WordBatch {
  const found = row<BatchRow>(db, `SELECT ${columns} FROM word_batches WHERE id = ?`, id);
  if (found === undefined) throw new KenroError('notFound', { what: 'batch', id });
  return fromRow(found);
}

function fromRow({ id, time_ms, kind, title, parts, undone_ms }: BatchRow): WordBatch {
  return { id, timeMs: time_ms, kind, title, parts, undoneMs: undone_ms };
}
