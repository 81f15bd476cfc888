import type { ErrorInfo } from '../contract/errors.ts';
import type { Clock } from '../platform/clock.ts';
import { asDiskError } from '../platform/durableFile.ts';
import { makeFolders, type DataPaths } from '../platform/paths.ts';
import { backUp } from './backup.ts';
import { connectWritable } from './connect.ts';
import { row, type WritableDb } from './db.ts';
import { isCorrupt } from './errors.ts';
import { migrate, pendingMigrations, refuseNewer, schemaVersion, type Migration } from './migrate.ts';
import { migrations as allMigrations } from './migrations/index.ts';
import { isLost, recover } from './recover.ts';
import { isSoundAtStart, isWhollySound } from './sound.ts';
import { clearSuspicion, isSuspect } from './suspect.ts';

export interface OpenOptions {
  clock: Clock;
  /** Version of the program, remembered in the file. */
  app: string;
  /** Other than the real ones, for tests. */
  migrations?: readonly Migration[];
}

export interface Store {
  db: WritableDb;
  /** What the operator should be told: a database that was damaged, what was restored and what is lost. */
  notices: ErrorInfo[];
}

/**
 * Opens the station's database, made, migrated, or recovered as need be. A schema change is preceded by a
 * copy in `backups/`; a damaged file is moved aside and the newest good copy takes its place.
 * @throws {KenroError} `databaseNewer` (see `refuseNewer`), `databaseLocked`, `diskFull`, `diskReadOnly`.
 */
export async function openStore(paths: DataPaths, options: OpenOptions): Promise<Store> {
  const { clock, migrations = allMigrations } = options;
  try {
    makeFolders(paths);
    const sound = isLost(paths) ? null : openSound(paths.database, migrations);
    const notice = sound === null ? recover(paths, clock.nowMs(), migrations.at(-1)?.version ?? 0) : null;
    clearSuspicion(paths.database);
    const db = sound ?? connectWritable(paths.database);
    try {
      if (schemaVersion(db) > 0 && pendingMigrations(db, migrations).length > 0) {
        await backUp(db, paths, clock.nowMs(), 'migration');
      }
      migrate(db, migrations, options.app);
      return { db, notices: notice === null ? [] : [withLastPart(db, notice)] };
    } catch (thrown) {
      db.close();
      throw thrown;
    }
  } catch (thrown) {
    throw asDiskError(thrown, paths.root);
  }
}

/** `null` when the file is damaged. */
function openSound(path: string, migrations: readonly Migration[]): WritableDb | null {
  let db: WritableDb | undefined;
  try {
    db = connectWritable(path);
    refuseNewer(db, migrations);
    if (isSuspect(path) ? isWhollySound(db) : isSoundAtStart(db)) return db;
  } catch (thrown) {
    if (!isCorrupt(thrown)) {
      db?.close();
      throw thrown;
    }
  }
  db?.close();
  return null;
}

/** Adds `lastPartMs`, the time of the newest part that was saved: what was recorded after it is lost. */
function withLastPart(db: WritableDb, notice: ErrorInfo): ErrorInfo {
  const last = row<{ time_ms: number }>(db, 'SELECT time_ms FROM inspections ORDER BY id DESC LIMIT 1');
  return last === undefined ? notice : { ...notice, params: { ...notice.params, lastPartMs: last.time_ms } };
}
