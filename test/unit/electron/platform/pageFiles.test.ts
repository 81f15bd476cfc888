import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readPageFiles } from '../../../../electron/platform/pageFiles.ts';
import { builtPage } from '../../../support/shellFixtures.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';

test('the page is at / and its files at their paths; what the page cannot use is left out', async () => {
  const files = readPageFiles(builtPage(await temporaryFolder()));
  expect([...files.keys()].sort()).toEqual(['/', '/assets/a.js']);
  expect(files.get('/')).toMatchObject({ type: 'text/html; charset=utf-8', immutable: false });
  expect(files.get('/assets/a.js')).toMatchObject({
    type: 'text/javascript; charset=utf-8',
    immutable: true,
  });
});

test('a page that was never built is said to be so', async () => {
  const nowhere = join(await temporaryFolder(), 'nowhere');
  expect(() => readPageFiles(nowhere)).toThrow(/no built page in .*nowhere.*npm run build/);
});
