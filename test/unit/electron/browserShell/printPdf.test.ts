import { readdir } from 'node:fs/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import { printPdf } from '../../../../electron/browserShell/printPdf.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';

it('says in whose words printing failed, and leaves nothing behind', async () => {
  const folder = await temporaryFolder();
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) vi.stubEnv(name, folder);
  onTestFinished(() => void vi.unstubAllEnvs());
  // Node knows none of a browser's flags.
  const printed = printPdf('<!doctype html>', process.execPath);
  await expect(printed).rejects.toMatchObject({ kind: 'printFailed', params: { browser: process.execPath } });
  expect(await readdir(folder)).toEqual([]);
});
