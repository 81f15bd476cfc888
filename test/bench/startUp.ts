import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { systemClock } from '../../electron/platform/clock.ts';
import { dataPaths } from '../../electron/platform/paths.ts';
import { quantile, type Figure } from './figure.ts';
import { rolloutParts } from './support/rolloutParts.ts';

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
    ...(await besideRollout(root)),
  ];
}

const recorded = 1_000_000;
const runs = 5;

/** What a rollout under way costs a start, with a million parts of it on record. */
async function besideRollout(root: string): Promise<Figure[]> {
  const paths = await rolloutParts(root, recorded);
  const times: Record<'verification' | 'cancelled', number[]> = { verification: [], cancelled: [] };
  // The first start compares both models with their making.
  await secondsToNextVerdict(paths.root);
  for (let round = 0; round < runs; round++) {
    for (const state of ['verification', 'cancelled'] as const) {
      const db = new Database(paths.database);
      db.prepare('UPDATE rollouts SET state = ?').run(state);
      db.close();
      times[state].push(await secondsToNextVerdict(paths.root));
    }
  }
  const [withIt, without] = [quantile(times.verification, 0.5), quantile(times.cancelled, 0.5)];
  return [
    {
      name: 'first verdict later for a rollout under way, a million parts',
      value: 1000 * (withIt - without),
      unit: 'ms',
      goal: { below: 50 },
      note: `${withIt.toFixed(2)} against ${without.toFixed(2)} s, median of ${runs}`,
    },
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
    // Parts are never removed.
    const { last } = db.prepare('SELECT max(id) AS last FROM inspections').get() as { last: number | null };
    return last ?? 0;
  } catch {
    // The tables are not made yet.
    return 0;
  } finally {
    db.close();
  }
}
