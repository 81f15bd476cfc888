import { join } from 'node:path';
import type { BackupFile, BackupManifest } from '../../contract/backups.ts';
import { KenroError } from '../../contract/errors.ts';
import { errorCode } from '../../platform/durableFile.ts';
import { copyHashed, type HashedCopyOptions } from '../../platform/hashedCopy.ts';
import { contentOf } from '../../store/databaseContent.ts';
import { isCorrupt } from '../../store/errors.ts';
import { isFileSound } from '../../store/fileSound.ts';
import { migrations } from '../../store/migrations/index.ts';
import { modelsOf, readManifest } from './backupSets.ts';

/**
 * Copies a backup to a place of its own and checks it there: what is checked is what will be used.
 * @param to folder for `kenro.db` and `models/`
 * @param onProgress in bytes
 * @throws {KenroError} `cancelled`; `notFound`, `backupUnreadable` for the manifest; `databaseNewer` where a newer Kenro has made
 *   it; `backupDiffers` naming the file that is not what the manifest says, or gone; `databaseCorrupt`; `diskFull`
 */
export async function copyChecked(
  set: string,
  to: string,
  signal?: AbortSignal,
  onProgress?: (done: number, total: number) => void,
): Promise<BackupManifest> {
  const manifest = await readManifest(set);
  const known = migrations.at(-1)?.version ?? 0;
  const { schema: found, app } = manifest;
  if (found > known) throw new KenroError('databaseNewer', { path: set, found, known, app });
  const files: [string, BackupFile, string][] = [
    [join(set, 'kenro.db'), manifest.database, join(to, 'kenro.db')],
    ...manifest.models.map((file): [string, BackupFile, string] => {
      return [join(modelsOf(set), file.path), file, join(to, 'models', file.path)];
    }),
  ];
  const total = files.reduce((sum, [, { bytes }]) => sum + bytes, 0);
  let done = 0;
  const options = { signal, onBytes: (bytes: number) => onProgress?.((done += bytes), total) };
  for (const [from, file, target] of files) await copyOne(from, file, target, options);
  await assertSound(join(to, 'kenro.db'), manifest, signal);
  return manifest;
}

async function copyOne(
  from: string,
  { sha256 }: BackupFile,
  to: string,
  options: HashedCopyOptions,
): Promise<void> {
  const copied = await copyHashed(from, to, options).catch((thrown: unknown) => {
    if (errorCode(thrown) !== 'ENOENT') throw thrown;
    throw new KenroError('backupDiffers', { path: from }, { cause: thrown });
  });
  if (copied !== sha256) throw new KenroError('backupDiffers', { path: from });
}

/** The database itself, not only its bytes, and that it is the one that the manifest tells of. */
async function assertSound(path: string, manifest: BackupManifest, signal?: AbortSignal): Promise<void> {
  if (!(await isFileSound(path, signal))) throw new KenroError('databaseCorrupt', { path });
  try {
    const { schema, station, parts } = contentOf(path);
    const isSame = schema === manifest.schema && station === manifest.station && parts === manifest.parts;
    if (!isSame) throw new KenroError('backupDiffers', { path });
  } catch (thrown) {
    throw isCorrupt(thrown) ? new KenroError('databaseCorrupt', { path }, { cause: thrown }) : thrown;
  }
}
