import { z } from 'zod';
import { row, rows, run, transaction, type ReadableDb, type WritableDb } from './db.ts';

/** Rows read at a time: a few milliseconds. */
const rowsATurn = 2_000;
/** Parts that say how often a picture is kept nowadays. */
const newestParts = 20_000;

/** An OK part whose picture may go: nobody judged it, nobody is to look at it, and no reference needs it. */
const mayGo = `image_kept = 1 AND verdict = 0 AND human = 0
  AND NOT EXISTS (SELECT 1 FROM limit_samples WHERE inspection_id = inspections.id AND removed_ms IS NULL)
  AND NOT EXISTS (SELECT 1 FROM audit_sample WHERE inspection_id = inspections.id AND human = 0)`;

/** How many pictures are kept: one that several parts show counts once. */
export function countKept(db: ReadableDb): number {
  const found = row<{ count: number }>(
    db,
    'SELECT count(DISTINCT image_hash) AS count FROM inspections WHERE image_kept = 1',
  );
  return found?.count ?? 0;
}

export function countDeletable(db: ReadableDb): number {
  return (
    row<{ count: number }>(
      db,
      `SELECT count(*) AS count FROM inspections INDEXED BY inspections_by_kept WHERE ${mayGo}`,
    )?.count ?? 0
  );
}

/** Hashes of pictures kept last, newest first, lower-case hexadecimal. */
export function newestKept(db: ReadableDb, limit: number): string[] {
  return rows<{ hash: Buffer }>(
    db,
    `SELECT image_hash AS hash FROM inspections WHERE id > (SELECT ifnull(max(id), 0) FROM inspections) - ?
       AND image_kept = 1 ORDER BY id DESC LIMIT ?`,
    newestParts,
    limit,
  ).map(({ hash }) => hash.toString('hex'));
}

/** How many of a product's OK parts among the newest ones have their picture, counted up to `limit`. */
export function countKeptOk(db: ReadableDb, productId: number, limit: number): number {
  const found = row<{ count: number }>(
    db,
    `SELECT count(*) AS count FROM (
       SELECT 1 FROM inspections JOIN streams ON streams.id = stream_id
       WHERE inspections.id > (SELECT ifnull(max(id), 0) FROM inspections) - ?
         AND image_kept = 1 AND verdict = 0 AND product_id = ? LIMIT ?)`,
    newestParts,
    productId,
    limit,
  );
  return found?.count ?? 0;
}

/** Of the newest parts, the shares whose picture is kept and may go, or has to stay; 0 without parts. */
export function keptShares(db: ReadableDb): { ok: number; staying: number } {
  const found = row<{ parts: number; kept: number | null; ok: number | null }>(
    db,
    `SELECT count(*) AS parts, sum(image_kept) AS kept, sum(${mayGo}) AS ok FROM inspections
     WHERE id > (SELECT ifnull(max(id), 0) FROM inspections) - ?`,
    newestParts,
  );
  const parts = Math.max(1, found?.parts ?? 0);
  const [kept, ok] = [found?.kept ?? 0, found?.ok ?? 0];
  return { ok: ok / parts, staying: (kept - ok) / parts };
}

/** What one stretch of the record gave up. */
export interface Released {
  /** Rows up to this id were looked at. */
  readonly afterId: number;
  /** There is nothing further, or all that follows is too young. */
  readonly isOver: boolean;
  /** Nothing up to `afterId` can go later either. */
  readonly isDone: boolean;
  /** Of pictures that no part needs any more: to be deleted. */
  readonly hashes: readonly string[];
}

/**
 * Takes the next pictures of OK parts off the record, oldest first, a stretch of rows at a time.
 * @param beforeMs parts from this moment on keep theirs
 * @param most so many parts at most
 */
export function releasePictures(
  db: WritableDb,
  { afterId, beforeMs, most }: { afterId: number; beforeMs: number; most: number },
): Released {
  const end = afterId + rowsATurn;
  return transaction(db, () => {
    const found = rows<{ id: number; hash: Buffer }>(
      db,
      `SELECT id, image_hash AS hash FROM inspections WHERE id > ? AND id <= ? AND time_ms < ? AND ${mayGo}
       ORDER BY id LIMIT ?`,
      ...[afterId, end, beforeMs, most],
    );
    const referenced = referenceOf(db);
    const released = found.filter(({ id }) => !referenced.has(id));
    for (const { id } of released) run(db, 'UPDATE inspections SET image_kept = 0 WHERE id = ?', id);
    const unneeded = released.filter(({ hash }) => !isKept(db, hash)).map(({ hash }) => hash.toString('hex'));
    const isFull = found.length >= most;
    const { oldest, newest } = timesOf(db, afterId, end);
    return {
      afterId: isFull ? (found.at(-1)?.id ?? afterId) : end,
      isOver: !isFull && (oldest === null || oldest >= beforeMs),
      isDone: !isFull && newest !== null && newest < beforeMs,
      hashes: [...new Set(unneeded)],
    };
  });
}

function isKept(db: ReadableDb, hash: Buffer): boolean {
  const sql = 'SELECT 1 FROM inspections WHERE image_hash = ? AND image_kept = 1 LIMIT 1';
  return row(db, sql, hash) !== undefined;
}

function timesOf(
  db: ReadableDb,
  afterId: number,
  end: number,
): { oldest: number | null; newest: number | null } {
  const sql = `SELECT min(time_ms) AS oldest, max(time_ms) AS newest FROM inspections WHERE id > ? AND id <= ?`;
  return (
    row<{ oldest: number | null; newest: number | null }>(db, sql, afterId, end) ?? {
      oldest: null,
      newest: null,
    }
  );
}

/** Parts of the drift watches: their pictures show what the line looked like. */
function referenceOf(db: ReadableDb): Set<number> {
  const found = rows<{ id: number }>(db, 'SELECT inspection_id AS id FROM drift_parts WHERE image_kept = 1');
  return new Set(found.map(({ id }) => id));
}

const Place = z.number().int().nonnegative();

/** Rows up to this id have given up what they may: the next search begins there. */
export function releasedUpTo(db: ReadableDb): number {
  const found = row<{ value: string }>(db, `SELECT value FROM kenro WHERE key = 'picturesReleasedUpTo'`);
  return found === undefined ? 0 : Place.parse(JSON.parse(found.value));
}

export function keepReleasedUpTo(db: WritableDb, id: number): void {
  run(
    db,
    `INSERT INTO kenro VALUES ('picturesReleasedUpTo', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
    String(id),
  );
}
