import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { recordInspections } from '../../electron/store/inspections.ts';
import { backUp } from '../../electron/store/backup.ts';
import { countersSince } from '../../electron/store/tallies.ts';
import { addLine, newPart, openForTest, startMs, temporaryPaths } from '../store/support/station.ts';
import { sizes, tell } from './support/sizes.ts';

const batch = 50;
/** Growth that is noise of the collector, not a leak: 10^6 parts would show a leak of 100 bytes a part. */
const mostGrowthMb = 96;

const handles = () => (process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0);
const memoryMb = () => process.memoryUsage().rss / 2 ** 20;

it('records on and on with flat memory and handles, and a backup now and then', async () => {
  const { paths, remove } = temporaryPaths();
  const { db } = await openForTest(paths);
  const line = addLine(db, 'disc');
  let [settledMb, settledHandles, parts] = [0, 0, 0];
  const backupEvery = Math.max(batch, Math.floor(sizes.parts / 20 / batch) * batch);
  while (parts < sizes.parts) {
    recordInspections(
      db,
      Array.from({ length: batch }, (_, i) => newPart(line, parts + i, { lot: `lot ${(parts + i) >> 10}` })),
    );
    parts += batch;
    if (parts % backupEvery === 0) await backUp(db, paths, startMs + parts, 'routine');
    if (parts % 5_000 === 0) await new Promise((resolve) => setImmediate(resolve));
    // Caches are full after the first quarter.
    if (settledMb === 0 && parts >= sizes.parts / 4) [settledMb, settledHandles] = [memoryMb(), handles()];
  }
  expect(countersSince(db, 0).parts).toBe(parts);
  const grown = memoryMb() - settledMb;
  expect(grown).toBeLessThan(mostGrowthMb);
  expect(handles()).toBeLessThanOrEqual(settledHandles + 4);
  db.close();
  remove();
  tell(`${parts} parts in one run, memory ${grown >= 0 ? '+' : ''}${grown.toFixed(0)} MB, handles flat`);
});
