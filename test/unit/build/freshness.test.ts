import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { digestOf } from '../../../build/freshness.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

test('what is built is stale when a file changes, comes or goes, and not when only its time does', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'deep'));
  const file = join(folder, 'deep', 'a.ts');
  await writeFile(file, '1');
  const before = digestOf([folder]);
  await utimes(file, 1, 1);
  expect(digestOf([folder])).toBe(before);
  await writeFile(file, '2');
  const changed = digestOf([folder]);
  expect(changed).not.toBe(before);
  await writeFile(join(folder, 'b.ts'), '');
  expect(digestOf([folder])).not.toBe(changed);
  expect(digestOf([file, join(folder, 'missing')])).toBe(digestOf([file]));
});
