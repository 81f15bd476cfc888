import { KenroError } from '../contract/errors.ts';
import { row, run, transaction, type ReadableDb, type WritableDb } from './db.ts';

/** One step of the schema. Self-contained SQL: it must still do the same when all other code has moved on. */
export interface Migration {
  /** Numbered by tens; becomes the file's `user_version`. */
  version: number;
  name: string;
  sql: string;
}

/** The schema version of a file; 0 = new and empty. */
export function schemaVersion(db: ReadableDb): number {
  return db.pragma('user_version', { simple: true }) as number;
}

/**
 * Refuses a file that a newer Kenro has written.
 * @throws {KenroError} `databaseNewer` with `path`, the version `found`, the newest one `known` and the
 *   `app` version that wrote it.
 */
export function refuseNewer(db: ReadableDb, migrations: readonly Migration[]): void {
  const version = schemaVersion(db);
  const known = migrations.at(-1)?.version ?? 0;
  if (version > known) {
    throw new KenroError('databaseNewer', { path: db.name, found: version, known, app: writtenBy(db) });
  }
}

export function pendingMigrations(db: ReadableDb, migrations: readonly Migration[]): Migration[] {
  const version = schemaVersion(db);
  return migrations.filter((migration) => migration.version > version);
}

/** Applies what is missing, each migration in a transaction of its own: it is there wholly or not at all. */
export function migrate(db: WritableDb, migrations: readonly Migration[], app: string): void {
  for (const migration of pendingMigrations(db, migrations)) {
    transaction(db, () => {
      db.exec(migration.sql);
      db.pragma(`user_version = ${migration.version}`);
    });
  }
  if (writtenBy(db) !== app) {
    run(
      db,
      `INSERT INTO kenro VALUES ('app', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
      app,
    );
  }
}

/** The app version that opened the file last; this table keeps its shape in every future schema. */
function writtenBy(db: ReadableDb): string {
  const known = row(db, `SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'kenro'`);
  if (known === undefined) return '?';
  return row<{ value: string }>(db, `SELECT value FROM kenro WHERE key = 'app'`)?.value ?? '?';
}
