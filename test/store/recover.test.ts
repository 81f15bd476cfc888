import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ErrorInfo } from '../../electron/contract/errors.ts';
import { backUp, isBackupDue, listBackups } from '../../electron/store/backup.ts';
import { connectReadable, connectWritable } from '../../electron/store/connect.ts';
import { recentParts } from '../../electron/store/history.ts';
import { recordInspections } from '../../electron/store/inspections.ts';
import { listProducts } from '../../electron/store/products.ts';
import { isSoundAtStart, isWhollySound } from '../../electron/store/sound.ts';
import { isSuspect } from '../../electron/store/suspect.ts';
import { halve, pageBytes, pagesWith, scribble } from './support/damage.ts';
import { addLine, newPart, openForTest, startMs, temporaryPaths } from './support/station.ts';

let folder: ReturnType<typeof temporaryPaths>;
beforeEach(() => {
  folder = temporaryPaths();
});
afterEach(() => folder.remove());

const day = 86_400_000;
const parts = 2600;

/** A database of 2,600 parts, with a copy of the moment when it had the first `inBackup` of them. */
async function makeWithBackup(inBackup: number | null): Promise<void> {
  const { db } = await openForTest(folder.paths);
  const line = addLine(db, 'disc');
  const all = Array.from({ length: parts }, (_, i) => newPart(line, i, { serial: `serial-${i}` }));
  recordInspections(db, all.slice(0, inBackup ?? 0));
  if (inBackup !== null) await backUp(db, folder.paths, startMs + 1, 'routine');
  recordInspections(db, all.slice(inBackup ?? 0));
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
}

const damages: Record<string, (path: string) => void> = {
  'a header of rubbish': (path) => scribble(path, 0, 100),
  'a page of rubbish in the middle': (path) => {
    const pages = pagesWith(path, 'serial-');
    scribble(path, ((pages[Math.floor(pages.length / 2)] as number) - 1) * pageBytes, pageBytes);
  },
  'half of it missing': halve,
  'text instead of a database': (path) => writeFileSync(path, 'hello '.repeat(1000)),
};

async function openDamaged(nowMs: number): Promise<{ notice: ErrorInfo; parts: number; products: number }> {
  const { db, notices } = await openForTest(folder.paths, nowMs);
  expect(notices).toHaveLength(1);
  const sound = isWhollySound(db);
  expect(sound).toBe(true);
  const counts = { parts: recentParts(db, 5000).length, products: listProducts(db).length };
  db.close();
  return { notice: notices[0] as ErrorInfo, ...counts };
}

describe.for(Object.keys(damages))('a database with %s', (name) => {
  const damage = damages[name] as (path: string) => void;

  it('is moved aside, and the newest copy takes its place', async () => {
    await makeWithBackup(1500);
    damage(folder.paths.database);
    const damaged = readFileSync(folder.paths.database);
    const opened = await openDamaged(startMs + day);
    expect(opened).toMatchObject({ parts: 1500, products: 1 });
    const kept = opened.notice.params['kept'] as string;
    expect(opened.notice).toEqual({
      kind: 'databaseCorrupt',
      params: {
        path: folder.paths.database,
        kept,
        restored: listBackups(folder.paths)[0]?.path,
        lastPartMs: startMs + 1499 * 1000,
      },
    });
    expect(basename(kept)).toBe('kenro.db.damaged-20261124T000000000Z');
    expect(readFileSync(kept).equals(damaged)).toBe(true);
    expect((await openForTest(folder.paths)).notices).toEqual([]);
  });

  it('is moved aside, and without a copy a new one begins', async () => {
    await makeWithBackup(null);
    damage(folder.paths.database);
    const opened = await openDamaged(startMs + day);
    expect(opened).toMatchObject({ parts: 0, products: 0 });
    expect(opened.notice.params).toEqual({
      path: folder.paths.database,
      kept: expect.stringContaining('damaged-'),
    });
    expect(existsSync(opened.notice.params['kept'] as string)).toBe(true);
  });
});

describe('restoring', () => {
  it('passes over damaged copies to the newest good one', async () => {
    await makeWithBackup(700);
    const { db } = await openForTest(folder.paths);
    const newer = await backUp(db, folder.paths, startMs + 2, 'migration');
    db.close();
    scribble(newer.path, pageBytes * 3, pageBytes * 4);
    scribble(folder.paths.database, 0, 100);
    const opened = await openDamaged(startMs + day);
    expect(opened.parts).toBe(700);
    expect(opened.notice.params['restored']).toBe(listBackups(folder.paths)[1]?.path);
  });

  it('also helps when the database was lost or is empty', async () => {
    await makeWithBackup(900);
    rmSync(folder.paths.database);
    expect((await openDamaged(startMs + day)).notice.params['kept']).toBeUndefined();
    truncateSync(folder.paths.database, 0);
    expect(await openDamaged(startMs + 2 * day)).toMatchObject({ parts: 900 });
  });

  it('does not take damage in the log for damage of the database', async () => {
    await makeWithBackup(null);
    writeFileSync(`${folder.paths.database}-wal`, 'rubbish '.repeat(2000));
    const { db, notices } = await openForTest(folder.paths);
    expect(notices).toEqual([]);
    expect(recentParts(db, 5000)).toHaveLength(parts);
    db.close();
  });
});

describe('damage in a large database', () => {
  /** In the middle of the parts, where a start of a large database does not look. */
  async function makeHidden(): Promise<void> {
    await makeWithBackup(null);
    damages['a page of rubbish in the middle']?.(folder.paths.database);
  }

  it('is not looked for at the start, but all else is', async () => {
    await makeHidden();
    const db = connectWritable(folder.paths.database);
    expect(isSoundAtStart(db, 10)).toBe(true);
    expect(isSoundAtStart(db)).toBe(false);
    db.close();
    const [catalogue] = pagesWith(folder.paths.database, 'disc line');
    scribble(folder.paths.database, ((catalogue as number) - 1) * pageBytes, pageBytes);
    const worse = connectWritable(folder.paths.database);
    expect(isSoundAtStart(worse, 10)).toBe(false);
    worse.close();
  });

  it('is reported when it is met, and the next start checks everything', async () => {
    await makeHidden();
    const db = connectWritable(folder.paths.database);
    expect(isSuspect(folder.paths.database)).toBe(false);
    expect(() => recentParts(db, parts)).toThrow(expect.objectContaining({ kind: 'databaseCorrupt' }));
    expect(isSuspect(folder.paths.database)).toBe(true);
    db.close();
    await openDamaged(startMs + day);
    expect(isSuspect(folder.paths.database)).toBe(false);
  });

  it('is found by the next backup, which then leaves the older copies alone', async () => {
    await makeWithBackup(600);
    damages['a page of rubbish in the middle']?.(folder.paths.database);
    const db = connectWritable(folder.paths.database);
    await expect(backUp(db, folder.paths, startMs + day, 'routine')).rejects.toMatchObject({
      kind: 'databaseCorrupt',
      params: { path: folder.paths.database },
    });
    db.close();
    expect(readdirSync(folder.paths.backups)).toHaveLength(1);
    expect(isSuspect(folder.paths.database)).toBe(true);
  });
});

describe('backups', () => {
  it('are whole copies of a database in use, also of what is still in its log', async () => {
    const { db } = await openForTest(folder.paths);
    const line = addLine(db, 'disc');
    recordInspections(db, [newPart(line, 1)]);
    const copying = backUp(db, folder.paths, startMs, 'routine');
    recordInspections(db, [newPart(line, 2)]);
    const { path } = await copying;
    db.close();
    expect(readdirSync(folder.paths.backups)).toEqual([basename(path)]);
    const copy = connectReadable(path);
    expect(recentParts(copy, 5).length).toBeGreaterThanOrEqual(1);
    expect(isWhollySound(copy)).toBe(true);
    copy.close();
  });

  it('are kept in small numbers, the newest of each kind, and nothing else is touched', async () => {
    const { db } = await openForTest(folder.paths);
    const older = ['routine.db', 'routine.db', 'routine.db', 'migration.db', 'migration.db', 'note.txt'].map(
      (ending, i) => `kenro-20260101T00000${i}000Z-${ending}`,
    );
    for (const name of older) writeFileSync(join(folder.paths.backups, name), '');
    const routine = await backUp(db, folder.paths, startMs, 'routine');
    const migration = await backUp(db, folder.paths, startMs, 'migration');
    db.close();
    expect(readdirSync(folder.paths.backups).toSorted()).toEqual(
      [
        ...[1, 2, 4, 5].map((i) => older[i]),
        ...[routine, migration].map(({ path }) => basename(path)),
      ].toSorted(),
    );
  });

  it('are due when the newest routine one is old enough', async () => {
    expect(isBackupDue(folder.paths, startMs, day)).toBe(true);
    const { db } = await openForTest(folder.paths);
    await backUp(db, folder.paths, startMs, 'routine');
    db.close();
    expect(isBackupDue(folder.paths, startMs + day - 1, day)).toBe(false);
    expect(isBackupDue(folder.paths, startMs + day, day)).toBe(true);
  });
});
