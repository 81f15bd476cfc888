import type { Clock } from '../platform/clock.ts';
import type { DataPaths } from '../platform/paths.ts';
import { backUp, isBackupDue } from './backup.ts';
import type { ReadableDb } from './db.ts';

export interface BackupSchedule {
  clock: Clock;
  /** A copy is due when the newest is this old. */
  everyMs?: number;
  /** How often that is looked at; the first time this long after the start, when the line is running. */
  lookMs?: number;
  /** Told why a copy could not be made; it is tried again at the next look. */
  onFailure: (thrown: unknown) => void;
}

const defaultEveryMs = 24 * 3_600_000;
const defaultLookMs = 10 * 60_000;

/**
 * Keeps routine copies of a database in use.
 * @returns what ends it; a copy under way is given up. To be awaited before the database is closed.
 */
export function backUpRegularly(
  db: ReadableDb,
  paths: DataPaths,
  schedule: BackupSchedule,
): () => Promise<void> {
  const { clock, everyMs = defaultEveryMs, lookMs = defaultLookMs, onFailure } = schedule;
  const stopping = new AbortController();
  let underWay: Promise<void> | null = null;

  const look = async () => {
    if (!isBackupDue(paths, clock.nowMs(), everyMs)) return;
    await backUp(db, paths, clock.nowMs(), 'routine', stopping.signal);
  };
  const timer = setInterval(() => {
    underWay ??= look()
      .catch((thrown: unknown) => {
        if (!stopping.signal.aborted) onFailure(thrown);
      })
      .finally(() => {
        underWay = null;
      });
  }, lookMs);
  timer.unref();

  return async () => {
    clearInterval(timer);
    stopping.abort();
    await underWay;
  };
}
