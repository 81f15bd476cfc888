import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { KenroError } from '../contract/errors.ts';
import type { ElectronApi } from './electronApi.ts';
import { confine } from './security.ts';

/**
 * Prints a page made by Kenro, complete in itself, through a window that nobody sees: in a sandbox, without scripts,
 * going nowhere.
 * @throws {KenroError} `printFailed`, with Electron's own words as its cause
 */
export async function printPdf(
  { BrowserWindow }: Pick<ElectronApi, 'BrowserWindow'>,
  page: string,
): Promise<Uint8Array> {
  // An address that holds the page itself may not be as long as a report with pictures.
  const folder = await mkdtemp(join(tmpdir(), 'kenro-print-'));
  const window = new BrowserWindow({ show: false, webPreferences });
  try {
    confine(window.webContents);
    const source = join(folder, 'page.html');
    await writeFile(source, page);
    await window.loadURL(pathToFileURL(source).href);
    return await window.webContents.printToPDF({ printBackground: true, preferCSSPageSize: true });
  } catch (cause) {
    throw new KenroError('printFailed', {}, { cause });
  } finally {
    window.destroy();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

const webPreferences = {
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  javascript: false,
  webSecurity: true,
  webviewTag: false,
  devTools: false,
} as const;
