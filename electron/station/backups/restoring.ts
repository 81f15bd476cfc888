import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { BackupManifest } from '../../contract/backups.ts';
import type { ErrorInfo } from '../../contract/errors.ts';
import { copyDurably, flushFolder, flushFolders, writeDurably } from '../../platform/durableFile.ts';
import type { DataPaths } from '../../platform/paths.ts';
import { appendAudit } from '../../store/audit.ts';
import { stamp } from '../../store/backup.ts';
import type { WritableDb } from '../../store/db.ts';
import { filesBelow } from './makeSet.ts';

/** Who wants which backup, and what it costs. Written last: a restore that has it is carried out at the next start. */
const Staged = z.object({
  from: z.string(),
  actor: z.string(),
  reason: z.string(),
  stagedMs: z.number().int().nonnegative(),
  /** On record in the present database after the newest part of the backup; 0 for another station's. */
  lostParts: z.number().int().nonnegative(),
  manifest: BackupManifest,
});
export type Staged = z.infer<typeof Staged>;

/** Of the present database; all of it is kept. */
const present = ['kenro.db-wal', 'kenro.db-shm', 'kenro.db', 'audit-anchors.txt'];

const stagingOf = (paths: DataPaths) => join(paths.root, 'restore');
const orderOf = (paths: DataPaths) => join(stagingOf(paths), 'restore.json');
/** Where what a restore replaces lies from then on. */
export const keptOf = (paths: DataPaths, staged: Pick<Staged, 'stagedMs'>) =>
  join(paths.root, `before-restore-${stamp(staged.stagedMs)}`);

/** An empty place for the files of a restore; one that was not finished is gone. */
export function beginStaging(paths: DataPaths): string {
  const folder = stagingOf(paths);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'models'), { recursive: true });
  return folder;
}

/** From here on the next start carries it out. */
export async function orderRestore(paths: DataPaths, staged: Staged): Promise<void> {
  await writeDurably(orderOf(paths), JSON.stringify(staged, null, 2));
}

export function dropStaging(paths: DataPaths): void {
  rmSync(stagingOf(paths), { recursive: true, force: true });
}

/**
 * Puts what was staged in the place of the present data, which is kept aside whole. May be cut off at any point
 * and is then finished by the next call. To be called before the database is opened.
 * @returns what was put in place, or `null` where nothing was staged
 */
export async function applyStaged(paths: DataPaths): Promise<Staged | null> {
  if (!existsSync(orderOf(paths))) {
    dropStaging(paths);
    return null;
  }
  const staged = Staged.parse(JSON.parse(readFileSync(orderOf(paths), 'utf8')));
  const folder = stagingOf(paths);
  const kept = keptOf(paths, staged);
  await placeModels(join(folder, 'models'), paths.models);
  const database = join(folder, 'kenro.db');
  // Gone from there: it is in its place already.
  if (existsSync(database)) {
    mkdirSync(kept, { recursive: true });
    for (const name of present) {
      if (existsSync(join(paths.root, name))) renameSync(join(paths.root, name), join(kept, name));
    }
    // Damage found later must lead back here, not to a copy of what was replaced.
    await copyDurably(database, join(paths.backups, `kenro-${stamp(staged.stagedMs)}-routine.db`));
    for (const folder of [kept, paths.backups]) await flushFolder(folder);
    renameSync(database, paths.database);
    await flushFolder(paths.root);
  }
  return staged;
}

/** What is there under the same name is the same: models never change. References are read anew with them. */
async function placeModels(from: string, to: string): Promise<void> {
  if (!existsSync(from)) return;
  for (const path of await filesBelow(from)) {
    mkdirSync(dirname(join(to, path)), { recursive: true });
    renameSync(join(from, path), join(to, path));
  }
  await flushFolders(to);
}

/** Takes back a restore whose database cannot be used; it is kept aside like the data it was to replace. */
export function undoRestore(paths: DataPaths, staged: Staged): void {
  const kept = keptOf(paths, staged);
  const refused = `${kept}-refused`;
  mkdirSync(refused, { recursive: true });
  for (const name of present) {
    const path = join(paths.root, name);
    if (existsSync(path)) renameSync(path, join(refused, name));
    if (existsSync(join(kept, name))) renameSync(join(kept, name), path);
  }
  rmSync(join(paths.backups, `kenro-${stamp(staged.stagedMs)}-routine.db`), { force: true });
  rmSync(kept, { recursive: true, force: true });
  dropStaging(paths);
}

/** Writes the restore into the restored trail and ends it. @returns what the screen says: what was restored, what is lost */
export function finishRestore(paths: DataPaths, db: WritableDb, staged: Staged, nowMs: number): ErrorInfo {
  const { from, actor, reason, lostParts, manifest } = staged;
  const kept = keptOf(paths, staged);
  const of = { madeMs: manifest.madeMs, sha256: manifest.database.sha256, app: manifest.app };
  appendAudit(
    db,
    { actor, action: 'backup.restore', detail: { from, ...of, reason, lostParts, kept } },
    nowMs,
  );
  dropStaging(paths);
  return { kind: 'restored', params: { path: from, madeMs: manifest.madeMs, lostParts, kept } };
}
