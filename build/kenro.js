#!/usr/bin/env node
// Plain JavaScript that any Node from 18 on can run: it finds the Node the program needs, and hands over.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const neededMajor = 24;
const shim = fileURLToPath(import.meta.url);
const root = join(dirname(shim), '..');

if (Number(process.versions.node.split('.')[0]) >= neededMajor) {
  await run();
} else {
  handOver(join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node'));
}

async function run() {
  const source = join(root, 'electron', 'cli', 'main.ts');
  const fromSource = existsSync(source);
  if (fromSource && process.argv[2] === 'serve' && !process.argv.includes('--help')) {
    const { freshPage } = await import('./freshness.ts');
    await freshPage((line) => console.error(line));
  }
  const main = fromSource ? source : join(root, 'dist', 'electron', 'cli', 'main.js');
  await import(pathToFileURL(main).href);
}

function handOver(node) {
  if (!existsSync(node)) {
    console.error(
      `kenro: needs Node ${neededMajor} or newer, this is ${process.versions.node}; run "npm ci" first`,
    );
    process.exit(1);
  }
  const child = spawn(node, [shim, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`kenro: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    // As shells report it: an interrupt that came before the program could listen is 130 all the same.
    process.exit(signal === null ? code : 128 + constants.signals[signal]);
  });
}
