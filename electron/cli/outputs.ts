import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { UsageError } from './command.ts';

/**
 * The file that a flag names as the place of a result, checked before anything is computed.
 * @throws {UsageError} where it is a folder, or a file stands where one of its folders should
 */
export async function fileToWrite(flag: string, named: string): Promise<string> {
  const path = resolve(named);
  const kind = await kindOf(path);
  if (kind === 'folder')
    throw new UsageError(`--${flag} needs a file, and ${named} is a folder; name a file in it`);
  if (kind === 'none') await checkFolder(flag, dirname(path));
  return path;
}

/**
 * The folder that a flag names as the place of results; it need not be there yet.
 * @throws {UsageError} where it, or what it lies in, is a file
 */
export async function folderToWrite(flag: string, named: string): Promise<string> {
  const path = resolve(named);
  await checkFolder(flag, path);
  return path;
}

async function checkFolder(flag: string, path: string): Promise<void> {
  const kind = await kindOf(path);
  if (kind === 'file')
    throw new UsageError(`--${flag} needs a folder, and ${path} is a file; name another place`);
  if (kind === 'none' && dirname(path) !== path) await checkFolder(flag, dirname(path));
}

/** `none` also for what cannot be looked at: writing will say why. */
async function kindOf(path: string): Promise<'file' | 'folder' | 'none'> {
  const found = await stat(path).catch(() => null);
  return found === null ? 'none' : found.isDirectory() ? 'folder' : 'file';
}
