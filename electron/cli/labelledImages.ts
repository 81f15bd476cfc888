import { readDataset, shuffled } from '../learning/dataset.ts';
import type { Dataset } from '../learning/dataset.ts';
import { UsageError } from './command.ts';
import type { Flags, Given } from './command.ts';

/** Flags of the commands that read labelled images. */
export const dataFlags: Flags = {
  data: { type: 'string', value: 'DIR', help: 'the labelled images', required: true },
  group: { type: 'string', value: 'COLUMN', help: 'CSV column that names related images' },
  'group-pattern': {
    type: 'string',
    value: 'REGEX',
    help: 'part of the file name that related images share',
  },
};

/** What their help says of `--data`. */
export const dataDetails = [
  'DIR: class folders (DIR/<class>/*.png), the layout of MVTec AD (test/good, test/<defect>), or a CSV file',
  '(path,label[,split][,group][,weight]). "good" and "ok" mean OK.',
];

/** Reads `--data`. @throws {UsageError | KenroError} as `readDataset` */
export function labelledImages(given: Given): Promise<Dataset> {
  const column = given.text('group');
  const pattern = given.text('group-pattern');
  return readDataset(given.text('data') as string, {
    ...(column === undefined ? {} : { column }),
    ...(pattern === undefined ? {} : { pattern: regularExpression(pattern) }),
  });
}

/** The first `--limit` samples after a seeded shuffle; without the flag all of them, in their order. */
export function limited<Item extends { readonly path: string }>(
  samples: readonly Item[],
  given: Given,
): readonly Item[] {
  const seed = given.integer('seed', 0, 0, 0xffff_ffff);
  if (!given.has('limit')) return samples;
  return shuffled(samples, seed, given.integer('limit', samples.length, 1, Number.MAX_SAFE_INTEGER));
}

function regularExpression(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch {
    throw new UsageError(`--group-pattern is no regular expression: ${pattern}`);
  }
}
