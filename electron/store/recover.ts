import {
  copyFileSync,
  constants,
  existsSync,
  openSync,
  closeSync,
  fsyncSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import type { ErrorInfo } from '../contract/errors.ts';
import type { DataPaths } from '../platform/paths.ts';
import { isGoodBackup, listBackups, stamp, type Backup } from './backup.ts';

/** Companions of a database file: write-ahead log and its index. */
const companions = ['-wal', '-shm'];

/** Whether the database is gone or empty although there was one: a restore was cut short, or the file was lost. */
export function isLost(paths: DataPaths): boolean {
  const missing = !existsSync(paths.database) || statSync(paths.database).size === 0;
  return missing && listBackups(paths).length > 0;
}

/**
 * Puts the newest good copy in the place of a damaged or lost database. The damaged file is moved aside, never
 * deleted: it may still be salvaged. Without a good copy the place is left empty for a new database.
 * @returns the notice for the screen, `databaseCorrupt` with `path`, the file `kept` aside (absent when there
 *   was none), and the copy `restored` (absent when a new database begins).
 */
export function recover(paths: DataPaths, nowMs: number, newestSchema: number): ErrorInfo {
  const kept = moveAside(paths.database, nowMs);
  const backup = listBackups(paths, nowMs).find((candidate) => isGoodBackup(candidate, newestSchema));
  if (backup !== undefined) restore(backup, paths.database);
  return {
    kind: 'databaseCorrupt',
    params: {
      path: paths.database,
      ...(kept === null ? {} : { kept }),
      ...(backup === undefined ? {} : { restored: backup.path }),
    },
  };
}

function moveAside(database: string, nowMs: number): string | null {
  const aside = `${database}.damaged-${stamp(nowMs)}`;
  for (const companion of companions) {
    if (existsSync(database + companion)) renameSync(database + companion, aside + companion);
  }
  if (!existsSync(database)) return null;
  renameSync(database, aside);
  return aside;
}

function restore(backup: Backup, database: string): void {
  const draft = `${database}.restoring`;
  rmSync(draft, { force: true });
  copyFileSync(backup.path, draft, constants.COPYFILE_FICLONE);
  const file = openSync(draft, 'r+');
  fsyncSync(file);
  closeSync(file);
  renameSync(draft, database);
}
