import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  copyUpdate,
  magic,
  readUpdateHead,
  readUpdateKey,
  unpackInstaller,
} from '../../../../electron/platform/updateFile.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';
import { maker, updateFile } from '../../../support/updateFiles.ts';

const { key, secret } = maker();
/** Longer than one chunk of a file that is read. */
const content = 'kenro'.repeat(50_000);

test('a signed file gives back the installer it was made of', async () => {
  const folder = await temporaryFolder();
  const path = await updateFile(folder, secret, {}, content);
  const target = join(folder, 'out', 'installer');
  const manifest = await unpackInstaller(path, key, target);
  expect(manifest).toMatchObject({ version: '0.2.0', platform: 'linux', sizeBytes: content.length });
  expect(await readFile(target, 'utf8')).toBe(content);

  const copy = join(folder, 'copies', 'copy');
  await copyUpdate(path, key, copy);
  expect(await readFile(copy)).toEqual(await readFile(path));
  expect(await readdir(join(folder, 'copies'))).toEqual(['copy']);
});

describe('what was not signed so is refused, and leaves nothing behind', () => {
  async function changed(change: (bytes: Buffer, offset: number) => Buffer) {
    const folder = await temporaryFolder();
    const path = await updateFile(folder, secret, {}, content);
    const { offset } = await readUpdateHead(path, key);
    await writeFile(path, change(await readFile(path), offset));
    const target = join(folder, 'out', 'installer');
    const failure = await unpackInstaller(path, key, target).then(
      () => 'installed',
      ({ kind }) => kind as string,
    );
    const left = await readdir(join(folder, 'out')).catch(() => []);
    return { failure, left };
  }
  const flipped = (bytes: Buffer, at: number) => {
    bytes[at]! ^= 1;
    return bytes;
  };

  test.each([
    ['another maker', 'updateNotTrusted', null],
    [
      'a changed byte of the manifest',
      'updateNotTrusted',
      (bytes: Buffer) => flipped(bytes, magic.length + 20),
    ],
    [
      'a changed byte of the signature',
      'updateNotTrusted',
      (bytes: Buffer, at: number) => flipped(bytes, at - 1),
    ],
    ['a changed byte of the installer', 'updateDamaged', (bytes: Buffer, at: number) => flipped(bytes, at)],
    [
      'the last byte of the installer changed',
      'updateDamaged',
      (bytes: Buffer) => flipped(bytes, bytes.length - 1),
    ],
    ['an installer cut short', 'updateDamaged', (bytes: Buffer) => bytes.subarray(0, bytes.length - 1)],
    [
      'something after the installer',
      'updateDamaged',
      (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('x')]),
    ],
    ['a head cut short', 'updateUnreadable', (bytes: Buffer) => bytes.subarray(0, 40)],
    ['an empty file', 'updateUnreadable', () => Buffer.alloc(0)],
    ['a file of another kind', 'updateUnreadable', () => Buffer.alloc(100_000, 'x')],
    [
      'a manifest said to be huge',
      'updateUnreadable',
      (bytes: Buffer) => {
        bytes.writeUInt32LE(0xffffffff, magic.length);
        return bytes;
      },
    ],
  ] as const)('%s', async (_what, kind, change) => {
    if (change === null) {
      const folder = await temporaryFolder();
      const path = await updateFile(folder, maker().secret);
      await expect(unpackInstaller(path, key, join(folder, 'out'))).rejects.toMatchObject({ kind });
      return;
    }
    const { failure, left } = await changed(change);
    expect(failure).toBe(kind);
    expect(left).toEqual([]);
  });

  test('a file that is not there, and a folder', async () => {
    const folder = await temporaryFolder();
    for (const path of [join(folder, 'none'), folder]) {
      await expect(readUpdateHead(path, key)).rejects.toMatchObject({ kind: 'updateUnreadable' });
    }
  });

  test('a manifest that the signer got wrong', async () => {
    const folder = await temporaryFolder();
    await expect(updateFile(folder, secret, { version: '1.0' })).rejects.toThrow('version');
  });
});

test('only a key of Ed25519 is one', () => {
  expect(() => readUpdateKey('no key')).toThrow();
});
