import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { everything } from '../../electron/contract/history.ts';
import { dataPaths, type DataPaths } from '../../electron/platform/paths.ts';
import { backUp } from '../../electron/store/backup.ts';
import { connectReadable } from '../../electron/store/connect.ts';
import type { WritableDb } from '../../electron/store/db.ts';
import { giveFeedback } from '../../electron/store/feedback.ts';
import { recordInspections } from '../../electron/store/inspections.ts';
import { migrations } from '../../electron/store/migrations/index.ts';
import { openStore } from '../../electron/store/open.ts';
import { addProduct } from '../../electron/store/products.ts';
import { isWhollySound } from '../../electron/store/sound.ts';
import { countersSince, countHistory } from '../../electron/store/tallies.ts';
import { canMountSmallDisk, mountSmallDisk, unmountSmallDisk } from '../support/smallDisk.ts';
import {
  addLine,
  newPart,
  openForTest,
  startMs,
  temporaryPaths,
  testClock,
  type Line,
} from './support/station.ts';

const failure = (kind: string) => expect.objectContaining({ name: 'KenroError', kind });

/** Records until the disk is full; the number of parts that were acknowledged. */
function recordUntilFull(db: WritableDb, line: Line): number {
  for (let recorded = 0; ; recorded += 50) {
    const batch = Array.from({ length: 50 }, (_, i) =>
      newPart(line, recorded + i, { serial: `serial-${recorded + i}` }),
    );
    try {
      recordInspections(db, batch);
    } catch (thrown) {
      expect(thrown).toEqual(failure('diskFull'));
      return recorded;
    }
  }
}

/** What was acknowledged is there, nothing else is, and the rollups agree. */
function expectExactly(db: WritableDb, parts: number): void {
  expect(isWhollySound(db)).toBe(true);
  expect(countersSince(db, 0).parts).toBe(parts);
  expect(countHistory(db, everything)).toBe(parts);
  expect(db.prepare('SELECT count(*) FROM inspections').pluck().get()).toBe(parts);
}

describe('a database that may not grow', () => {
  it('loses nothing and goes on when there is room again', async () => {
    const { paths, remove } = temporaryPaths();
    const { db } = await openForTest(paths);
    const line = addLine(db, 'disc');
    db.pragma(`max_page_count = ${(db.pragma('page_count', { simple: true }) as number) + 60}`);
    const recorded = recordUntilFull(db, line);
    expect(recorded).toBeGreaterThan(0);
    expectExactly(db, recorded);
    db.pragma('max_page_count = 100000');
    recordInspections(db, [newPart(line, recorded)]);
    expectExactly(db, recorded + 1);
    db.close();
    remove();
  });
});

describe.skipIf(!canMountSmallDisk())('on a disk of its own', () => {
  let disk: string | null = null;
  afterEach(() => {
    if (disk !== null) unmountSmallDisk(disk);
    disk = null;
  });

  function smallDisk(megabytes: number): DataPaths {
    disk = mountSmallDisk(megabytes) as string;
    return dataPaths(disk);
  }

  /** Leaves `free` bytes on the disk. */
  function fill(paths: DataPaths, free: number): string {
    const ballast = join(paths.root, 'ballast');
    const { bavail, bsize } = statfsSync(paths.root);
    writeFileSync(ballast, Buffer.alloc(bavail * bsize - free));
    return ballast;
  }

  it('a full one loses nothing that was acknowledged, and recording goes on when there is room', async () => {
    const paths = smallDisk(4);
    const { db } = await openForTest(paths);
    const line = addLine(db, 'disc');
    const ballast = fill(paths, 1_500_000);
    const recorded = recordUntilFull(db, line);
    expect(recorded).toBeGreaterThan(0);
    expectExactly(db, recorded);
    rmSync(ballast);
    recordInspections(db, [newPart(line, recorded)]);
    giveFeedback(db, { inspectionId: 1, word: 'ng', reason: '' }, startMs);
    expectExactly(db, recorded + 1);
    db.close();
    const again = await openForTest(paths);
    expect(again.notices).toEqual([]);
    expectExactly(again.db, recorded + 1);
    again.db.close();
  });

  it('a full one is named when the program starts on it, and nothing is changed', async () => {
    const paths = smallDisk(2);
    const first = await openForTest(paths);
    addLine(first.db, 'disc');
    first.db.close();
    const ballast = fill(paths, 0);
    const newest = migrations.at(-1)!.version;
    const sql = 'CREATE TABLE next (id INTEGER PRIMARY KEY)';
    const migration = { version: newest + 10, name: 'next', sql };
    const options = { clock: testClock(), app: '0.1.0', migrations: [...migrations, migration] };
    await expect(openStore(paths, options)).rejects.toEqual(failure('diskFull'));
    expect(readdirSync(paths.backups)).toEqual([]);
    rmSync(ballast);
    const db = connectReadable(paths.database);
    expect(db.pragma('user_version', { simple: true })).toBe(newest);
    db.close();
  });

  it('a backup that does not fit leaves nothing behind', async () => {
    const paths = smallDisk(4);
    const { db } = await openForTest(paths);
    const line = addLine(db, 'disc');
    recordInspections(
      db,
      Array.from({ length: 1000 }, (_, i) => newPart(line, i)),
    );
    db.pragma('wal_checkpoint(TRUNCATE)');
    fill(paths, 100_000);
    await expect(backUp(db, paths, startMs, 'routine')).rejects.toEqual(failure('diskFull'));
    expect(readdirSync(paths.backups)).toEqual([]);
    expectExactly(db, 1000);
    db.close();
  });

  it('a read-only one is named, at the start and by whoever writes', async () => {
    const paths = smallDisk(4);
    const { db } = await openForTest(paths);
    addLine(db, 'disc');
    db.close();
    execFileSync('mount', ['-o', 'remount,ro', paths.root]);
    await expect(openForTest(paths)).rejects.toEqual(failure('diskReadOnly'));
  });
});

it('a connection for reading cannot write', async () => {
  const { paths, remove } = temporaryPaths();
  (await openForTest(paths)).db.close();
  const db = connectReadable(paths.database) as WritableDb;
  expect(() => addProduct(db, 'disc', startMs)).toThrow(failure('diskReadOnly'));
  db.close();
  remove();
});
