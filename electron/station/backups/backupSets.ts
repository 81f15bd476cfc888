import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupManifest, type BackupSet } from '../../contract/backups.ts';
import { KenroError } from '../../contract/errors.ts';
import { errorCode, flushFolder } from '../../platform/durableFile.ts';
import { stamp } from '../../store/backup.ts';

/**
 * Backups in a folder, `kenro-<station>/` a station:
 * `models/…` content by its hash, once for all backups; `<time>/kenro.db` and, last, `<time>/backup.json`.
 */
const stationFolder = /^kenro-[0-9a-f]{12}$/;
const setFolder = /^\d{8}T\d{9}Z$/;
const manifestName = 'backup.json';

export function folderOfStation(folder: string, station: string): string {
  return join(folder, `kenro-${station}`);
}

export const setPath = (folder: string, madeMs: number) => join(folder, stamp(madeMs));
export const manifestPath = (set: string) => join(set, manifestName);
/** Beside the backups of a station. */
export const modelsOf = (set: string) => join(set, '..', 'models');

/** @throws {KenroError} `notFound` where there is none, `backupUnreadable` */
export async function readManifest(set: string): Promise<BackupManifest> {
  const path = manifestPath(set);
  try {
    return BackupManifest.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') throw new KenroError('notFound', { what: 'backup', path }, { cause });
    throw new KenroError('backupUnreadable', { path }, { cause });
  }
}

/** Whole backups of all stations below a folder, newest first; one that cannot be read is none. */
export async function listSets(folder: string, own: string): Promise<BackupSet[]> {
  const stations = (await namesIn(folder)).filter((name) => stationFolder.test(name));
  // A folder of one station may be chosen itself, too.
  const places = [folder, ...stations.map((name) => join(folder, name))];
  const sets = await Promise.all(places.map((place) => setsIn(place, own)));
  return sets.flat().sort((a, b) => b.madeMs - a.madeMs);
}

async function setsIn(place: string, own: string): Promise<BackupSet[]> {
  const names = (await namesIn(place)).filter((name) => setFolder.test(name));
  const sets = await Promise.all(
    names.map(async (name) => {
      const path = join(place, name);
      const manifest = await readManifest(path).catch(() => null);
      return manifest && setOf(path, manifest, own);
    }),
  );
  return sets.filter((set) => set !== null);
}

export function setOf(path: string, manifest: BackupManifest, own: string): BackupSet {
  const { app, madeMs, parts, lastPartMs, database, models, station } = manifest;
  const bytes = models.reduce((sum, file) => sum + file.bytes, database.bytes);
  return { path, app, madeMs, parts, lastPartMs, bytes, isOwn: station === own };
}

/**
 * Takes the oldest backups of a station away, and the models that none of the rest has. The manifest goes first: half a
 * backup is none.
 */
export async function pruneSets(place: string, keep: number, own: string, nowMs: number): Promise<void> {
  // What lies in the future was made before the clock was set back.
  const age = ({ madeMs }: BackupSet) => (madeMs > nowMs ? madeMs - nowMs + 1e15 : nowMs - madeMs);
  const sets = (await setsIn(place, own)).sort((a, b) => age(a) - age(b));
  for (const { path } of sets.slice(keep)) {
    await rm(manifestPath(path), { force: true });
    await flushFolder(path);
    await rm(path, { recursive: true, force: true });
  }
  if (sets.length <= keep) return;
  const used = new Set<string>();
  for (const { path } of sets.slice(0, keep)) {
    for (const file of (await readManifest(path)).models) used.add(file.path.split('/')[0] as string);
  }
  const models = join(place, 'models');
  for (const name of await namesIn(models)) {
    if (!used.has(name)) await rm(join(models, name), { recursive: true, force: true });
  }
}

export async function makeStationFolder(folder: string, station: string): Promise<string> {
  const place = folderOfStation(folder, station);
  await mkdir(join(place, 'models'), { recursive: true });
  return place;
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((thrown: unknown) => {
    if (errorCode(thrown) === 'ENOENT' || errorCode(thrown) === 'ENOTDIR') return [];
    throw thrown;
  });
}
