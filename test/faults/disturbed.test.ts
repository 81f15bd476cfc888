import { closeSync, openSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import Database from 'better-sqlite3';
import { dataPaths } from '../../electron/platform/paths.ts';
import { backUp, isBackupDue, listBackups } from '../../electron/store/backup.ts';
import { recordInspections } from '../../electron/store/inspections.ts';
import { countersSince } from '../../electron/store/tallies.ts';
import { addLine, newPart, openForTest, startMs, temporaryPaths } from '../store/support/station.ts';
import { canMountSmallDisk, mountSmallDisk, unmountSmallDisk } from '../support/smallDisk.ts';
import { testStarter, testStation, withCards } from '../support/testStation.ts';
import { tell } from './support/sizes.ts';

const hourMs = 3_600_000;

it('a clock that is set back by a day: parts stay in order, copies go on, and the newest is restored', async () => {
  const { paths, remove } = temporaryPaths();
  const { db } = await openForTest(paths);
  const line = addLine(db, 'disc');
  for (let day = 1; day <= 3; day++) await backUp(db, paths, startMs + day * 24 * hourMs, 'routine');
  recordInspections(db, [newPart(line, 1, { timeMs: startMs + 72 * hourMs })]);
  const nowMs = startMs + hourMs;
  recordInspections(db, [newPart(line, 2, { timeMs: nowMs })]);
  expect(countersSince(db, 0).parts).toBe(2);
  const ids = db.prepare('SELECT time_ms FROM inspections ORDER BY id').pluck().all();
  expect(ids).toEqual([startMs + 72 * hourMs, nowMs]);
  expect(isBackupDue(paths, nowMs, 24 * hourMs)).toBe(true);
  const { path } = await backUp(db, paths, nowMs, 'routine');
  expect(listBackups(paths, nowMs)[0]?.path).toBe(path);
  expect(isBackupDue(paths, nowMs + hourMs, 24 * hourMs)).toBe(false);
  db.close();
  writeOver(paths.database);
  const again = await openForTest(paths, nowMs + hourMs);
  expect(again.notices).toMatchObject([{ kind: 'databaseCorrupt', params: { restored: path } }]);
  expect(countersSince(again.db, 0).parts).toBe(2);
  again.db.close();
  remove();
});

it('a damaged page in a running station: found, the newest good backup restored in place, the loss stated', async () => {
  const starterDir = await testStarter();
  const station = await testStation({ starterDir, prepare: withCards });
  const { call, told } = station;
  const paths = dataPaths(station.dataDir);
  const folder = paths.backups;
  await call('settings.change', { backups: { folder, everyHours: 24, keep: 2 } });
  const { id } = await call('backup.make', {});
  await vi.waitFor(() => expect(told('job.changed').findLast((job) => job.id === id)?.state).toBe('done'), {
    timeout: 30_000,
  });
  await call('product.add', { name: 'After the backup' });
  const other = new Database(paths.database);
  other.pragma('wal_checkpoint(TRUNCATE)');
  other.close();
  writeOver(paths.database);
  await call('backup.checkDatabase', {}).catch(() => undefined);
  await vi.waitFor(() => expect(told('station.restarted')).toHaveLength(1), { timeout: 60_000 });
  const { notices, products } = await call('station.snapshot', {});
  const notice = notices.find(({ kind }) => kind === 'databaseCorrupt');
  expect(notice?.params['restored']).toMatch(/-routine\.db$/);
  expect(products.map(({ name }) => name)).not.toContain('After the backup');
  expect(products.length).toBeGreaterThan(0);
  tell('a damaged page found in use, the newest good backup restored, the loss stated');
});

it.skipIf(!canMountSmallDisk())(
  'a share that is full: said, nothing half done on it, and made when there is room',
  async () => {
    const disk = mountSmallDisk(2) as string;
    onTestFinished(() => unmountSmallDisk(disk));
    const station = await testStation({ starterDir: await testStarter(), prepare: withCards });
    const { call, told } = station;
    const ended = async () => {
      const { id } = await call('backup.make', {});
      return vi.waitFor(
        () => {
          const job = told('job.changed').findLast((each) => each.id === id);
          if (job === undefined || job.state === 'running') throw new Error('it runs');
          return job;
        },
        { timeout: 60_000 },
      );
    };
    await call('settings.change', { backups: { folder: disk, everyHours: 24, keep: 2 } });
    const ballast = join(disk, 'ballast');
    writeFileSync(ballast, Buffer.alloc(2 ** 21 - 200_000));
    expect(await ended()).toMatchObject({ state: 'failed', error: { kind: 'backupNotWritten' } });
    expect((await call('backup.status', { folder: null })).sets).toEqual([]);
    rmSync(ballast);
    expect(await ended()).toMatchObject({ state: 'done' });
    expect((await call('backup.status', { folder: null })).sets).toHaveLength(1);
  },
);

/** Rubbish in every page but the first. */
function writeOver(path: string): void {
  const { size } = statSync(path);
  const file = openSync(path, 'r+');
  for (let at = 4096; at < size; at += 4096) writeSync(file, Buffer.alloc(2_000, 0xa5), 0, 2_000, at + 8);
  closeSync(file);
}
