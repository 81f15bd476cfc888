import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { folderLine, picture } from '../support/folderLine.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { sizes, tell } from './support/sizes.ts';

it('a flood of files in a watched folder is taken one by one, each once', async () => {
  const root = await temporaryFolder();
  const path = join(root, 'watched');
  await mkdir(path);
  const line = folderLine({ path, baselineFile: join(root, 'baseline.json'), config: { existing: true } });
  await line.start();
  const names = Array.from({ length: sizes.files }, (_, index) => `${index}.png`);
  for (const name of names) await writeFile(join(path, name), picture(name));
  await line.until(names.length, 60_000 + 50 * names.length);
  await line.stop();
  expect(line.judged.map(({ origin }) => origin).toSorted()).toEqual(names.toSorted());
  expect(line.judged.every(({ reason }) => reason === null)).toBe(true);
  tell(`${names.length} files at once, each judged once`);
});
