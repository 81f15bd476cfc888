import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackupFile, BackupManifest } from '../../contract/backups.ts';
import { KenroError } from '../../contract/errors.ts';
import { flushFolder, flushFolders, writeDurably } from '../../platform/durableFile.ts';
import { copyHashed, hashFile } from '../../platform/hashedCopy.ts';
import type { DataPaths } from '../../platform/paths.ts';
import { backUp } from '../../store/backup.ts';
import type { ReadableDb } from '../../store/db.ts';
import { contentOf } from '../../store/databaseContent.ts';
import { makeStationFolder, manifestPath, pruneSets, setPath } from './backupSets.ts';

export interface SetOptions {
  readonly db: ReadableDb;
  readonly paths: DataPaths;
  readonly folder: string;
  readonly keep: number;
  readonly app: string;
  readonly nowMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?:
    ((stage: 'database' | 'models' | 'copy', done: number, total: number) => void) | undefined;
}

/**
 * Copies the whole station, models and settings included, into a folder that is there already. The database is first copied on this
 * computer a little at a time and read through, so that the line does not wait for a slow share; what goes over
 * is then a file that nobody changes, and is read back. Pictures and trainings stay where they are.
 * @throws {KenroError} `cancelled`, `diskFull`, `diskReadOnly`, `databaseCorrupt`, `backupDiffers` when what
 *   was read back is not what was written
 */
export async function makeSet(options: SetOptions): Promise<{ path: string; manifest: BackupManifest }> {
  const { db, paths, folder, keep, app, nowMs, signal, onProgress } = options;
  onProgress?.('database', 0, 0);
  const local = await backUp(db, paths, nowMs, 'routine', signal);
  const content = contentOf(local.path);
  const place = await makeStationFolder(folder, content.station);
  const path = setPath(place, nowMs);
  try {
    const models = await copyModels(paths.models, join(place, 'models'), options);
    await flushFolders(join(place, 'models'));
    const { size: bytes } = await stat(local.path);
    let done = 0;
    const onBytes = (read: number) => onProgress?.('copy', (done += read), 2 * bytes);
    const target = join(path, 'kenro.db');
    const sha256 = await copyHashed(local.path, target, { signal, onBytes });
    if ((await hashFile(target, { signal, onBytes })) !== sha256) {
      throw new KenroError('backupDiffers', { path: target });
    }
    const database: BackupFile = { path: 'kenro.db', bytes, sha256 };
    const manifest: BackupManifest = { format: 1, app, ...content, madeMs: nowMs, database, models };
    await writeDurably(manifestPath(path), JSON.stringify(manifest, null, 2));
    for (const flushed of [place, folder]) await flushFolder(flushed);
    await pruneSets(place, keep, content.station, nowMs);
    return { path, manifest };
  } catch (thrown) {
    // Where even that cannot be done (the share is gone), a folder without a manifest is no backup.
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
    throw thrown;
  }
}

/** Models never change: one that is there with its size and hash is not copied again. */
async function copyModels(
  from: string,
  to: string,
  { signal, onProgress }: SetOptions,
): Promise<BackupFile[]> {
  const names = await filesBelow(from);
  const files: BackupFile[] = [];
  for (const [index, path] of names.entries()) {
    onProgress?.('models', index, names.length);
    files.push(await copyModel(join(from, path), join(to, path), path, signal));
  }
  return files;
}

async function copyModel(from: string, to: string, path: string, signal: AbortSignal | undefined) {
  const [{ size: bytes }, there] = [await stat(from), await stat(to).catch(() => null)];
  const sha256 = await hashFile(from, { signal });
  if (there?.size === bytes && (await hashFile(to, { signal })) === sha256) return { path, bytes, sha256 };
  const draft = `${to}.part`;
  await copyHashed(from, draft, { signal });
  if ((await hashFile(draft, { signal })) !== sha256) throw new KenroError('backupDiffers', { path: to });
  await rename(draft, to);
  return { path, bytes, sha256 };
}

/** Relative, with `/`; drafts left out. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .filter((path) => !/\.tmp(\/|$)|\.part$/.test(path))
    .sort();
}
