/** `npm start`: Electron where its program is there or can be fetched, else this computer's browser. */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { startFailureText } from '../electron/platform/startFailure.ts';
import { electronBinary } from './electronBinary.ts';
import { root } from './folders.ts';
import { freshCore, freshPage } from './freshness.ts';
import { readStartOptions, usage, type StartOptions } from './startOptions.ts';

const wrongUsage = 2;
const patienceMs = 1_000;

async function main(): Promise<number> {
  const options = readOptions();
  if (options === null) return 0;
  if (options === wrongUsage) return wrongUsage;
  await freshPage(console.log);
  if (options.browser) return inBrowser(options);

  const electron = await electronBinary(console.log);
  if ('path' in electron) {
    await freshCore(console.log);
    console.log('Kenro opens in Electron.');
    return inElectron(electron.path, options);
  }
  console.log(`Kenro opens in the browser, not in Electron: ${electron.missing}.`);
  return inBrowser(options);
}

function readOptions(): StartOptions | null | typeof wrongUsage {
  try {
    const options = readStartOptions(process.argv.slice(2));
    if (options === null) console.log(usage);
    return options;
  } catch (thrown) {
    console.error(`${(thrown as Error).message}\n\n${usage}`);
    return wrongUsage;
  }
}

function inElectron(path: string, { dataDir }: StartOptions): Promise<number> {
  const child = spawn(path, [root, `--data-dir=${dataDir}`], { stdio: 'inherit' });
  // Ctrl-C reaches the child as well; it puts its parts on record before it ends, and we wait for that.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

async function inBrowser({ dataDir, port, open }: StartOptions): Promise<number> {
  // The whole station: neither Electron nor a wrong flag should wait for it to load.
  const { startBrowserShell } = await import('../electron/browserShell/start.ts');
  mkdirSync(dataDir, { recursive: true });
  const shell = await startBrowserShell({ dataDir, port, openWindow: open, say: console.log });
  await askedToStop();
  console.log('Kenro stops: the parts under way are put on record.');
  await shell.stop();
  return 0;
}

/** A second request, when the first one takes too long, ends the program at once. */
function askedToStop(): Promise<void> {
  return new Promise((resolve) => {
    let askedMs = Infinity;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        // The terminal and npm both deliver the same key press.
        if (performance.now() - askedMs > patienceMs) process.exit(130);
        askedMs = Math.min(askedMs, performance.now());
        resolve();
      });
    }
  });
}

try {
  process.exitCode = await main();
} catch (thrown) {
  console.error(`Kenro could not start: ${startFailureText(thrown)}`);
  process.exitCode = 1;
}
