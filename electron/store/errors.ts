import Database from 'better-sqlite3';
import { KenroError, type ErrorKind } from '../contract/errors.ts';

/**
 * SQLite's result codes that are expected in the field, by prefix of the extended code.
 * `SQLITE_IOERR_SHMSIZE` is how a full disk shows when the WAL index cannot grow.
 */
const kinds: ReadonlyArray<readonly [prefix: string, kind: ErrorKind]> = [
  ['SQLITE_FULL', 'diskFull'],
  ['SQLITE_IOERR_SHMSIZE', 'diskFull'],
  ['SQLITE_READONLY', 'diskReadOnly'],
  ['SQLITE_PERM', 'diskReadOnly'],
  ['SQLITE_CANTOPEN', 'diskReadOnly'],
  ['SQLITE_BUSY', 'databaseLocked'],
  ['SQLITE_LOCKED', 'databaseLocked'],
  ['SQLITE_CORRUPT', 'databaseCorrupt'],
  ['SQLITE_NOTADB', 'databaseCorrupt'],
];

/** The expected failure behind an error of SQLite, or the error itself where it is a bug. `path` names the database. */
export function fromSqlite(thrown: unknown, path: string): unknown {
  if (!(thrown instanceof Database.SqliteError)) return thrown;
  const kind = kinds.find(([prefix]) => thrown.code.startsWith(prefix))?.[1];
  return kind === undefined ? thrown : new KenroError(kind, { path }, { cause: thrown });
}

/** Whether this is the failure that a damaged file gives. */
export function isCorrupt(thrown: unknown): boolean {
  return thrown instanceof KenroError && thrown.kind === 'databaseCorrupt';
}

/** Whether a UNIQUE rule was broken: the caller knows which and turns it into a `conflict`. */
export function isUniqueViolation(thrown: unknown): boolean {
  return thrown instanceof Database.SqliteError && thrown.code === 'SQLITE_CONSTRAINT_UNIQUE';
}
