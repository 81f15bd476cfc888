import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import type { Job } from '../../../../../electron/contract/jobs.ts';
import { dataPaths } from '../../../../../electron/platform/paths.ts';
import { modelFile } from '../../../../../electron/learning/modelFiles.ts';
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
async function exported(): Promise<{ from: TestStation; file: string; name: string }> {
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
  return { from, file: join(folder, `${name}.kenro`), name };
}

it('takes a product with its models to another station; nothing of people is in the file', async () => {
  const { file, name } = await exported();
  const to = await testStation();
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

it('brings signatures along, which count as soon as the key of the other station is trusted', async () => {
  const { from, file } = await exported();
  const to = await testStation({ starterDir: await testStarter(), prepare: withCards });
  await ended(to, await to.call('product.import', { path: file, name: 'From the other line' }));
  const carried = async () => (await to.call('station.snapshot', {})).models.at(-1)!;
  const { id, trust } = await carried();
  expect(trust).toMatchObject({ state: 'unknownKey' });
  await expect(to.call('model.activate', { id })).rejects.toMatchObject({ kind: 'modelUntrusted' });
  const { folder } = await from.call('key.list', {});
  await to.call('key.add', { name: 'Line 2', path: join(folder, 'station.public.json') });
  expect((await carried()).trust).toMatchObject({ state: 'signed', keyName: 'Line 2' });
});

it.each([
  ['cut off', 'carriedUnreadable', (file: string) => truncate(file, 400)],
  ['no such file', 'carriedUnreadable', (file: string) => writeFile(file, Buffer.alloc(900, 7))],
  ['a changed model', 'backupDiffers', (file: string) => replace(file, 'content of', 'c0ntent of')],
  ['a path that leads out', 'carriedUnreadable', (file: string) => replace(file, '.onnx"', '/../x"')],
])('refuses a file that is %s, and leaves nothing of it', async (_what, kind, harm) => {
  const { file } = await exported();
  await harm(file);
  const to = await testStation();
  const before = await to.call('station.snapshot', {});
  const job = await ended(to, await to.call('product.import', { path: file, name: 'Other' }));
  expect(job).toMatchObject({ state: 'failed', error: { kind } });
  expect((await to.call('station.snapshot', {})).products).toEqual(before.products);
});

/** Of the same length, so that nothing else of the file changes. */
async function replace(file: string, from: string, to: string): Promise<void> {
  const text = (await readFile(file)).toString('latin1');
  expect(to).toHaveLength(from.length);
  await writeFile(file, Buffer.from(text.replaceAll(from, to), 'latin1'));
}
