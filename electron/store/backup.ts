import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { KenroError } from '../contract/errors.ts';
import { asDiskError } from '../platform/durableFile.ts';
import type { DataPaths } from '../platform/paths.ts';
import { connectReadable } from './connect.ts';
import type { ReadableDb } from './db.ts';
import { fromSqlite, isCorrupt } from './errors.ts';
import { isFileSound } from './fileSound.ts';
import { schemaVersion } from './migrate.ts';
import { isWhollySound } from './sound.ts';
import { markSuspect } from './suspect.ts';

/** Why a copy was made: before the schema changed, or because it was time. */
export type BackupReason = 'migration' | 'routine';

/** How many copies of each kind are kept; the oldest goes first. */
const kept: Readonly<Record<BackupReason, number>> = { migration: 2, routine: 3 };

export interface Backup {
  path: string;
  timeMs: number;
  reason: BackupReason;
}

/**
 * Copies the database while it is in use, a little at a time, so that the line does not wait. The copy
 * appears under its name only when it is complete and has been read through and found sound; so older good
 * copies are never pushed out by a bad one.
 * @throws {KenroError} `cancelled` through `signal`; `diskFull`, `diskReadOnly`; `databaseCorrupt` when the database itself is damaged: the next start
 *   will check all of it.
 */
export async function backUp(
  db: ReadableDb,
  paths: DataPaths,
  nowMs: number,
  reason: BackupReason,
  signal?: AbortSignal,
): Promise<Backup> {
  const path = join(paths.backups, `kenro-${stamp(nowMs)}-${reason}.db`);
  const draft = `${path}.part`;
  try {
    mkdirSync(paths.backups, { recursive: true });
    rmSync(draft, { force: true });
    await copy(db, draft, signal);
    makeSelfContained(draft);
    if (!(await isFileSound(draft, signal))) throw new KenroError('databaseCorrupt', { path: db.name });
    renameSync(draft, path);
  } catch (thrown) {
    rmSync(draft, { force: true });
    const failure = asDiskError(fromSqlite(thrown, path), path);
    if (isCorrupt(failure)) markSuspect(db.name);
    throw failure;
  }
  prune(paths, reason, nowMs);
  return { path, timeMs: nowMs, reason };
}

/**
 * The copies that are there, newest first. What bears a time after `nowMs` was made before the clock was set back: it is
 * older than all others.
 */
export function listBackups(paths: DataPaths, nowMs = Number.MAX_SAFE_INTEGER): Backup[] {
  return namesIn(paths.backups)
    .flatMap((name) => {
      const parts = /^kenro-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-(migration|routine)\.db$/.exec(
        name,
      );
      if (parts === null) return [];
      const [year, month, ...rest] = parts.slice(1, 8).map(Number) as [number, number, ...number[]];
      const timeMs = Date.UTC(year, month - 1, ...rest);
      return [{ path: join(paths.backups, name), timeMs, reason: parts[8] as BackupReason }];
    })
    .sort((a, b) => Number(a.timeMs > nowMs) - Number(b.timeMs > nowMs) || b.timeMs - a.timeMs);
}

/** Whether the newest routine copy is older than `everyMs`, or there is none. */
export function isBackupDue(paths: DataPaths, nowMs: number, everyMs: number): boolean {
  const last = listBackups(paths, nowMs).find(({ reason }) => reason === 'routine');
  return last === undefined || last.timeMs > nowMs || nowMs - last.timeMs >= everyMs;
}

/** Whether a copy can be restored: whole, and of a schema this version understands. */
export function isGoodBackup(backup: Backup, newestSchema: number): boolean {
  let db: ReadableDb | undefined;
  try {
    db = connectReadable(backup.path);
    const version = schemaVersion(db);
    return version > 0 && version <= newestSchema && isWhollySound(db);
  } catch (thrown) {
    if (isCorrupt(thrown)) return false;
    throw thrown;
  } finally {
    db?.close();
  }
}

/** `20261123T142000123Z`: sorts by time and suits every file system. */
export function stamp(timeMs: number): string {
  return new Date(timeMs).toISOString().replaceAll(/[-:.]/g, '');
}

/** 100 pages a turn of the event loop: at most a few milliseconds in which nothing else happens. */
const pagesATurn = 100;

async function copy(db: ReadableDb, path: string, signal: AbortSignal | undefined): Promise<void> {
  await db.backup(path, {
    progress: () => {
      if (signal?.aborted === true) throw new KenroError('cancelled');
      return pagesATurn;
    },
  });
}

/** One file that needs no log beside it, flushed to the disk. */
function makeSelfContained(path: string): void {
  const copy = new Database(path);
  try {
    copy.pragma('synchronous = FULL');
    copy.pragma('journal_mode = DELETE');
  } finally {
    copy.close();
  }
}

function prune(paths: DataPaths, reason: BackupReason, nowMs: number): void {
  const same = listBackups(paths, nowMs).filter((backup) => backup.reason === reason);
  for (const { path } of same.slice(kept[reason])) rmSync(path, { force: true });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw thrown;
  }
}
