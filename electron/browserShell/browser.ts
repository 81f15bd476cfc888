import { spawn } from 'node:child_process';
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { thisComputer, type Computer } from '../platform/dataFolder.ts';
import { noNetworkFlags } from '../platform/noNetwork.ts';

const linuxNames = [
  'chromium',
  'google-chrome',
  'google-chrome-stable',
  'microsoft-edge',
  'microsoft-edge-stable',
  'chromium-browser',
];
const windowsPaths = [
  ['Google', 'Chrome', 'Application', 'chrome.exe'],
  ['Microsoft', 'Edge', 'Application', 'msedge.exe'],
  ['Chromium', 'Application', 'chrome.exe'],
];
const macPaths = [
  'Google Chrome.app/Contents/MacOS/Google Chrome',
  'Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  'Chromium.app/Contents/MacOS/Chromium',
];

/** A browser that cannot start, for want of a screen or a library, ends sooner than this. */
const startedAfterMs = 1_500;

/** Where a browser that can show a page as a window of its own may lie; the user's own word (`KENRO_CHROMIUM`) first. */
export function browserCandidates({ platform, env, home }: Computer): string[] {
  const chosen = env['KENRO_CHROMIUM'] ? [env['KENRO_CHROMIUM']] : [];
  if (platform === 'win32') {
    const roots = [env['PROGRAMFILES'], env['PROGRAMFILES(X86)'], env['LOCALAPPDATA']].filter(
      (root) => !!root,
    );
    return [...chosen, ...roots.flatMap((root) => windowsPaths.map((path) => join(root as string, ...path)))];
  }
  if (platform === 'darwin') {
    const roots = ['/Applications', join(home, 'Applications')];
    return [...chosen, ...roots.flatMap((root) => macPaths.map((path) => join(root, path)))];
  }
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...chosen, ...linuxNames.flatMap((name) => folders.map((folder) => join(folder, name)))];
}

export function findBrowser(
  computer: Computer = thisComputer,
  isProgram: (path: string) => boolean = isExecutable,
): string | null {
  return browserCandidates(computer).find(isProgram) ?? null;
}

/** Why no window can be opened here though a browser may be there, or `null`. */
export function windowObstacle({ platform, env }: Computer, userId: number | undefined): string | null {
  if (platform !== 'linux') return null;
  if (!env['DISPLAY'] && !env['WAYLAND_DISPLAY']) return 'there is no screen here';
  // Chromium refuses to run as root with its sandbox on, and we do not switch the sandbox off.
  if (userId === 0) return 'browsers do not start for the root user';
  return null;
}

/** Under which a browser shows the station, keeps to a profile of its own and asks nobody anything. */
export function windowFlags(url: string, profileDir: string): string[] {
  return [
    `--app=${url}`,
    `--user-data-dir=${profileDir}`,
    '--no-first-run',
    '--no-default-browser-check',
    '--disable-sync',
    '--hide-crash-restore-bubble',
    ...noNetworkFlags(['127.0.0.1', 'localhost']),
  ];
}

/** The window that was opened. */
export interface BrowserWindow {
  /** Does nothing when the person has closed it already. */
  close(): void;
}

/**
 * Shows `url` as a window of its own, with a profile of its own.
 * The link stands on the command line for a moment, where other users of this computer may read it; it opens
 * once and only for a minute, and a link that somebody else used first shows as such in the window.
 *
 * @returns the window once the browser runs, else why it does not
 */
export function openWindow(
  browser: string,
  url: string,
  profileDir: string,
): Promise<BrowserWindow | { failure: string }> {
  const child = spawn(browser, windowFlags(url, profileDir), {
    detached: true,
    stdio: 'ignore',
  });
  child.unref();
  return new Promise((resolve) => {
    const window = { close: () => void child.kill() };
    const runs = setTimeout(() => resolve(window), startedAfterMs);
    const settle = (result: BrowserWindow | { failure: string }) => {
      clearTimeout(runs);
      resolve(result);
    };
    child.once('error', (error) => settle({ failure: error.message }));
    // Exit code 0: it has handed the page over to the browser that runs already.
    child.once('exit', (code) => settle(code === 0 ? window : { failure: `${browser} ended at once` }));
  });
}

/** Chromium packaged as a snap may not read hidden folders, so its profile lies in the snap's own. */
export function profileDirFor(browser: string, dataDir: string, home: string): string {
  return isSnap(browser) ? join(snapDir(home), 'kenro') : join(dataDir, 'browser');
}

/** Where files lie for a moment that the browser reads and writes; a snap has a temporary folder of its own. */
export function exchangeDirFor(browser: string, temporaryDir: string, home: string): string {
  return isSnap(browser) ? snapDir(home) : temporaryDir;
}

function snapDir(home: string): string {
  return join(home, 'snap', 'chromium', 'common');
}

function isSnap(browser: string): boolean {
  return browser.startsWith('/snap/') || realpathSync(browser).endsWith('/snap');
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
