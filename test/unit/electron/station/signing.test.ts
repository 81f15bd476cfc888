import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';
import { testStarter, testStation, withCards, type TestStation } from '../../../support/testStation.ts';

const passphrase = 'seven red lorries';
const station = async (dataDir?: string): Promise<TestStation> =>
  testStation({ starterDir: await testStarter(), prepare: withCards, ...(dataDir ? { dataDir } : {}) });
const models = async (on: TestStation) => (await on.call('station.snapshot', {})).models;

describe('models and their signatures', () => {
  test('of the first start are signed by the station itself, and can be used without asking', async () => {
    const on = await station();
    const { keys } = await on.call('key.list', {});
    expect(keys).toEqual([expect.objectContaining({ owner: 'station', revokedMs: null })]);
    for (const model of await models(on)) {
      expect(model.trust).toMatchObject({ state: 'signed', keyName: keys[0]!.name, override: null });
    }
    const [first] = await models(on);
    await on.call('model.activate', { id: first!.id });
  });

  test('do not count when the key is revoked, until an administrator lets them in for a reason on record', async () => {
    const on = await station();
    const [first] = await models(on);
    const { keys } = await on.call('key.list', {});
    await on.call('key.revoke', { keyId: keys[0]!.keyId, reason: 'station stolen' });
    expect((await models(on))[0]!.trust).toMatchObject({ state: 'revoked' });
    await expect(on.call('model.activate', { id: first!.id })).rejects.toMatchObject({
      kind: 'modelUntrusted',
      params: { state: 'revoked' },
    });
    await on.call('model.trust', { id: first!.id, reason: 'checked by hand' });
    await on.call('model.activate', { id: first!.id });
    const { entries } = await on.call('audit.page', { before: null, limit: 9 });
    expect(entries.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['key.revoke', 'model.trust', 'model.activate']),
    );
    expect(entries.find(({ action }) => action === 'model.trust')?.detail).toMatchObject({
      state: 'revoked',
      reason: 'checked by hand',
    });
  });

  test('count again when a key of the plant signs them; its passphrase is needed each time', async () => {
    const on = await station();
    const [first] = await models(on);
    const { key } = await on.call('key.make', { name: 'Plant', passphrase });
    const { keys } = await on.call('key.list', {});
    await on.call('key.revoke', {
      keyId: keys.find(({ owner }) => owner === 'station')!.keyId,
      reason: 'old',
    });
    const sign = { id: first!.id, keyId: key.keyId };
    await expect(on.call('model.sign', { ...sign, passphrase: 'seven red lorry.' })).rejects.toMatchObject({
      kind: 'wrongPassphrase',
    });
    expect(await on.call('model.sign', { ...sign, passphrase })).toMatchObject({
      state: 'signed',
      keyName: 'Plant',
    });
    await on.call('model.activate', { id: first!.id });
  });

  test('of a station whose own key was revoked are signed by a new one; what the old one signed stays revoked', async () => {
    const on = await station();
    const [old] = (await on.call('key.list', {})).keys;
    const file = join((await on.call('key.list', {})).folder, 'station.pem');
    const oldFile = await readFile(file);
    await on.call('key.revoke', { keyId: old!.keyId, reason: 'disk was copied' });
    const { keys, folder } = await on.call('key.list', {});
    const [own] = keys.filter(({ owner, revokedMs }) => owner === 'station' && revokedMs === null);
    expect(own!.keyId).not.toBe(old!.keyId);
    expect(keys).toHaveLength(2);
    const { entries } = await on.call('audit.page', { before: null, limit: 2 });
    expect(entries).toMatchObject([
      { actor: 'station', action: 'key.add', detail: { keyId: own!.keyId, owner: 'station', signed: [] } },
      { action: 'key.revoke', detail: { keyId: old!.keyId } },
    ]);
    for (const { trust } of await models(on)) expect(trust).toMatchObject({ state: 'revoked' });
    // What is handed on is the new one, and so is what signs from now on, also after a restart.
    const handedOn = await readFile(join(folder, 'station.public.json'), 'utf8');
    expect(JSON.parse(handedOn)).toEqual({ publicKey: own!.publicKey });
    const [product] = (await on.call('station.snapshot', {})).products;
    const exportTo = await temporaryFolder();
    await on.call('product.export', { id: product!.id, folder: exportTo });
    await expect
      .poll(async () => (await on.call('audit.page', { before: null, limit: 1 })).entries[0])
      .toMatchObject({ action: 'product.export', detail: { keyId: own!.keyId } });
    await on.station.stop();
    const again = await station(on.dataDir);
    expect((await again.call('key.list', {})).keys).toEqual(keys);
    // Cut off before the revoked private half was overwritten, it is not signed with all the same.
    await again.station.stop();
    await writeFile(file, oldFile);
    const third = (await (await station(on.dataDir)).call('key.list', {})).keys;
    expect(third.filter(({ keyId }) => keyId === old!.keyId)).toMatchObject([
      { revokedReason: 'disk was copied' },
    ]);
    expect(third).toHaveLength(3);
    expect(await readFile(file)).not.toEqual(oldFile);
  });

  test('notice a file of a key that is none, and a key that is known already', async () => {
    const on = await station();
    const path = join(await temporaryFolder(), 'key.json');
    await writeFile(path, '{}');
    await expect(on.call('key.add', { name: 'Other', path })).rejects.toMatchObject({ kind: 'keyFileWrong' });
    const { keys } = await on.call('key.list', {});
    await writeFile(path, JSON.stringify({ publicKey: keys[0]!.publicKey }));
    await expect(on.call('key.add', { name: 'Other', path })).rejects.toMatchObject({ kind: 'conflict' });
  });
});
