import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { beforeEach, describe, expect, test } from 'vitest';
import { dataPaths, makeFolders, type DataPaths } from '../../../../../electron/platform/paths.ts';
import {
  compareVersions,
  Updates,
  type Installer,
  type PlannedUpdate,
} from '../../../../../electron/station/updates/updates.ts';
import { goBackTo } from '../../../../../electron/store/goBack.ts';
import { temporaryFolder } from '../../../../support/temporaryFolder.ts';
import { maker, updateFile } from '../../../../support/updateFiles.ts';

const { key, secret } = maker();
let medium: string;
let paths: DataPaths;
let plans: PlannedUpdate[];
let trail: unknown[];

beforeEach(async () => {
  medium = await temporaryFolder();
  paths = dataPaths(join(await temporaryFolder(), 'data'));
  makeFolders(paths);
  plans = [];
  trail = [];
});

function updates(version = '0.1.0', change: Partial<Installer> = {}, schemaVersion = 200): Updates {
  const installer: Installer = {
    ...{ platform: 'linux', arch: 'x64', key },
    byHand: () => null,
    start: (plan) => plans.push(plan),
    ...change,
  };
  return new Updates({ paths, version, schemaVersion, installer, audit: (...entry) => trail.push(entry) });
}

/** A copy of the database as `backUp` names it, of a schema, with a word in it. */
function backup(time: string, schema: number, word: string): void {
  const db = new Database(join(paths.backups, `kenro-${time}-migration.db`));
  db.exec(`CREATE TABLE word AS SELECT '${word}' AS word`);
  db.pragma(`user_version = ${schema}`);
  db.close();
}

const current = { schemaVersion: 200 };

describe('another version', () => {
  test('is installed from a signed file, kept, and put on the audit trail', async () => {
    const path = await updateFile(medium, secret, current, 'new installer');
    expect(await updates().look(path)).toMatchObject({
      version: '0.2.0',
      step: 'newer',
      restoredFromMs: null,
    });
    expect(await updates().install(path, 'because')).toEqual({ version: '0.2.0', installer: null });

    const [plan] = plans as [PlannedUpdate];
    expect(await readFile(plan.installer, 'utf8')).toBe('new installer');
    expect(plan.restore).toBeNull();
    expect(trail).toEqual([
      ['update.install', { from: '0.1.0', to: '0.2.0', sha256: plan.manifest.sha256, reason: 'because' }],
    ]);
    expect(await readdir(join(paths.root, 'updates'))).toContain('0.2.0.kenroupdate');
  });

  test('for another system, or signed by somebody else, is refused and changes nothing', async () => {
    const windows = await updateFile(medium, secret, { ...current, platform: 'win32' });
    await expect(updates().install(windows, 'x')).rejects.toMatchObject({ kind: 'updateForOther' });
    const arm = await updateFile(medium, secret, { ...current, arch: 'arm64' });
    await expect(updates().look(arm)).rejects.toMatchObject({ kind: 'updateForOther' });
    const forged = await updateFile(medium, maker().secret, current);
    await expect(updates().install(forged, 'x')).rejects.toMatchObject({ kind: 'updateNotTrusted' });
    expect(plans).toEqual([]);
    expect(trail).toEqual([]);
    expect(await readdir(paths.root)).not.toContain('updates');
  });

  test('cannot be had where the program is not installed, or trusts no key', async () => {
    const none = new Updates({
      paths,
      version: '0.1.0',
      schemaVersion: 200,
      installer: null,
      audit: () => undefined,
    });
    expect(await none.state()).toEqual({ version: '0.1.0', obstacle: 'notInstalled', previous: null });
    const path = await updateFile(medium, secret, current);
    await expect(none.install(path, 'x')).rejects.toMatchObject({ kind: 'updateNotPossible' });
    const keyless = updates('0.1.0', { key: null });
    expect((await keyless.state()).obstacle).toBe('noKey');
    await expect(keyless.look(path)).rejects.toMatchObject({ kind: 'updateNotPossible' });
  });
});

describe('the way back', () => {
  test('leads to the version before, which is kept; older ones are not', async () => {
    for (const [from, to] of [
      ['0.1.0', '0.2.0'],
      ['0.2.0', '0.3.0'],
      ['0.3.0', '0.10.0'],
    ] as const) {
      await updates(from).install(await updateFile(medium, secret, { ...current, version: to }, to), 'next');
    }
    const kept = (await readdir(join(paths.root, 'updates'))).filter((name) => name.endsWith('.kenroupdate'));
    expect(kept.sort()).toEqual(['0.10.0.kenroupdate', '0.3.0.kenroupdate']);

    const now = updates('0.10.0');
    expect((await now.state()).previous).toMatchObject({ version: '0.3.0', step: 'older' });
    await now.install(null, 'trouble');
    expect(await readFile(plans.at(-1)!.installer, 'utf8')).toBe('0.3.0');
    // And forward again.
    expect((await updates('0.3.0').state()).previous).toMatchObject({ version: '0.10.0', step: 'newer' });
  });

  test('is not offered where nothing was kept', async () => {
    expect((await updates().state()).previous).toBeNull();
    await expect(updates().install(null, 'x')).rejects.toMatchObject({ kind: 'notFound' });
  });

  test('goes on with the newest copy of the database that the older version understands', async () => {
    backup('20261101T000000000Z', 160, 'old');
    backup('20261110T000000000Z', 170, 'right');
    backup('20261120T000000000Z', 200, 'too new');
    const live = new Database(paths.database);
    live.pragma('journal_mode = WAL');
    live.exec(`CREATE TABLE word AS SELECT 'live' AS word`);
    live.close();

    const path = await updateFile(medium, secret, { version: '0.1.0', schemaVersion: 170 });
    const offer = await updates('0.2.0').look(path);
    expect(offer).toMatchObject({ step: 'older', restoredFromMs: Date.UTC(2026, 10, 10) });
    await updates('0.2.0').install(path, 'trouble');
    expect(trail).toEqual([
      ['update.install', expect.objectContaining({ databaseOf: '2026-11-10T00:00:00.000Z' })],
    ]);

    const aside = goBackTo(paths, plans[0]!.restore!, Date.UTC(2026, 10, 27));
    const wordIn = (file: string) => {
      const db = new Database(file, { readonly: true });
      const { word } = db.prepare('SELECT word FROM word').get() as { word: string };
      db.close();
      return word;
    };
    expect(wordIn(paths.database)).toBe('right');
    expect(wordIn(aside)).toBe('live');
    // The copy itself stays where it was.
    expect(await readdir(paths.backups)).toContain('kenro-20261110T000000000Z-migration.db');
  });

  test('is refused where no copy of the database would do', async () => {
    backup('20261120T000000000Z', 200, 'too new');
    await mkdir(join(paths.root, 'updates'), { recursive: true });
    const path = await updateFile(medium, secret, { version: '0.1.0', schemaVersion: 170 });
    await expect(updates('0.2.0').install(path, 'x')).rejects.toMatchObject({ kind: 'updateNoWayBack' });
    expect(plans).toEqual([]);
  });
});

test.each([
  ['0.2.0', '0.10.0', -1],
  ['1.0.0', '0.99.99', 1],
  ['0.1.2', '0.1.2', 0],
])('%s against %s', (a, b, sign) => expect(Math.sign(compareVersions(a, b))).toBe(sign));
