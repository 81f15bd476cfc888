import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { KenroError } from '../contract/errors.ts';
import { asFolderError, listImages } from '../platform/imageFiles.ts';
import { readRows, readTableFile } from './tableFile.ts';

export type Split = 'train' | 'test';

/** An image with its truth. */
export interface Sample {
  readonly path: string;
  /** `ok`, or the defect type. */
  readonly label: string;
  /** `null` where the data set does not say. */
  readonly split: Split | null;
  /** Images of one group are related and stay on one side of every split. */
  readonly group: string | null;
  readonly weight: number;
}

export interface Dataset {
  readonly layout: 'classes' | 'mvtec' | 'csv';
  /** Sorted by path. */
  readonly samples: readonly Sample[];
}

export interface Grouping {
  /** Column of a CSV file; `group` when absent. */
  readonly column?: string;
  /** Applied to the file's name; its first group, or else the whole match, is the group's name. */
  readonly pattern?: RegExp;
}

/**
 * Reads a labelled data set: class folders (`DIR/<class>/…`), the layout of MVTec AD (`train/good`,
 * `test/<defect>`), or a CSV file (`path,label[,split][,group][,weight]`, paths relative to it).
 * @throws {KenroError} `folderMissing`, `folderForbidden`, `folderEmpty`, `badRequest` (a CSV file that lacks a
 *   column or has a wrong value), and as `readTableFile` and `readRows`
 */
export async function readDataset(path: string, grouping: Grouping = {}): Promise<Dataset> {
  const root = resolve(path);
  const found = await stat(root).catch((thrown: unknown) => {
    throw asFolderError(thrown, root);
  });
  const dataset = found.isFile() ? await readCsv(root, grouping) : await readFolders(root);
  if (dataset.samples.length === 0) throw new KenroError('folderEmpty', { path: root });
  const samples = dataset.samples.map((sample) => ({ ...sample, group: groupOf(sample, grouping) }));
  return { ...dataset, samples: samples.sort((a, b) => (a.path < b.path ? -1 : 1)) };
}

/** What a model is judged on: the test part of a data set that has one, else all of it. */
export function testSamples({ samples }: Dataset): readonly Sample[] {
  const test = samples.filter((sample) => sample.split === 'test');
  return test.length > 0 ? test : samples;
}

/** The first `limit` samples of an order that depends on nothing but the seed and the files' places in `root`. */
export function shuffled<T extends { readonly path: string }>(
  samples: readonly T[],
  seed: number,
  limit: number = samples.length,
): T[] {
  const rank = (sample: T, at: number) =>
    createHash('sha256')
      .update(`${seed}/${at}/${basename(sample.path)}`)
      .digest('hex');
  return samples
    .map((sample, at) => ({ sample, rank: rank(sample, at) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, limit)
    .map(({ sample }) => sample);
}

/** `good` and `ok` in any case mean OK; every other name is a defect type of its own. */
export function labelOf(name: string): string {
  return /^(good|ok)$/i.test(name.trim()) ? 'ok' : name.trim();
}

async function readFolders(root: string): Promise<Omit<Dataset, 'samples'> & { samples: Sample[] }> {
  const names = await subfolders(root);
  if (names.includes('test')) {
    const train = names.includes('train') ? await readClasses(join(root, 'train'), 'train') : [];
    const test = await readClasses(join(root, 'test'), 'test');
    return { layout: 'mvtec', samples: [...train, ...test] };
  }
  return { layout: 'classes', samples: await readClasses(root, null) };
}

async function readClasses(folder: string, split: Split | null): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const name of await subfolders(folder)) {
    for (const path of await listImages(join(folder, name))) {
      samples.push({ path, label: labelOf(name), split, group: null, weight: 1 });
    }
  }
  return samples;
}

async function subfolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((thrown: unknown) => {
    throw asFolderError(thrown, folder);
  });
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name);
}

const mostSamples = 1_000_000;

async function readCsv(path: string, { column }: Grouping): Promise<Dataset> {
  const refuse = (reason: string) => new KenroError('badRequest', { file: path, reason });
  const [head, ...rows] = await readRows(await readTableFile(path), ',', path, mostSamples);
  const header = head?.fields;
  const at = (name: string) => header?.indexOf(name) ?? -1;
  for (const name of ['path', 'label', ...(column === undefined ? [] : [column])]) {
    if (at(name) >= 0) continue;
    const reason = `no column "${name}" in the first line`;
    throw new KenroError('badRequest', { file: path, column: name, reason });
  }
  const samples = rows.map(({ fields: row, line }): Sample => {
    const field = (name: string) => row[at(name)]?.trim() ?? '';
    const wrong = (name: string) => refuse(`line ${line}: ${name} "${field(name)}"`);
    if (field('path') === '') throw wrong('path');
    if (field('label') === '') throw wrong('label');
    const split = splits.get(field('split').toLowerCase());
    if (split === undefined) throw wrong('split');
    const weight = field('weight') === '' ? 1 : Number(field('weight'));
    if (!(weight >= 0 && weight < Infinity)) throw wrong('weight');
    return {
      path: resolve(dirname(path), field('path')),
      label: labelOf(field('label')),
      split,
      group: field(column ?? 'group') || null,
      weight,
    };
  });
  return { layout: 'csv', samples };
}

const splits = new Map<string, Split | null>([
  ['', null],
  ['train', 'train'],
  ['test', 'test'],
]);

function groupOf(sample: Sample, { pattern }: Grouping): string | null {
  const match = pattern?.exec(basename(sample.path));
  return match ? (match[1] ?? match[0]) : sample.group;
}
