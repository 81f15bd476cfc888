import { row, run, type ReadableDb, type WritableDb } from './db.ts';

/** Wrong answers in a row, and when the last one came. */
export interface Failures {
  readonly count: number;
  readonly lastMs: number;
}

const none: Failures = { count: 0, lastMs: 0 };

/** @param subject who was to be let in, e.g. `person:3` */
export function failuresOf(db: ReadableDb, subject: string): Failures {
  return (
    row<{ count: number; lastMs: number }>(
      db,
      'SELECT failures AS count, last_ms AS lastMs FROM sign_in_failures WHERE subject = ?',
      subject,
    ) ?? none
  );
}

/** Of all subjects together, where the last one came after `sinceMs`. */
export function failuresSince(db: ReadableDb, sinceMs: number): Failures {
  const { count, lastMs } = row<{ count: number | null; lastMs: number | null }>(
    db,
    'SELECT sum(failures) AS count, max(last_ms) AS lastMs FROM sign_in_failures WHERE last_ms > ?',
    sinceMs,
  ) as { count: number | null; lastMs: number | null };
  return { count: count ?? 0, lastMs: lastMs ?? 0 };
}

export function addFailure(db: WritableDb, subject: string, nowMs: number): void {
  run(
    db,
    `INSERT INTO sign_in_failures VALUES (?, 1, ?)
     ON CONFLICT (subject) DO UPDATE SET failures = failures + 1, last_ms = excluded.last_ms`,
    subject,
    nowMs,
  );
}

/** Where the clock was set back, a wait must not last until it has caught up. */
export function forgetFuture(db: WritableDb, nowMs: number): void {
  run(db, 'UPDATE sign_in_failures SET last_ms = ? WHERE last_ms > ?', nowMs, nowMs);
}

export function clearFailures(db: WritableDb, subject: string): void {
  run(db, 'DELETE FROM sign_in_failures WHERE subject = ?', subject);
}
