import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { KenroError } from '../contract/errors.ts';
import { noNetworkFlags } from '../platform/noNetwork.ts';
import { exchangeDirFor, findBrowser } from './browser.ts';

const run = promisify(execFile);

/** Of a browser that starts anew and a report of many pages. */
const longestMs = 120_000;

const flags = [
  '--headless',
  '--disable-gpu',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-extensions',
  // The page is complete in itself and its own policy lets no script run; the browser has no business outside either.
  ...noNetworkFlags([]),
  '--no-pdf-header-footer',
];

/** @throws {KenroError} `browserMissing` */
export function printingBrowser(): string {
  const browser = findBrowser();
  if (browser === null) throw new KenroError('browserMissing');
  return browser;
}

/**
 * Prints a page made by Kenro, complete in itself and of a policy that runs no scripts, through this computer's browser,
 * whose fonts cover Japanese.
 * @param browser program of a Chromium, see `printingBrowser`
 * @throws {KenroError} `printFailed`, with the browser's own words as its cause
 */
export async function printPdf(page: string, browser: string): Promise<Uint8Array> {
  const place = exchangeDirFor(browser, tmpdir(), homedir());
  await mkdir(place, { recursive: true });
  const folder = await mkdtemp(join(place, 'kenro-print-'));
  try {
    const [source, target] = [join(folder, 'page.html'), join(folder, 'page.pdf')];
    await writeFile(source, page);
    const own = [`--user-data-dir=${join(folder, 'profile')}`, `--print-to-pdf=${target}`];
    const url = pathToFileURL(source).href;
    await run(browser, [...flags, ...sandboxFlags(process.getuid?.()), ...own, url], { timeout: longestMs });
    return await readFile(target);
  } catch (cause) {
    throw new KenroError('printFailed', { browser }, { cause });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Prints by the browser of this computer. Throws as `printingBrowser` and `printPdf`. */
export async function printHere(page: string): Promise<Uint8Array> {
  return printPdf(page, printingBrowser());
}

/** Chromium refuses to run as root (a build server) with its sandbox on; what it prints here is our own, without scripts. */
function sandboxFlags(userId: number | undefined): string[] {
  return userId === 0 ? ['--no-sandbox'] : [];
}
