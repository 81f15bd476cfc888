import { DatabaseCheck } from '../contract/backups.ts';
import { row, run, type ReadableDb, type WritableDb } from './db.ts';

/** What the newest check of this database found, or `null`. */
export function lastCheck(db: ReadableDb): DatabaseCheck | null {
  const found = row<{ value: string }>(db, `SELECT value FROM kenro WHERE key = 'check'`);
  return found === undefined ? null : DatabaseCheck.parse(JSON.parse(found.value));
}

export function keepCheck(db: WritableDb, check: DatabaseCheck): void {
  run(
    db,
    `INSERT INTO kenro VALUES ('check', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
    JSON.stringify(check),
  );
}
