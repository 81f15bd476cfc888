import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { replaceFolder } from '../../../build/replaceFolder.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

async function folderWith(text: string, path: string): Promise<string> {
  await mkdir(path);
  await writeFile(join(path, 'index.html'), text);
  return path;
}

test('a finished folder takes the place of none or of another, and nothing else stays behind', async () => {
  const folder = await temporaryFolder();
  const place = join(folder, 'page');
  for (const text of ['first', 'second']) {
    replaceFolder(await folderWith(text, join(folder, 'new')), place);
    expect(await readFile(join(place, 'index.html'), 'utf8')).toBe(text);
    expect(await readdir(folder)).toEqual(['page']);
  }
});

test('a folder that cannot be moved away is a failure, and the finished one is kept', async () => {
  const folder = await temporaryFolder();
  const finished = await folderWith('new', join(folder, 'new'));
  expect(() => replaceFolder(finished, join(folder, 'missing', 'deep', 'page'))).toThrow('ENOENT');
  expect(existsSync(finished)).toBe(true);
});
