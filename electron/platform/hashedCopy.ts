import { createHash } from 'node:crypto';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { KenroError } from '../contract/errors.ts';

/** Read, hashed and written at a time: the line shares the disk, and a cancelled copy ends within one. */
const chunkBytes = 4 * 2 ** 20;

export interface HashedCopyOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told of each stretch that was read. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/**
 * Copies a file a stretch at a time, flushed to the disk when the promise resolves.
 * @returns SHA-256 of what was read, lower-case hexadecimal
 * @throws {KenroError} `cancelled`; otherwise what the file system throws
 */
export async function copyHashed(from: string, to: string, options: HashedCopyOptions = {}): Promise<string> {
  await mkdir(dirname(to), { recursive: true });
  const target = await open(to, 'w');
  try {
    const sha256 = await eachChunk(from, options, (chunk) => writeAll(target, chunk));
    await target.sync();
    return sha256;
  } finally {
    await target.close();
  }
}

/** SHA-256 of a file, lower-case hexadecimal. @throws as `copyHashed` */
export function hashFile(path: string, options: HashedCopyOptions = {}): Promise<string> {
  return eachChunk(path, options, async () => undefined);
}

async function eachChunk(
  path: string,
  { signal, onBytes }: HashedCopyOptions,
  work: (chunk: Uint8Array) => Promise<void>,
): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(chunkBytes);
  const file = await open(path, 'r');
  try {
    for (;;) {
      if (signal?.aborted === true) throw new KenroError('cancelled');
      const { bytesRead } = await file.read(buffer, 0, chunkBytes);
      if (bytesRead === 0) return hash.digest('hex');
      const chunk = buffer.subarray(0, bytesRead);
      hash.update(chunk);
      await work(chunk);
      onBytes?.(bytesRead);
    }
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.byteLength;) {
    written += (await file.write(bytes, written)).bytesWritten;
  }
}
