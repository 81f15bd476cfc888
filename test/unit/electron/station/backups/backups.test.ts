import { readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import type { BackupSet } from '../../../../../electron/contract/backups.ts';
import type { KenroError } from '../../../../../electron/contract/errors.ts';
import { everything } from '../../../../../electron/contract/history.ts';
import type { Job } from '../../../../../electron/contract/jobs.ts';
import { dataPaths } from '../../../../../electron/platform/paths.ts';
import { temporaryFolder } from '../../../../support/temporaryFolder.ts';
import { testStarter, testStation, withCards, type TestStation } from '../../../../support/testStation.ts';

const patience = { timeout: 20_000 };

async function started(dataDir?: string): Promise<TestStation> {
  const starterDir = await testStarter();
  return testStation({ starterDir, prepare: withCards, ...(dataDir ? { dataDir } : {}) });
}

/** Waits for a job to end. */
async function ended({ told }: TestStation, { id }: Job): Promise<Job> {
  return vi.waitFor(() => {
    const last = told('job.changed').findLast((job) => job.id === id);
    if (last === undefined || last.state === 'running') throw new Error('it runs');
    return last;
  }, patience);
}

/** A folder of backups with one backup in it. */
async function backedUp(station: TestStation): Promise<{ folder: string; set: BackupSet }> {
  const folder = await temporaryFolder();
  await station.call('source.change', { id: 1, paused: true });
  await station.call('settings.change', { backups: { folder, everyHours: 24, keep: 2 } });
  expect(await ended(station, await station.call('backup.make', {}))).toMatchObject({ state: 'done' });
  const { sets } = await station.call('backup.status', { folder: null });
  return { folder, set: sets[0]! };
}

const begunAnew = ({ told }: TestStation) =>
  vi.waitFor(() => expect(told('station.restarted')).toHaveLength(1), patience);
const actions = async ({ call }: TestStation) =>
  (await call('audit.page', { before: null, limit: 500 })).entries.map(({ action }) => action);

it('a backup holds the database and every model once, and is named by the station', async () => {
  const station = await started();
  const { folder, set } = await backedUp(station);
  expect(set).toMatchObject({ isOwn: true, app: '1.2.3' });
  expect(await actions(station)).toContain('backup.make');
  const place = join(folder, (await readdir(folder))[0]!);
  const models = await readdir(join(place, 'models'));
  expect(models.filter((name) => name.endsWith('.onnx'))).toHaveLength(4);
  for (let more = 0; more < 3; more++) await ended(station, await station.call('backup.make', {}));
  expect(await readdir(join(place, 'models'))).toEqual(models);
  expect((await station.call('backup.status', { folder: null })).sets).toHaveLength(2);
});

it('restores the station in place: pages stay, the data before is kept, and it is on record', async () => {
  const station = await started();
  const { set } = await backedUp(station);
  await station.call('product.add', { name: 'Added later' });
  const before = await station.call('station.snapshot', {});
  const { count } = await station.call('history.count', { filter: everything });
  const job = await station.call('backup.restore', { path: set.path, signature: null, reason: 'a test' });
  await ended(station, job);
  await begunAnew(station);
  const after = await station.call('station.snapshot', {});
  expect(after.products.map(({ name }) => name)).toEqual(
    before.products.map(({ name }) => name).filter((name) => name !== 'Added later'),
  );
  expect(after.notices.map(({ kind }) => kind)).toContain('restored');
  const [newest] = (await station.call('audit.page', { before: null, limit: 500 })).entries.filter(
    ({ action }) => action === 'backup.restore',
  );
  expect(newest?.detail).toMatchObject({ reason: 'a test', lostParts: count - set.parts });
  const kept = (await readdir(station.dataDir)).find((name) => name.startsWith('before-restore-'));
  expect(
    readFileSync(join(station.dataDir, kept!, 'kenro.db'))
      .subarray(0, 6)
      .toString(),
  ).toBe('SQLite');
  expect(await station.call('audit.verify', {})).toMatchObject({ brokenAt: null });
});

it('restores a station on a new computer, with its models', async () => {
  const old = await started();
  await old.call('product.add', { name: 'Only there' });
  const { folder } = await backedUp(old);
  const fresh = await started();
  const { sets } = await fresh.call('backup.status', { folder });
  expect(sets).toMatchObject([{ isOwn: false }]);
  await rm(join(dataPaths(fresh.dataDir).models), { recursive: true });
  await mkdir(dataPaths(fresh.dataDir).models);
  const path = sets[0]!.path;
  await ended(fresh, await fresh.call('backup.restore', { path, signature: null, reason: 'new PC' }));
  await begunAnew(fresh);
  const { products } = await fresh.call('station.snapshot', {});
  expect(products.map(({ name }) => name)).toContain('Only there');
  const models = (await readdir(dataPaths(fresh.dataDir).models)).filter((name) => name.endsWith('.onnx'));
  expect(models).toHaveLength(4);
});

it('refuses a backup with a changed file and leaves everything as it is', async () => {
  const station = await started();
  const { folder, set } = await backedUp(station);
  const place = join(folder, (await readdir(folder))[0]!, 'models');
  const model = (await readdir(place)).find((name) => name.endsWith('.onnx'))!;
  await writeFile(join(place, model), 'something else');
  const request = { path: set.path, signature: null, reason: 'a test' };
  const job = await ended(station, await station.call('backup.restore', request));
  expect(job).toMatchObject({ state: 'failed', error: { kind: 'backupDiffers' } });
  expect(await ended(station, await station.call('backup.check', { path: set.path }))).toMatchObject({
    error: { kind: 'backupDiffers' },
  });
  expect(station.told('station.restarted')).toEqual([]);
  expect(await readdir(station.dataDir)).not.toContain('restore');
});

it('says once that the share is gone, on record, and makes the backup when it is back', async () => {
  const station = await started();
  const folder = await temporaryFolder();
  const gone = `${folder}-gone`;
  await rename(folder, gone);
  await station.call('settings.change', { backups: { folder, everyHours: 24, keep: 2 } });
  const job = await ended(station, await station.call('backup.make', {}));
  expect(job).toMatchObject({ state: 'failed', error: { kind: 'folderMissing' } });
  expect((await station.call('backup.status', { folder: null })).error).toMatchObject({
    kind: 'folderMissing',
  });
  await rename(gone, folder);
  expect(await ended(station, await station.call('backup.make', {}))).toMatchObject({ state: 'done' });
  expect((await station.call('backup.status', { folder: null })).error).toBeNull();
});

it('asks for a signature where there is an administrator', async () => {
  const station = await started();
  const { set } = await backedUp(station);
  const admin = { name: 'Aoki', secretKind: 'password', secret: 'correct horse 7' } as const;
  await station.call('people.makeFirstAdmin', admin);
  const request = { path: set.path, signature: null, reason: 'a test' };
  const refused = (kind: string) => expect.objectContaining({ name: 'KenroError', kind }) as KenroError;
  await expect(station.openPage().call('backup.restore', request)).rejects.toEqual(refused('signInNeeded'));
  const wrong = { ...request, signature: { password: 'not it', reason: 'a test' } };
  const { people, session } = await station.call('station.snapshot', {});
  if (session.personId === null)
    await station.call('people.signIn', { id: people[0]!.id, secret: admin.secret });
  await expect(station.call('backup.restore', request)).rejects.toEqual(refused('signInNeeded'));
  await expect(station.call('backup.restore', wrong)).rejects.toEqual(refused('wrongPassword'));
  const right = { ...request, signature: { password: admin.secret, reason: 'a test' } };
  await ended(station, await station.call('backup.restore', right));
  await begunAnew(station);
});
