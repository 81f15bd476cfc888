#!/usr/bin/env node
// Plain JavaScript that any Node from 18 on can run: it finds the Node the program needs, and hands over.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const neededMajor = 24;
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const source = join(root, 'electron', 'cli', 'main.ts');
const main = existsSync(source) ? source : join(root, 'dist', 'electron', 'cli', 'main.js');

if (Number(process.versions.node.split('.')[0]) >= neededMajor) {
  await import(pathToFileURL(main).href);
} else {
  handOver(join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node'));
}

function handOver(node) {
  if (!existsSync(node)) {
    console.error(
      `kenro: needs Node ${neededMajor} or newer, this is ${process.versions.node}; run "npm ci" first`,
    );
    process.exit(1);
  }
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
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
