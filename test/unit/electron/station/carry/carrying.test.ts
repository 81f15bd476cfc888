import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import type { Job } from '../../../../../electron/contract/jobs.ts';
import { dataPaths } from '../../../../../electron/platform/paths.ts';
import { modelFile } from '../../../../../electron/learning/modelFiles.ts';
import { carriedParts, withSignature, writeCarriedParts } from '../../../../support/carriedParts.ts';
import { temporaryFolder } from '../../../../support/temporaryFolder.ts';
import { testStarter, testStation, withCards, type TestStation } from '../../../../support/testStation.ts';

async function ended({ told }: TestStation, { id }: Job): Promise<Job> {
  return vi.waitFor(
    () => {
      const last = told('job.changed').findLast((job) => job.id === id);
      if (last === undefined || last.state === 'running') throw new Error('it runs');
      return last;
    },
    { timeout: 20_000 },
  );
}

/** The first product of a station with its detector, as a file. */
async function exported() {
  const from = await testStation({ starterDir: await testStarter(), prepare: withCards });
  const { products } = await from.call('station.snapshot', {});
  const { id, name } = products[0]!;
  await from.call('people.makeFirstAdmin', {
    name: 'Aoki',
    secretKind: 'password',
    secret: 'correct horse 7',
  });
  const folder = await temporaryFolder();
  await from.call('people.signIn', { id: 1, secret: 'correct horse 7' });
  expect(await ended(from, await from.call('product.export', { id, folder }))).toMatchObject({
    state: 'done',
  });
  return { from, folder, id, file: join(folder, `${name}.kenro`), name };
}

it('takes a product with its models to another station; nothing of people is in the file', async () => {
  const { from, file, name } = await exported();
  const to = await testStation();
  await trust(to, from);
  const taken = await ended(to, await to.call('product.import', { path: file, name: null }));
  // Its demo products bear the same names: said, and nothing is changed.
  expect(taken).toMatchObject({ state: 'failed', error: { kind: 'conflict', params: { name } } });
  const before = (await to.call('station.snapshot', {})).models.length;
  await ended(to, await to.call('product.import', { path: file, name: 'From the other line' }));
  const { products, models } = await to.call('station.snapshot', {});
  const product = products.find((each) => each.name === 'From the other line')!;
  expect(product.activeModelId).toBeNull();
  const added = models.filter(({ productId }) => productId === product.id);
  expect(models).toHaveLength(before + 1);
  const path = modelFile(dataPaths(to.dataDir).models, added[0]!.sha256);
  expect(await readFile(path, 'utf8')).toMatch(/^content of /);
  expect((await readFile(file)).includes('Aoki')).toBe(false);
});

it('is refused while nobody trusts the key of the other station, except by an administrator, who says why', async () => {
  const { from, file } = await exported();
  const to = await testStation({ starterDir: await testStarter(), prepare: withCards });
  const given = { path: file, name: 'From the other line' };
  const refused = await ended(to, await to.call('product.import', given));
  expect(refused).toMatchObject({
    state: 'failed',
    error: { kind: 'productUntrusted', params: { path: file, state: 'unknownKey' } },
  });
  const reason = 'fetched it myself';
  const job = await to.call('product.importUntrusted', { ...given, reason });
  expect(await ended(to, job)).toMatchObject({ state: 'done' });
  expect((await lastAudit(to, 'product.import')).detail).toMatchObject({ state: 'unknownKey', reason });
  const carried = async () => (await to.call('station.snapshot', {})).models.at(-1)!;
  const { id, trust } = await carried();
  expect(trust).toMatchObject({ state: 'unknownKey' });
  await expect(to.call('model.activate', { id })).rejects.toMatchObject({ kind: 'modelUntrusted' });
  const { folder } = await from.call('key.list', {});
  await to.call('key.add', { name: 'Line 2', path: join(folder, 'station.public.json') });
  expect((await carried()).trust).toMatchObject({ state: 'signed', keyName: 'Line 2' });
});

it('counts by a key of the plant too, until that is revoked', async () => {
  const { from, folder, id, file } = await exported();
  const passphrase = 'seven red lorries';
  const { key } = await from.call('key.make', { name: 'Plant', passphrase });
  const signer = { keyId: key.keyId, passphrase };
  const wrong = from.call('product.export', {
    id,
    folder,
    signer: { ...signer, passphrase: 'seven red lorry.' },
  });
  await expect(wrong).rejects.toMatchObject({ kind: 'wrongPassphrase' });
  await ended(from, await from.call('product.export', { id, folder, signer }));
  const to = await testStation();
  const keyFile = join((await from.call('key.list', {})).folder, `${key.keyId}.json`);
  const { key: known } = await to.call('key.add', { name: 'Plant', path: keyFile });
  const bring = async (name: string) => ended(to, await to.call('product.import', { path: file, name }));
  expect(await bring('First')).toMatchObject({ state: 'done' });
  const { detail } = await lastAudit(to, 'product.import');
  expect(detail).toMatchObject({ state: 'signed', keyName: 'Plant' });
  await to.call('key.revoke', { keyId: known.keyId, reason: 'lost' });
  expect(await bring('Second')).toMatchObject({
    error: { kind: 'productUntrusted', params: { state: 'revoked' } },
  });
});

it.each([
  ['of other thresholds', 'wrong', (file: string) => raiseThreshold(file)],
  ['without its signature', 'unsigned', (file: string) => withSignature(file, 'null')],
])('refuses a file %s from a station that is trusted', async (_what, state, harm) => {
  const { from, file } = await exported();
  const to = await testStation();
  await trust(to, from);
  await harm(file);
  expect(await ended(to, await to.call('product.import', { path: file, name: 'Other' }))).toMatchObject({
    state: 'failed',
    error: { kind: 'productUntrusted', params: { state } },
  });
});

it.each([
  ['cut off', 'carriedUnreadable', (file: string) => truncate(file, 400)],
  ['no such file', 'carriedUnreadable', (file: string) => writeFile(file, Buffer.alloc(900, 7))],
  ['a changed model', 'backupDiffers', (file: string) => replace(file, 'content of', 'c0ntent of')],
  ['a path that leads out', 'carriedUnreadable', (file: string) => replace(file, '.onnx"', '/../x"')],
])('refuses a file that is %s, and leaves nothing of it', async (_what, kind, harm) => {
  const { from, file } = await exported();
  await harm(file);
  const to = await testStation();
  await trust(to, from);
  const before = await to.call('station.snapshot', {});
  const job = await ended(to, await to.call('product.import', { path: file, name: 'Other' }));
  expect(job).toMatchObject({ state: 'failed', error: { kind } });
  expect((await to.call('station.snapshot', {})).products).toEqual(before.products);
});

async function trust(to: TestStation, from: TestStation): Promise<void> {
  const { folder } = await from.call('key.list', {});
  await to.call('key.add', { name: 'Line 2', path: join(folder, 'station.public.json') });
}

async function lastAudit(on: TestStation, action: string) {
  const { entries } = await on.call('audit.page', { before: null, limit: 20 });
  return entries.find((entry) => entry.action === action)!;
}

/** So that defective parts pass: no hash of a model covers it. */
async function raiseThreshold(file: string): Promise<void> {
  const [json, signature, contents] = await carriedParts(file);
  const product = JSON.parse(json.toString()) as { models: { thresholds: { ng: number } }[] };
  product.models[0]!.thresholds.ng += 100;
  await writeCarriedParts(file, Buffer.from(JSON.stringify(product)), signature, contents);
}

/** Of the same length, so that nothing else of the file changes. */
async function replace(file: string, from: string, to: string): Promise<void> {
  const text = (await readFile(file)).toString('latin1');
  expect(to).toHaveLength(from.length);
  await writeFile(file, Buffer.from(text.replaceAll(from, to), 'latin1'));
}
