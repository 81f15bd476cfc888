import Database from 'better-sqlite3';
import type { ReadableDb, WritableDb } from './db.ts';
import { fromSqlite } from './errors.ts';

/** How long a statement waits for another connection to finish before it gives up with `databaseLocked`. */
const busyTimeoutMs = 2_000;

/**
 * Opens the connection that writes, and makes the file when there is none.
 * @throws {KenroError} `databaseCorrupt`, `databaseLocked`, `diskFull`, `diskReadOnly`.
 */
export function connectWritable(path: string): WritableDb {
  return connect(path, { timeout: busyTimeoutMs }, (db) => {
    db.pragma('journal_mode = WAL');
    // In WAL mode NORMAL cannot damage the file. A crash of the program loses nothing; only a power cut may
    // lose the last moments (`LogFlush`), and then wholly, transaction by transaction. FULL would cost a flush a part.
    db.pragma('synchronous = NORMAL');
    // Not below the size of the largest batch, so that the log does not grow without need.
    db.pragma('wal_autocheckpoint = 4000');
    db.pragma(`journal_size_limit = ${64 * 2 ** 20}`);
    // Memory mapping stays off (mmap_size = 0, the default): on a failing disk it turns an error we can
    // report into the death of the process.
    db.pragma(`cache_size = ${-64 * 2 ** 10}`);
    db.pragma('temp_store = MEMORY');
    db.pragma('foreign_keys = ON');
  }) as WritableDb;
}

/** Opens a connection that cannot write, e.g. for a tool beside a running station. The file must be there. */
export function connectReadable(path: string): ReadableDb {
  return connect(path, { readonly: true, fileMustExist: true, timeout: busyTimeoutMs }, (db) => {
    db.pragma(`cache_size = ${-16 * 2 ** 10}`);
  }) as ReadableDb;
}

function connect(
  path: string,
  options: Database.Options,
  prepare: (db: Database.Database) => void,
): Database.Database {
  let db: Database.Database | undefined;
  try {
    db = new Database(path, options);
    // SQLite reads nothing before it must: this tells whether the file is a database at all.
    db.pragma('schema_version');
    prepare(db);
    return db;
  } catch (thrown) {
    db?.close();
    throw fromSqlite(thrown, path);
  }
}
