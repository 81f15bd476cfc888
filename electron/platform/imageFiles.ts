import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { KenroError } from '../contract/errors.ts';
import { errorCode } from './durableFile.ts';

const imageExtensions = new Set(['.png', '.jpg', '.jpeg', '.jpe', '.bmp', '.tif', '.tiff', '.webp']);

/** Whether a path looks like an image by its extension, upper or lower case. */
export function isImagePath(path: string): boolean {
  return imageExtensions.has(extname(path).toLowerCase());
}

/** A folder that cannot be read, as an expected failure; anything else unchanged. */
export function asFolderError(thrown: unknown, path: string): unknown {
  const code = errorCode(thrown);
  // No folder can have a name that is too long, or one that leads in a circle.
  if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP'].includes(code ?? '')) {
    return new KenroError('folderMissing', { path }, { cause: thrown });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new KenroError('folderForbidden', { path }, { cause: thrown });
  }
  return thrown;
}

/**
 * All images below a folder and its subfolders, sorted by path; hidden files and folders left out.
 * @throws {KenroError} `folderMissing`, `folderForbidden` (also for a subfolder: a data set with a hole in it
 *   would be silently another data set)
 */
export async function listImages(folder: string): Promise<string[]> {
  const images: string[] = [];
  const folders = [folder];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    const path = next;
    const entries = await readdir(path, { withFileTypes: true }).catch((thrown: unknown) => {
      throw asFolderError(thrown, path);
    });
    for (const entry of entries) {
      if (entry.name.startsWith('.')) continue;
      if (entry.isDirectory()) folders.push(join(path, entry.name));
      else if (isImagePath(entry.name)) images.push(join(path, entry.name));
    }
  }
  return images.sort();
}
