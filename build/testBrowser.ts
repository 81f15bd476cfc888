import { spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { findBrowser } from '../electron/browserShell/browser.ts';

const playwrightCaches = [
  process.env['PLAYWRIGHT_BROWSERS_PATH'],
  join(homedir(), '.cache', 'ms-playwright'),
  join(homedir(), 'Library', 'Caches', 'ms-playwright'),
  join(process.env['LOCALAPPDATA'] ?? homedir(), 'ms-playwright'),
];
const playwrightPrograms = [
  'chromium-*/chrome-linux*/chrome',
  'chromium-*/chrome-win*/chrome.exe',
  'chromium-*/chrome-mac*/Chromium.app/Contents/MacOS/Chromium',
];

/** A browser for the end-to-end tests: `KENRO_CHROMIUM`, an installed one, or one that Playwright fetched. */
export function findTestBrowser(): string | null {
  return findBrowser() ?? fromPlaywright();
}

function fromPlaywright(): string | null {
  for (const cache of playwrightCaches) {
    if (cache === undefined || !existsSync(cache)) continue;
    const [program] = playwrightPrograms.flatMap((pattern) => globSync(pattern, { cwd: cache }));
    if (program !== undefined) return join(cache, program);
  }
  return null;
}

/** Installs Chromium where that needs no question: as root on a Debian-like system. Returns whether it tried. */
export function installTestBrowser(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
    return false;
  const options = { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const;
  const install = () =>
    spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], options);
  // Without lists of packages, as in a fresh container, the first attempt cannot know the package.
  if (install().status !== 0 && spawnSync('apt-get', ['update'], options).status === 0) install();
  return true;
}
