import { createHash, createPublicKey, verify, type Hash, type KeyObject } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { KenroError } from '../contract/errors.ts';
import { UpdateManifest } from '../contract/updates.ts';
import { asDiskError, errorCode, flushFolder } from './durableFile.ts';

/**
 * An update file: `magic`, length of the manifest (uint32, little-endian), the manifest as JSON, its signature, the
 * installer. The signature (Ed25519, RFC 8032) is over `magic` and manifest, which holds the SHA-256 of the installer.
 */
export const magic = Buffer.from('KENRO-UPDATE-1\n');
export const signatureBytes = 64;
/** A manifest is a few hundred bytes; nothing longer is read. */
const longestManifest = 16_384;

export interface UpdateHead {
  readonly manifest: UpdateManifest;
  /** Where the installer begins. */
  readonly offset: number;
}

/** What is signed. @param manifest as it stands in the file */
export function signedBytes(manifest: Uint8Array): Uint8Array {
  return Buffer.concat([magic, manifest]);
}

/** @param pem a public key. @throws Error when it is not one of Ed25519 */
export function readUpdateKey(pem: string): KeyObject {
  const key = createPublicKey(pem);
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('The key for updates must be one of Ed25519.');
  return key;
}

/**
 * Reads what a file claims to be, after its signature has been found to be right; the installer in it has not been
 * looked at yet.
 * @throws {KenroError} `updateUnreadable` for a file that is none or cannot be read, `updateNotTrusted` for one that is
 *   signed by somebody else, or was changed
 */
export async function readUpdateHead(path: string, key: KeyObject): Promise<UpdateHead> {
  const file = await openUpdate(path);
  try {
    const start = await readExactly(file, 0, magic.length + 4, path);
    const length = start.readUInt32LE(magic.length);
    if (!start.subarray(0, magic.length).equals(magic) || length > longestManifest) throw unreadable(path);
    const rest = await readExactly(file, start.length, length + signatureBytes, path);
    const manifest = rest.subarray(0, length);
    if (!verify(null, signedBytes(manifest), key, rest.subarray(length))) {
      throw new KenroError('updateNotTrusted', { file: basename(path) });
    }
    return { manifest: parseManifest(manifest, path), offset: start.length + rest.length };
  } finally {
    await file.close();
  }
}

/**
 * Copies the installer out of an update file; it is there, whole and as it was signed, or not at all.
 * @throws {KenroError} as `readUpdateHead`; `updateDamaged` when the installer is not the one that was signed;
 *   `diskFull`, `diskReadOnly`
 */
export async function unpackInstaller(path: string, key: KeyObject, target: string): Promise<UpdateManifest> {
  const { manifest, offset } = await readUpdateHead(path, key);
  await copyVerified({ path, target, manifest, from: offset, hashedFrom: offset });
  return manifest;
}

/** Copies a whole update file, as `unpackInstaller` does the installer, and throws as it does. */
export async function copyUpdate(path: string, key: KeyObject, target: string): Promise<UpdateManifest> {
  const { manifest, offset } = await readUpdateHead(path, key);
  await copyVerified({ path, target, manifest, from: 0, hashedFrom: offset });
  // What was signed may have been exchanged between reading and copying: what counts is what lies there now.
  await readUpdateHead(target, key);
  return manifest;
}

interface Copy {
  readonly path: string;
  readonly target: string;
  readonly manifest: UpdateManifest;
  /** Byte from which on is copied, and from which on is hashed. */
  readonly from: number;
  readonly hashedFrom: number;
}

async function copyVerified({ path, target, manifest, from, hashedFrom }: Copy): Promise<void> {
  const draft = `${target}.part`;
  try {
    await mkdir(dirname(target), { recursive: true });
    const hash = createHash('sha256');
    const file = await open(draft, 'w');
    let at = from;
    try {
      for await (const chunk of createReadStream(path, { start: from })) {
        const bytes = chunk as Buffer;
        await file.writeFile(bytes);
        update(hash, bytes, hashedFrom - at);
        at += bytes.length;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    if (at - hashedFrom !== manifest.sizeBytes || hash.digest('hex') !== manifest.sha256) {
      throw new KenroError('updateDamaged', { file: basename(path) });
    }
    await rename(draft, target);
    await flushFolder(dirname(target));
  } catch (thrown) {
    await rm(draft, { force: true });
    throw thrown instanceof KenroError ? thrown : asDiskError(thrown, target);
  }
}

/** @param skipped bytes at the front of the chunk that are not hashed; may be negative or more than there are */
function update(hash: Hash, bytes: Buffer, skipped: number): void {
  hash.update(bytes.subarray(Math.max(0, skipped)));
}

async function openUpdate(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (thrown) {
    if (errorCode(thrown) === undefined) throw thrown;
    throw unreadable(path, thrown);
  }
}

async function readExactly(file: FileHandle, at: number, length: number, path: string): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, at).catch((thrown: unknown) => {
    throw unreadable(path, thrown); // A folder, or a medium that is gone.
  });
  if (bytesRead < length) throw unreadable(path);
  return bytes;
}

function parseManifest(bytes: Buffer, path: string): UpdateManifest {
  try {
    return UpdateManifest.parse(JSON.parse(bytes.toString('utf8')));
  } catch (thrown) {
    throw unreadable(path, thrown);
  }
}

function unreadable(path: string, cause?: unknown): KenroError {
  return new KenroError('updateUnreadable', { file: basename(path) }, { cause });
}
