import type { Dirent } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, extname, join, resolve } from 'node:path';
import type { ParsedRequestOf, ReplyOf } from '../contract/channels.ts';
import { KenroError } from '../contract/errors.ts';
import { isIgnoredFolder, isImageName, unavailable } from './sources/imageFiles.ts';

type FolderListing = ReplyOf<'folder.list'>;
type FileKind = ParsedRequestOf<'folder.list'>['files'];

/** A screen shows no more; `fileCount` says how many there are. */
const filesShown = 500;
/** Above the drives of Windows. */
const computer = '\\';

/**
 * What is in a folder, for choosing one. `null` = the user's home. On Windows the list of drives is `\`.
 * @throws {KenroError} `folderMissing`, `folderForbidden`.
 */
export async function listFolder(path: string | null, kind: FileKind): Promise<FolderListing> {
  if (process.platform === 'win32' && path === computer) return listDrives();
  const folder = resolve(path ?? homedir());
  const entries = await readdir(folder, { withFileTypes: true }).catch((thrown: unknown) => {
    throw unavailable(thrown, folder);
  });
  const folders = await namesOf(entries, folder, (name, isFolder) => isFolder && !isIgnoredFolder(name));
  const files = await namesOf(entries, folder, (name, isFolder) => !isFolder && isOfKind[kind](name));
  return {
    path: folder,
    parent: parentOf(folder),
    folders: folders.map((name) => ({ name, path: join(folder, name) })),
    files: await Promise.all(files.slice(0, filesShown).map((name) => describeFile(folder, name))),
    fileCount: files.length,
  };
}

const isOfKind: Readonly<Record<FileKind, (name: string) => boolean>> = {
  images: isImageName,
  models: (name) => hasExtension(name, '.onnx'),
  products: (name) => hasExtension(name, '.kenro'),
  tables: (name) => hasExtension(name, '.csv'),
  results: (name) => ['.csv', '.tsv', '.txt'].some((extension) => hasExtension(name, extension)),
  updates: (name) => hasExtension(name, '.kenroupdate'),
  keys: (name) => hasExtension(name, '.json'),
  labels: (name) => ['.txt', '.csv', '.json'].some((extension) => hasExtension(name, extension)),
};

function hasExtension(name: string, extension: string): boolean {
  return !name.startsWith('.') && extname(name).toLowerCase() === extension;
}

async function namesOf(
  entries: readonly Dirent[],
  folder: string,
  wanted: (name: string, isFolder: boolean) => boolean,
): Promise<string[]> {
  const names = await Promise.all(
    entries.map(async (entry) => {
      const target = entry.isSymbolicLink() ? await stat(join(folder, entry.name)).catch(() => null) : entry;
      return target && wanted(entry.name, target.isDirectory()) ? entry.name : null;
    }),
  );
  return names.filter((name) => name !== null).sort(new Intl.Collator(undefined, { numeric: true }).compare);
}

async function describeFile(folder: string, name: string): Promise<FolderListing['files'][number]> {
  const path = join(folder, name);
  const found = await stat(path).catch(() => null);
  return { name, path, bytes: found?.size ?? 0 };
}

function parentOf(folder: string): string | null {
  const parent = dirname(folder);
  if (parent !== folder) return parent;
  return process.platform === 'win32' ? computer : null;
}

async function listDrives(): Promise<FolderListing> {
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].map((letter) => `${letter}:\\`);
  const there = await Promise.all(
    letters.map((drive) =>
      access(drive).then(
        () => true,
        () => false,
      ),
    ),
  );
  const drives = letters.filter((_, index) => there[index]);
  return {
    path: computer,
    parent: null,
    folders: drives.map((path) => ({ name: path, path })),
    files: [],
    fileCount: 0,
  };
}

/** @throws {KenroError} `folderMissing`, `folderForbidden` when a folder chosen by the user cannot be read. */
export async function assertReadable(folder: string): Promise<void> {
  try {
    const found = await stat(folder);
    if (!found.isDirectory()) throw new KenroError('folderMissing', { path: folder });
    await readdir(folder);
  } catch (thrown) {
    throw unavailable(thrown, folder);
  }
}
