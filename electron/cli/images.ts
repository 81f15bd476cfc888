import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { KenroError } from '../contract/errors.ts';
import { isImagePath, listImages } from '../platform/imageFiles.ts';
import type { Given } from './command.ts';
import { limited } from './labelledImages.ts';

/**
 * The images that the positionals name, files as they are and folders with all that lies in them; with `--limit`
 * so many of them, drawn by `--seed`.
 * @throws {KenroError} `folderMissing`, `folderForbidden`, `folderEmpty`
 */
export async function imagesOf(given: Given): Promise<string[]> {
  const files: { path: string }[] = [];
  for (const path of given.positionals) {
    const found = await stat(path).catch(() => null);
    if (found?.isDirectory() || (!found && !isImagePath(path))) {
      const images = await listImages(resolve(path));
      if (images.length === 0) throw new KenroError('folderEmpty', { path: resolve(path) });
      files.push(...images.map((image) => ({ path: image })));
    } else {
      files.push({ path: resolve(path) });
    }
  }
  return limited(files, given).map(({ path }) => path);
}
