import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { KenroError } from '../contract/errors.ts';

/**
 * Writes a file so that after the promise resolves it survives a power cut, and so that nobody ever sees half
 * of it: written beside its place, flushed, renamed.
 * @throws {KenroError} `diskFull`, `diskReadOnly`.
 */
export async function writeDurably(path: string, content: Uint8Array | string): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(draft, 'wx');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
    await flushFolder(dirname(path));
  } catch (thrown) {
    await rm(draft, { force: true });
    throw asDiskError(thrown, path);
  }
}

/** Makes a rename or a removal inside `folder` survive a power cut, where the system offers that. */
export async function flushFolder(folder: string): Promise<void> {
  // Windows cannot open a folder for flushing; NTFS journals the rename by itself.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The same for a folder and all folders below it: a file that was flushed may else lie in a folder that is gone. */
export async function flushFolders(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await flushFolders(join(folder, entry.name));
  }
  await flushFolder(folder);
}

/** Copies a file so that its content survives a power cut; its name does when its folder is flushed. */
export async function copyDurably(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
  const file = await open(to, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Takes away what a kill left of files and folders that were being written into `folder`. */
export async function dropDrafts(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.endsWith('.tmp')) await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** A full or read-only disk as an expected failure; anything else unchanged. */
export function asDiskError(thrown: unknown, path: string): unknown {
  const code = errorCode(thrown);
  if (code === 'ENOSPC' || code === 'EDQUOT') return new KenroError('diskFull', { path }, { cause: thrown });
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') {
    return new KenroError('diskReadOnly', { path }, { cause: thrown });
  }
  return thrown;
}

/** The system's code of a failed file operation (`ENOENT`, …), or `undefined` for anything else. */
export function errorCode(thrown: unknown): string | undefined {
  const code = (thrown as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}
