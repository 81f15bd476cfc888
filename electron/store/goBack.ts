import { copyFileSync, existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DataPaths } from '../platform/paths.ts';
import { isGoodBackup, listBackups, stamp, type Backup } from './backup.ts';

/**
 * The newest copy of the database that a version of Kenro with this schema can go on with, or `null`.
 * @param schemaVersion newest schema that the version knows
 */
export function backupFor(paths: DataPaths, schemaVersion: number): Backup | null {
  return listBackups(paths).find((backup) => isGoodBackup(backup, schemaVersion)) ?? null;
}

/**
 * Puts a copy in the place of the database, while nobody has it open. What it replaces stays beside the copies, for a
 * return to the newer version.
 * @returns where what was replaced lies
 */
export function goBackTo(paths: DataPaths, backup: Backup, nowMs: number): string {
  const aside = join(paths.backups, `kenro-${stamp(nowMs)}-newer.db`);
  const draft = `${paths.database}.part`;
  copyFileSync(backup.path, draft);
  for (const suffix of ['-wal', '-shm', '']) {
    const part = paths.database + suffix;
    if (existsSync(part)) renameSync(part, aside + suffix);
  }
  rmSync(`${draft}-wal`, { force: true });
  renameSync(draft, paths.database);
  return aside;
}
