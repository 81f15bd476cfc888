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

/** Puts a batch on record to which no word belongs yet. */
export function beginBatch(db: WritableDb, { kind, title, fileHash }: NewBatch, nowMs: number): WordBatch {
  const { id } = run(
    db,
    'INSERT INTO word_batches (time_ms, kind, title, file_hash, parts) VALUES (?, ?, ?, ?, 0)',
    ...[nowMs, kind, title, fileHash],
  );
  return batchOf(db, id);
}

/**
 * Records words of a batch, all of these or none. Parts on which the same word stands already stay as they are.
 * @throws {KenroError} `notFound`
 */
export function giveSome(db: WritableDb, id: number, words: readonly NewWord[], nowMs: number): void {
  transaction(db, () => {
    const changed = words.filter((word) => giveOne(db, id, word, nowMs)).length;
    run(db, 'UPDATE word_batches SET parts = parts + ? WHERE id = ?', changed, id);
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

/** A word of a batch. */
export interface GivenWord {
  readonly inspectionId: number;
  readonly feedbackId: number;
  /** The word that stood before. */
  readonly replacedId: number | null;
}

export function wordsOf(db: ReadableDb, id: number): GivenWord[] {
  return rows<GivenWord>(
    db,
    `SELECT inspection_id AS inspectionId, feedback_id AS feedbackId, replaced_id AS replacedId
     FROM batch_words WHERE batch_id = ?`,
    id,
  );
}

/**
 * Takes words back; a word that stood before stands again. Where somebody has said something since, that stays.
 * @returns how many parts stay as they are
 */
export function takeBackSome(db: WritableDb, words: readonly GivenWord[], nowMs: number): number {
  return transaction(db, () => {
    let kept = 0;
    for (const { inspectionId, feedbackId, replacedId } of words) {
      if (standing(db, inspectionId)?.id !== feedbackId) kept += 1;
      else if (replacedId === null) withdrawFeedback(db, inspectionId, nowMs);
      else giveFeedback(db, { inspectionId, ...wordOf(db, replacedId) }, nowMs);
    }
    return kept;
  });
}

/** All of its words have been taken back. */
export function markTakenBack(db: WritableDb, id: number, nowMs: number): WordBatch {
  run(db, 'UPDATE word_batches SET undone_ms = ? WHERE id = ?', nowMs, id);
  return batchOf(db, id);
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

/** @throws {KenroError} `notFound` */
export function batchOf(db: ReadableDb, id: number): WordBatch {
  const found = row<BatchRow>(db, `SELECT ${columns} FROM word_batches WHERE id = ?`, id);
  if (found === undefined) throw new KenroError('notFound', { what: 'batch', id });
  return fromRow(found);
}

function fromRow({ id, time_ms, kind, title, parts, undone_ms }: BatchRow): WordBatch {
  return { id, timeMs: time_ms, kind, title, parts, undoneMs: undone_ms };
}
