import { randomBytes } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Model } from '../../../../../electron/contract/domain.ts';
import type { SignatureFile } from '../../../../../electron/contract/signing.ts';
import {
  decryptKey,
  encryptKey,
  newKeyPair,
  readPublicKey,
  newStationKey,
  readStationKey,
} from '../../../../../electron/learning/signing/keys.ts';
import {
  isSignedBy,
  keyIdOf,
  meaningOf,
  signStatement,
  type Statement,
} from '../../../../../electron/learning/signing/statement.ts';
import { temporaryFolder } from '../../../../support/temporaryFolder.ts';

const pair = newKeyPair();
const statement: Statement = {
  ...{ format: 'kenro-signature-1', what: 'model', sha256: 'a'.repeat(64) },
  ...{ meaning: { kind: 'anomaly', classes: null }, keyId: keyIdOf(pair.publicKey), signedMs: 5 },
};

describe('a signature', () => {
  test('is of one key and one content, whatever the order of its fields', () => {
    const signed = signStatement(statement, pair.privateKey);
    expect(isSignedBy(signed, pair.publicKey)).toBe(true);
    const turned = { ...signed, meaning: { classes: null, kind: 'anomaly' } };
    expect(isSignedBy(turned, pair.publicKey)).toBe(true);
    expect(isSignedBy(signed, newKeyPair().publicKey)).toBe(false);
  });

  test.each<[string, Partial<SignatureFile>]>([
    ['file', { sha256: 'b'.repeat(64) }],
    ['meaning', { meaning: { kind: 'classifier', classes: null } }],
    ['time', { signedMs: 6 }],
    ['kind of file', { what: 'patch' }],
    ['signature', { signature: randomBytes(64).toString('base64') }],
  ])('does not hold for another %s', (_what, change) => {
    const signed = signStatement(statement, pair.privateKey);
    expect(isSignedBy({ ...signed, ...change }, pair.publicKey)).toBe(false);
  });

  test('of a key under the id of another is none', () => {
    const other = newKeyPair();
    const forged = signStatement(statement, other.privateKey);
    expect(isSignedBy(forged, pair.publicKey)).toBe(false);
    expect(isSignedBy(forged, other.publicKey)).toBe(false);
  });

  test('covers which classes mean OK, and not the name', () => {
    const model = {
      ...{ name: 'A', kind: 'classifier', preprocess: { size: [8, 8] } },
      classes: { labels: ['ok', 'crack'], okLabels: ['ok'], temperature: 1, thresholdsByLabel: {} },
    } as unknown as Model;
    expect(meaningOf({ ...model, name: 'B' })).toEqual(meaningOf(model));
    const turned = { ...model, classes: { ...model.classes!, okLabels: ['ok', 'crack'] } };
    expect(meaningOf(turned)).not.toEqual(meaningOf(model));
  });
});

describe('a key', () => {
  const passphrase = 'seven red lorries';

  test('opens under its passphrase only, and not when its file was changed', async () => {
    const kept = await encryptKey(pair, 'Plant', passphrase);
    expect(JSON.stringify(kept)).not.toContain(
      pair.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64').slice(-40),
    );
    const opened = await decryptKey(kept, passphrase);
    expect(isSignedBy(signStatement(statement, opened.privateKey), pair.publicKey)).toBe(true);
    await expect(decryptKey(kept, 'seven red lorry')).rejects.toMatchObject({ kind: 'wrongPassphrase' });
    const other = newKeyPair().publicKey;
    for (const change of [{ publicKey: other }, { name: 'Other' }]) {
      await expect(decryptKey({ ...kept, ...change }, passphrase)).rejects.toMatchObject({
        kind: 'wrongPassphrase',
      });
    }
  });

  test('of the station is made once, and readable by its account alone', async () => {
    const file = join(await temporaryFolder(), 'keys', 'station.pem');
    expect(await readStationKey(file)).toBeNull();
    const first = await newStationKey(file);
    expect((await readStationKey(file))!.publicKey).toBe(first.publicKey);
    if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, 'utf8')).toContain('PRIVATE KEY');
  });

  test('from elsewhere is refused by name where it is none', async () => {
    const path = join(await temporaryFolder(), 'key.json');
    await writeFile(path, JSON.stringify({ name: 'x', publicKey: 'A'.repeat(60) }));
    await expect(readPublicKey(path)).rejects.toMatchObject({ kind: 'keyFileWrong', params: { path } });
    await writeFile(path, JSON.stringify({ publicKey: pair.publicKey }));
    expect(await readPublicKey(path)).toBe(pair.publicKey);
  });
});
