import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';

const root = fileURLToPath(new URL('../..', import.meta.url));
const startTimeoutMs = 60_000;
const patienceMs = 60_000;
export const outputFolder = join(root, 'test/output');
/** So much of what the station last wrote to its terminal is kept for a report. */
const keptCharacters = 2000;

/** A browser for the tests, or `null` where there is none. */
export const browserPath: string | null =
  [
    process.env['KENRO_CHROMIUM'],
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    'C:/Program Files/Google/Chrome/Application/chrome.exe',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ].find((path) => path !== undefined && existsSync(path)) ?? null;

export interface StationPage {
  page: Page;
  /** A fresh folder for images and data; removed at the end. */
  folder: string;
  /** Errors the page wrote to its console or threw. */
  complaints: string[];
  /** Requests to anything but this computer. */
  strayRequests: string[];
  /** Waits until the named attribute of the page's root says it is ready. */
  ready(): Promise<void>;
  screenshot(name: string): Promise<void>;
  /** Puts a file that was saved beside the screenshots, to be looked at. */
  keep(name: string, content: Uint8Array): Promise<void>;
  /** What stands on the page, and what the station last wrote to its terminal. */
  describe(): Promise<string>;
  /** Ends the station and leaves the page open. */
  stopShell(): Promise<void>;
  /** Starts it again on the same data and opens its page. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** The stations a test file has open, for its report when a test fails. */
export const openStations = new Set<StationPage>();

/**
 * Starts Kenro as `npm start -- --browser` does, with its data in a fresh folder, and opens its page.
 * @param prepare puts data into the folder first
 */
export async function openStation(
  size = { width: 1280, height: 800 },
  prepare?: (dataDir: string) => Promise<void>,
): Promise<StationPage> {
  if (browserPath === null) throw new Error('no browser');
  const folder = await mkdtemp(join(tmpdir(), 'kenro-e2e-'));
  const dataDir = join(folder, 'data');
  await prepare?.(dataDir);
  let written = '';
  const listen = (chunk: Buffer) => (written = (written + String(chunk)).slice(-keptCharacters));
  let { shell, address } = await startShell(dataDir, listen);
  const browser = await launch(browserPath);
  const context = await browser.newContext({ viewport: size, locale: 'ja-JP', acceptDownloads: true });
  // Two cores shared with the other tests: a page may take its time, it must only get there.
  context.setDefaultTimeout(patienceMs);
  const page = await context.newPage();
  const complaints: string[] = [];
  const strayRequests: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    const url = new URL(request.url());
    const isOwn = ['blob:', 'data:'].includes(url.protocol) || url.hostname === '127.0.0.1';
    if (!isOwn) strayRequests.push(request.url());
  });
  const ready = async () => {
    await page.waitForSelector('[data-ready=true]');
  };
  const show = async () => {
    await page.goto(address);
    await ready();
  };
  await show();
  const station: StationPage = {
    page,
    folder,
    complaints,
    strayRequests,
    ready,
    screenshot: async (name) => {
      mkdirSync(outputFolder, { recursive: true });
      await page.screenshot({ path: join(outputFolder, `${name}.png`) });
    },
    keep: async (name, content) => {
      mkdirSync(outputFolder, { recursive: true });
      await writeFile(join(outputFolder, name), content);
    },
    describe: async () =>
      [await page.locator('body').innerText(), ...complaints, 'Terminal:', written].join('\n'),
    stopShell: () => stop(shell),
    restart: async () => {
      await stop(shell);
      ({ shell, address } = await startShell(dataDir, listen));
      await show();
    },
    close: async () => {
      openStations.delete(station);
      await browser.close();
      await stop(shell);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  openStations.add(station);
  return station;
}

export async function launch(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      // Chromium's own sandbox does not work for root, as in a build container.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
    ],
  });
}

function startShell(
  dataDir: string,
  listen: (chunk: Buffer) => void,
): Promise<{ shell: ChildProcess; address: string }> {
  const shell = spawn(
    process.execPath,
    [join(root, 'build/start.ts'), '--browser', '--no-open', '--data-dir', dataDir],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => fail('no address in time'), startTimeoutMs);
    const ended = (code: number | null) => fail(`ended with ${code}`);
    function fail(why: string) {
      clearTimeout(timer);
      shell.kill('SIGKILL');
      reject(new Error(`Kenro did not start: ${why}\n${text}`));
    }
    function read(chunk: Buffer) {
      text += String(chunk);
      const address = /(http:\/\/127\.0\.0\.1:\d+\/\S*)\n/.exec(text)?.[1];
      if (address === undefined) return;
      clearTimeout(timer);
      shell.off('exit', ended);
      shell.stdout.off('data', read).on('data', listen);
      shell.stderr.off('data', read).on('data', listen);
      resolve({ shell, address });
    }
    shell.on('exit', ended);
    shell.stdout.on('data', read);
    shell.stderr.on('data', read);
  });
}

async function stop(shell: ChildProcess): Promise<void> {
  if (shell.exitCode !== null) return;
  const ended = new Promise((resolve) => shell.once('exit', resolve));
  shell.kill('SIGTERM');
  const timer = setTimeout(() => shell.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(timer);
}
