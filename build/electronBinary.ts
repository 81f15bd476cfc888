import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './folders.ts';

const packageFolder = join(root, 'node_modules', 'electron');
const memory = join(root, 'node_modules', '.cache', 'kenro', 'electronFetch.json');
const retryAfterMs = 24 * 3_600_000;

/** Either the program or why there is none. */
export type ElectronBinary = { readonly path: string } | { readonly missing: string };

/** Electron's program where it lies already, else `null`. */
export function installedElectron(): string | null {
  const name = join(packageFolder, 'path.txt');
  if (!existsSync(name)) return null;
  const folder = process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(packageFolder, 'dist');
  const path = join(folder, readFileSync(name, 'utf8'));
  return existsSync(path) ? path : null;
}

/** Why Electron could not show a window here even if it were installed, or `null`. */
export function electronObstacle(): string | null {
  if (process.platform !== 'linux') return null;
  if (!process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']) return 'there is no screen here';
  if (process.getuid?.() === 0) return 'Electron does not start for the root user';
  return null;
}

/**
 * Finds Electron's program or fetches it. The package brings only the means to fetch it, so a computer
 * without the Internet never has it: a failure is remembered for a day, to make each later start quick.
 */
export async function electronBinary(say: (line: string) => void): Promise<ElectronBinary> {
  const obstacle = electronObstacle();
  if (obstacle !== null) return { missing: obstacle };
  const installed = installedElectron();
  if (installed !== null) return { path: installed };
  if (!existsSync(packageFolder)) return { missing: 'the package electron is not installed' };
  const earlier = rememberedFailure();
  if (earlier !== null) return { missing: `it could not be fetched today (${earlier})` };

  say('Fetching Electron (about 110 MB, once) …');
  const failure = await fetchElectron();
  const path = installedElectron();
  if (path !== null) return { path };
  const reason = failure ?? 'the fetched program is not where it should be';
  mkdirSync(join(memory, '..'), { recursive: true });
  writeFileSync(memory, JSON.stringify({ atMs: Date.now(), reason }));
  return { missing: `it could not be fetched (${reason})` };
}

function rememberedFailure(): string | null {
  try {
    const { atMs, reason } = JSON.parse(readFileSync(memory, 'utf8')) as { atMs: number; reason: string };
    const ageMs = Date.now() - atMs;
    return ageMs >= 0 && ageMs < retryAfterMs ? reason : null;
  } catch {
    return null; // No memory, or one that cannot be read: try.
  }
}

/**
 * Runs the package's own installer; given up when no byte has arrived for `stallMs`, as behind a firewall
 * that swallows everything, so that a slow line still gets there.
 * @returns why it failed, or `null`
 */
function fetchElectron(stallMs = 12_000): Promise<string | null> {
  const scratch = mkdtempSync(join(tmpdir(), 'kenro-electron-'));
  const child = spawn(process.execPath, [join(packageFolder, 'install.js')], {
    env: { ...process.env, TMPDIR: scratch, TEMP: scratch, TMP: scratch },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString('utf8')));

  return new Promise((resolve) => {
    let size = 0;
    let grownMs = performance.now();
    let stalled = false;
    const watch = setInterval(() => {
      const now = bytesUnder(scratch) + bytesUnder(join(packageFolder, 'dist'));
      if (now !== size) grownMs = performance.now();
      size = now;
      stalled = performance.now() - grownMs > stallMs;
      if (stalled) child.kill('SIGKILL');
    }, 500);
    child.once('close', (code) => {
      clearInterval(watch);
      rmSync(scratch, { recursive: true, force: true });
      resolve(code === 0 ? null : stalled ? 'no answer' : whyFailed(errors));
    });
  });
}

/** The installer's complaint in a few words; a page of stack helps nobody at a line. */
function whyFailed(errors: string): string {
  if (/fetch failed|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH/.test(errors)) {
    return 'the place it lies at cannot be reached';
  }
  return errors.match(/Error: ([^\n]+)/)?.[1] ?? 'its installer gave no reason';
}

function bytesUnder(folder: string): number {
  if (!existsSync(folder)) return 0;
  let sum = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    // The installer moves and removes its files while we look.
    if (entry.isFile())
      sum += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return sum;
}
