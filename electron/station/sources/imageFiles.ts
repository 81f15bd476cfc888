import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { KenroError } from '../../contract/errors.ts';
import { asFolderError, isImagePath } from '../../platform/imageFiles.ts';

/** Folders that systems and storage devices put beside the pictures. */
const systemFolders = new Set(['$recycle.bin', 'system volume information', '@eadir', '#recycle']);

/** A file as it was at one moment. */
export interface FileState {
  /** Relative to the watched folder, with `/`. */
  readonly path: string;
  readonly bytes: number;
  /** Nanoseconds since 1970. */
  readonly modifiedNs: bigint;
  /** When content, name or owner changed last: for a file moved into the folder, when it came. */
  readonly changedNs: bigint;
}

/** Whether a name is that of an image: by extension, hidden and temporary files left out. */
export function isImageName(name: string): boolean {
  return !isHidden(name) && isImagePath(name);
}

/** Whether no part of a relative path is hidden or a system's own. */
export function isWatchedPath(path: string): boolean {
  const names = path.split('/');
  const name = names.pop() ?? '';
  return isImageName(name) && names.every((folder) => !isIgnoredFolder(folder));
}

export function isIgnoredFolder(name: string): boolean {
  return isHidden(name) || systemFolders.has(name.toLowerCase());
}

function isHidden(name: string): boolean {
  return name.startsWith('.') || name.startsWith('~');
}

/** The state of one file, or `null` when it is not there, not a file or not ours to read. */
export async function fileState(root: string, path: string): Promise<FileState | null> {
  let found: BigIntStats;
  try {
    found = await stat(join(root, path), { bigint: true });
  } catch {
    return null;
  }
  if (!found.isFile()) return null;
  return { path, bytes: Number(found.size), modifiedNs: found.mtimeNs, changedNs: found.ctimeNs };
}

/** SHA-256 of what a file holds now, lower-case hexadecimal, or `null` when it cannot be read. */
export async function contentHash(root: string, path: string): Promise<string | null> {
  const bytes = await readFile(join(root, path)).catch(() => null);
  return bytes && createHash('sha256').update(bytes).digest('hex');
}

export function sameState(a: FileState, b: FileState): boolean {
  return a.bytes === b.bytes && a.modifiedNs === b.modifiedNs;
}

/**
 * All images below a folder, folder by folder. A link to a file counts as the file; a link to a folder is not
 * followed, so links cannot lead round in circles. Subfolders that cannot be read are left out.
 * @throws {KenroError} `folderMissing`, `folderForbidden` for the folder itself.
 */
export async function* imageFiles(root: string, subfolders: boolean): AsyncGenerator<FileState[]> {
  const folders = [''];
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    const entries = await readdir(join(root, folder), { withFileTypes: true }).catch((thrown: unknown) => {
      if (folder === '') throw unavailable(thrown, root);
      return [];
    });
    const names: string[] = [];
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (subfolders && !isIgnoredFolder(entry.name)) folders.push(path);
      } else if (isImageName(entry.name)) names.push(path);
    }
    for (let start = 0; start < names.length; start += 64) {
      const states = await Promise.all(names.slice(start, start + 64).map((path) => fileState(root, path)));
      yield states.filter((state) => state !== null);
    }
  }
}

/** A folder that cannot be read, as an expected failure: a network share fails in many ways, all mean "not there". */
export function unavailable(thrown: unknown, path: string): KenroError {
  const error = asFolderError(thrown, path);
  return error instanceof KenroError ? error : new KenroError('folderMissing', { path }, { cause: thrown });
}

/** A path relative to the watched folder as it is written on record, the same on every system. */
export function slashed(path: string): string {
  return sep === '/' ? path : path.replaceAll(sep, '/');
}
