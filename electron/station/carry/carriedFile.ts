import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { z } from 'zod';
import type { BackupFile } from '../../contract/backups.ts';
import { CarriedProduct } from '../../contract/carried.ts';
import { KenroError } from '../../contract/errors.ts';
import { SignatureFile } from '../../contract/signing.ts';
import { flushFolder } from '../../platform/durableFile.ts';

/**
 * `KENROPRODUCT2\n`, then the JSON of the product and that of its signature, each behind its length as an unsigned 32-bit
 * number (big-endian), then the contents in the order of the first. It holds their hashes, so that its own covers all.
 */
const magic = Buffer.from('KENROPRODUCT2\n');
const mostHeaderBytes = 32 * 2 ** 20;
const mostSignatureBytes = 64 * 2 ** 10;
const chunkBytes = 4 * 2 ** 20;

/** Where a content comes from: a file, or bytes made for this. */
export interface Content extends BackupFile {
  readonly from: string | Uint8Array;
}

const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

function lengthOf({ byteLength }: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(byteLength);
  return length;
}

/**
 * Writes a product's file, complete or not at all.
 * @param sign given the hash that the signature is to be of
 * @throws {KenroError} `cancelled`; what the file system throws
 */
export async function writeCarried(
  path: string,
  header: Omit<CarriedProduct, 'files'>,
  contents: readonly Content[],
  sign: (sha256: string) => SignatureFile,
  signal?: AbortSignal,
  onBytes?: (bytes: number) => void,
): Promise<void> {
  const draft = `${path}.part`;
  const target = await open(draft, 'w');
  try {
    const files = contents.map(({ path: of, bytes, sha256 }) => ({ path: of, bytes, sha256 }));
    const json = Buffer.from(JSON.stringify({ ...header, files }));
    const signature = Buffer.from(JSON.stringify(sign(sha256Of(json))));
    await target.writeFile(Buffer.concat([magic, lengthOf(json), json, lengthOf(signature), signature]));
    for (const content of contents) await writeContent(target, content, signal, onBytes);
    await target.sync();
    await target.close();
    await rename(draft, path);
    await flushFolder(dirname(path));
  } catch (thrown) {
    await target.close().catch(() => undefined);
    await rm(draft, { force: true });
    throw thrown;
  }
}

async function writeContent(
  target: FileHandle,
  { from, sha256, path }: Content,
  signal: AbortSignal | undefined,
  onBytes: ((bytes: number) => void) | undefined,
): Promise<void> {
  const hash = createHash('sha256');
  for await (const chunk of typeof from === 'string' ? chunksOf(from) : [from]) {
    if (signal?.aborted === true) throw new KenroError('cancelled');
    hash.update(chunk);
    await target.writeFile(chunk);
    onBytes?.(chunk.byteLength);
  }
  // It was changed since it was listed.
  if (hash.digest('hex') !== sha256) throw new KenroError('backupDiffers', { path });
}

async function* chunksOf(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r');
  try {
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/**
 * Reads a product's file and puts its contents below a folder, each checked by its hash.
 * @param isWanted refuses a path that is no file of a model
 * @param check of the signature, before anything is put anywhere: given it, `null` = none, and the hash it is to be of
 * @throws {KenroError} `carriedUnreadable` where it is not such a file, or is cut off; `backupDiffers` naming the content that is not what it was;
 *   `cancelled`; what the file system throws
 */
export async function readCarried<Checked>(
  path: string,
  to: string,
  isWanted: (path: string) => boolean,
  check: (signature: SignatureFile | null, sha256: string) => Checked,
  signal?: AbortSignal,
  onProgress?: (done: number, total: number) => void,
): Promise<{ header: CarriedProduct; checked: Checked }> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const { header, sha256, signature, begin } = await readHeader(file, path, size);
    const total = header.files.reduce((sum, { bytes }) => sum + bytes, 0);
    const isSame = begin + total === size && header.files.every((each) => isWanted(each.path));
    if (!isSame) throw new KenroError('carriedUnreadable', { path });
    const checked = check(signature, sha256);
    let at = begin;
    for (const content of header.files) {
      await extract(file, at, content, join(to, content.path), signal);
      at += content.bytes;
      onProgress?.(at - begin, total);
    }
    return { header, checked };
  } finally {
    await file.close();
  }
}

async function readHeader(file: FileHandle, path: string, size: number) {
  const start = Buffer.alloc(magic.byteLength);
  await file.read(start, 0, start.byteLength, 0);
  if (!start.equals(magic)) throw new KenroError('carriedUnreadable', { path });
  const json = await readPart(file, path, size, magic.byteLength, mostHeaderBytes);
  const signed = await readPart(file, path, size, json.end, mostSignatureBytes);
  const parsed = <Schema extends z.ZodType>(schema: Schema, { bytes }: Part) =>
    schema.parse(JSON.parse(bytes.toString('utf8')));
  try {
    const header = parsed(CarriedProduct, json);
    const signature = parsed(SignatureFile.nullable(), signed);
    return { header, sha256: sha256Of(json.bytes), signature, begin: signed.end };
  } catch (cause) {
    throw new KenroError('carriedUnreadable', { path }, { cause });
  }
}

interface Part {
  readonly bytes: Buffer;
  readonly end: number;
}

async function readPart(
  file: FileHandle,
  path: string,
  size: number,
  at: number,
  most: number,
): Promise<Part> {
  const head = Buffer.alloc(4);
  await file.read(head, 0, head.byteLength, at);
  const length = head.readUInt32BE();
  const begin = at + head.byteLength;
  const end = begin + length;
  if (length > most || end > size) throw new KenroError('carriedUnreadable', { path });
  const bytes = Buffer.alloc(length);
  await file.read(bytes, 0, length, begin);
  return { bytes, end };
}

async function extract(
  file: FileHandle,
  at: number,
  { path, bytes, sha256 }: BackupFile,
  to: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const target = await open(to, 'wx');
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, Math.max(bytes, 1)));
  try {
    for (let done = 0; done < bytes;) {
      if (signal?.aborted === true) throw new KenroError('cancelled');
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.byteLength, bytes - done), at + done);
      if (bytesRead === 0) throw new KenroError('carriedUnreadable', { path });
      const chunk = buffer.subarray(0, bytesRead);
      hash.update(chunk);
      await target.writeFile(chunk);
      done += bytesRead;
    }
    await target.sync();
  } finally {
    await target.close();
  }
  if (hash.digest('hex') !== sha256) throw new KenroError('backupDiffers', { path });
}
