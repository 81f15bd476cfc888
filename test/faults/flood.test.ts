import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { folderLine, picture } from '../support/folderLine.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { Gauge } from './support/gauge.ts';
import { sizes, tell } from './support/sizes.ts';

/** What the watch and the record of this test keep of a file, and rubbish that was not collected yet. */
const mostBytesAFile = 10_000;

it('a flood of files in a watched folder is taken one by one, each once', async () => {
  const root = await temporaryFolder();
  const path = join(root, 'watched');
  await mkdir(path);
  const line = folderLine({ path, baselineFile: join(root, 'baseline.json'), config: { existing: true } });
  await line.start();
  const names = Array.from({ length: sizes.files }, (_, index) => `${index}.png`);
  for (const name of names) await writeFile(join(path, name), picture(name));
  const gauge = new Gauge();
  const reading = setInterval(() => gauge.read(), 20);
  await line.until(names.length, 60_000 + 50 * names.length);
  clearInterval(reading);
  await line.stop();
  expect(line.judged.map(({ origin }) => origin).toSorted()).toEqual(names.toSorted());
  expect(line.judged.every(({ reason }) => reason === null)).toBe(true);
  expect(gauge.last.usedMb - gauge.settled.usedMb).toBeLessThan((names.length * mostBytesAFile) / 2 ** 20);
  tell(`${names.length} files at once, each judged once, ${gauge.toString()}`);
});
