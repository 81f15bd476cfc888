import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { printedHandbook } from '../../../../electron/station/printedHandbook.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';

const printPdf = (page: string) => Promise.resolve(new TextEncoder().encode(`printed: ${page}`));

test('prints the page of the part and the language', async () => {
  const handbookDir = await temporaryFolder();
  await writeFile(join(handbookDir, 'ja-operator.html'), '手引き');
  const pdf = await printedHandbook({ handbookDir, printPdf }, 'operator', 'ja');
  expect(new TextDecoder().decode(pdf)).toBe('printed: 手引き');
});

test('says which page is missing where it was not built', async () => {
  const handbookDir = await temporaryFolder();
  await expect(printedHandbook({ handbookDir, printPdf }, 'whole', 'en')).rejects.toMatchObject({
    kind: 'notFound',
    params: { path: join(handbookDir, 'en-whole.html') },
  });
});
