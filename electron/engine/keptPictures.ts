import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '../platform/durableFile.ts';
import type { EncodedPicture } from './pictureRing.ts';

/** Extensions under which pictures are kept. */
export const keptExtensions = ['png', 'jpg', 'bmp', 'tif', 'webp'] as const;

/** Where a picture is kept: two levels, so that no folder grows to millions of entries. */
export function keptPath(imagesDir: string, hash: string, extension: string): string {
  return join(imagesDir, hash.slice(0, 2), `${hash}.${extension}`);
}

/** The file of a kept picture, or `null` when there is none. */
export async function findKept(imagesDir: string, hash: string): Promise<string | null> {
  for (const extension of keptExtensions) {
    const path = keptPath(imagesDir, hash, extension);
    if (await stat(path).catch(() => null)) return path;
  }
  return null;
}

/**
 * Writes a picture under its hash, complete or not at all; one that is there already is left alone.
 * @throws {KenroError} `diskFull`, `diskReadOnly`
 */
export async function keepPicture(imagesDir: string, picture: EncodedPicture): Promise<void> {
  const path = keptPath(imagesDir, picture.hash, picture.extension);
  const known = await stat(path).catch(() => null);
  if (known?.size === picture.bytes.byteLength) return;
  await writeDurably(path, picture.bytes);
}
