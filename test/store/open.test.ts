import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { everything } from '../../electron/contract/history.ts';
import { KenroError } from '../../electron/contract/errors.ts';
import { listBackups } from '../../electron/store/backup.ts';
import { pageHistory, recentParts } from '../../electron/store/history.ts';
import { recordInspections } from '../../electron/store/inspections.ts';
import type { Migration } from '../../electron/store/migrate.ts';
import { migrations } from '../../electron/store/migrations/index.ts';
import { openStore } from '../../electron/store/open.ts';
import { listProducts } from '../../electron/store/products.ts';
import { addLine, newPart, openForTest, startMs, temporaryPaths, testClock } from './support/station.ts';

let folder: ReturnType<typeof temporaryPaths>;
beforeEach(() => {
  folder = temporaryPaths();
});
afterEach(() => folder.remove());

const options = (more: Partial<Parameters<typeof openStore>[1]> = {}) => ({
  clock: testClock(),
  app: '0.1.0',
  ...more,
});
const failure = (kind: KenroError['kind']) => expect.objectContaining({ name: 'KenroError', kind });

async function makeWithParts(count: number): Promise<void> {
  const { db } = await openForTest(folder.paths);
  const line = addLine(db, 'disc');
  recordInspections(
    db,
    Array.from({ length: count }, (_, i) => newPart(line, i)),
  );
  db.close();
}

describe('opening', () => {
  it('makes the folders and a database in WAL mode that keeps its references whole', async () => {
    const { db, notices } = await openForTest(folder.paths);
    expect(notices).toEqual([]);
    for (const path of [folder.paths.images, folder.paths.models, folder.paths.backups, folder.paths.runs]) {
      expect(existsSync(path)).toBe(true);
    }
    const setting = (name: string) => db.pragma(name, { simple: true });
    expect([setting('journal_mode'), setting('synchronous'), setting('foreign_keys')]).toEqual(['wal', 1, 1]);
    expect(setting('user_version')).toBe(migrations.at(-1)?.version);
    expect(listBackups(folder.paths)).toEqual([]);
    db.close();
  });

  it('keeps what was recorded', async () => {
    await makeWithParts(3);
    const { db, notices } = await openForTest(folder.paths);
    expect(recentParts(db, 10)).toHaveLength(3);
    expect(notices).toEqual([]);
    db.close();
  });

  it('fails as locked while another program holds the file', async () => {
    await makeWithParts(1);
    const other = new Database(folder.paths.database);
    other.pragma('locking_mode = EXCLUSIVE');
    other.exec('BEGIN EXCLUSIVE');
    await expect(openForTest(folder.paths)).rejects.toEqual(failure('databaseLocked'));
    other.close();
  });
});

describe('migrating', () => {
  const newest = migrations.at(-1)!.version;
  const next: Migration = {
    version: newest + 10,
    name: 'next',
    sql: 'CREATE TABLE next (id INTEGER PRIMARY KEY) STRICT',
  };

  it('copies the file first; the copy is of the schema before and holds everything', async () => {
    await makeWithParts(5);
    const { db } = await openStore(folder.paths, options({ migrations: [...migrations, next] }));
    expect(db.pragma('user_version', { simple: true })).toBe(next.version);
    expect(recentParts(db, 10)).toHaveLength(5);
    db.close();
    const [backup, ...others] = listBackups(folder.paths);
    expect(others).toEqual([]);
    expect(backup).toMatchObject({ reason: 'migration', timeMs: startMs });
    const copy = new Database(backup?.path, { readonly: true });
    expect(copy.pragma('user_version', { simple: true })).toBe(newest);
    expect(copy.prepare('SELECT count(*) FROM inspections').pluck().get()).toBe(5);
    copy.close();
    expect(readdirSync(folder.paths.backups)).toHaveLength(1);
  });

  it('leaves the file as it was when a migration fails', async () => {
    await makeWithParts(5);
    const broken = { ...next, sql: `${next.sql}; INSERT INTO nowhere VALUES (1);` };
    await expect(openStore(folder.paths, options({ migrations: [...migrations, broken] }))).rejects.toThrow(
      /nowhere/,
    );
    const { db } = await openForTest(folder.paths);
    expect(db.pragma('user_version', { simple: true })).toBe(newest);
    expect(db.prepare(`SELECT count(*) FROM sqlite_schema WHERE name = 'next'`).pluck().get()).toBe(0);
    expect(recentParts(db, 10)).toHaveLength(5);
    db.close();
  });

  it('refuses a file of a newer Kenro by name and leaves it alone', async () => {
    const newer = options({ app: '9.9.9', migrations: [...migrations, next] });
    (await openStore(folder.paths, newer)).db.close();
    const before = readFileSync(folder.paths.database);
    await expect(openForTest(folder.paths)).rejects.toEqual(
      new KenroError('databaseNewer', {
        ...{ path: folder.paths.database, found: next.version, known: newest, app: '9.9.9' },
      }),
    );
    expect(readFileSync(folder.paths.database).equals(before)).toBe(true);
    expect(readdirSync(folder.paths.root).filter((name) => name.includes('damaged'))).toEqual([]);
  });
});

it('a page of an empty history is empty', async () => {
  const { db } = await openForTest(folder.paths);
  const page = pageHistory(db, { filter: everything, before: null, after: null, limit: 10 });
  expect(page).toEqual({ rows: [], older: false, newer: false });
  expect(listProducts(db)).toEqual([]);
  db.close();
});

it('a folder that cannot be made is reported as such', async () => {
  writeFileSync(join(folder.paths.root, 'file'), '');
  rmSync(folder.paths.root, { recursive: true });
  writeFileSync(folder.paths.root, 'in the way');
  await expect(openForTest(folder.paths)).rejects.toThrow(/EEXIST|ENOTDIR/);
});
