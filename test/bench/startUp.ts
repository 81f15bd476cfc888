import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { systemClock } from '../../electron/platform/clock.ts';
import { dataPaths } from '../../electron/platform/paths.ts';
import type { Figure } from './figure.ts';

const giveUpMs = 60_000;

/** Seconds from the start command to the first verdict on record: on a new computer, and the next morning. */
export async function benchStartUp(root: string): Promise<Figure[]> {
  const dataDir = join(root, 'station');
  // The page is built once after an update; that is not part of a start.
  await secondsToNextVerdict(join(root, 'page'));
  const first = await secondsToNextVerdict(dataDir);
  const again = await secondsToNextVerdict(dataDir);
  return [
    { name: 'first verdict after the very first start', value: first, unit: 's', goal: { below: 5 } },
    { name: 'first verdict after a later start', value: again, unit: 's', goal: { below: 5 } },
  ];
}

async function secondsToNextVerdict(dataDir: string): Promise<number> {
  const before = partsOnRecord(dataDir);
  const begin = systemClock.monotonicMs();
  const station = spawn(
    process.execPath,
    ['build/start.ts', '--browser', '--no-open', '--data-dir', dataDir],
    { stdio: 'ignore' },
  );
  const gone = new Promise<void>((resolve) => station.once('exit', () => resolve()));
  try {
    while (partsOnRecord(dataDir) === before) {
      if (systemClock.monotonicMs() - begin > giveUpMs || station.exitCode !== null) {
        throw new Error('the station gave no verdict');
      }
      await wait(20);
    }
    return (systemClock.monotonicMs() - begin) / 1000;
  } finally {
    station.kill('SIGTERM');
    await gone;
  }
}

function partsOnRecord(dataDir: string): number {
  const { database } = dataPaths(dataDir);
  if (!existsSync(database)) return 0;
  const db = new Database(database, { readonly: true });
  try {
    const { count } = db.prepare('SELECT count(*) AS count FROM inspections').get() as { count: number };
    return count;
  } catch {
    // The tables are not made yet.
    return 0;
  } finally {
    db.close();
  }
}
