/**
 * `npm test`: all checks and all tests, and one line at the end that says how it went. What follows
 * `npm test --` goes to vitest, e.g. the folder of the tests to run.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './folders.ts';
import { freshCore, freshPage } from './freshness.ts';
import { findTestBrowser, installTestBrowser } from './testBrowser.ts';
import { addUp, summaryLine, type Counts } from './testCounts.ts';

const output = join(root, 'test', 'output');
const results = join(output, 'results.json');

rmSync(output, { recursive: true, force: true });
mkdirSync(output, { recursive: true });

const checks: [name: string, run: () => boolean | Promise<boolean>][] = [
  ['a browser for the end-to-end tests', provideBrowser],
  ['the page and the program can be built', built],
  ['format', () => tool('prettier', '--check', '--log-level', 'warn', '.')],
  ['lint', () => tool('eslint', '--config', 'build/eslint.config.js', '.')],
  ['types', () => tool('svelte-check', '--tsconfig', 'tsconfig.json', '--fail-on-warnings')],
];
const failedChecks: string[] = [];
for (const [name, run] of checks) {
  console.log(`\n▸ ${name}`);
  if (!(await run())) failedChecks.push(name);
}

console.log('\n▸ tests');
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
const clean = tool(
  'vitest',
  'run',
  '--config',
  'build/vitest.config.ts',
  ...reporters,
  ...process.argv.slice(2),
);

const counts = addUp(checks.length - failedChecks.length, failedChecks.length, readResults(), clean);
for (const name of failedChecks) console.log(`failed: ${name}`);
const line = summaryLine(counts);
writeFileSync(join(output, 'summary.txt'), `${line}\n`);
console.log(`\n${line}`);
process.exitCode = counts.failed === 0 ? 0 : 1;

function tool(name: string, ...args: string[]): boolean {
  const program = join(root, 'node_modules', '.bin', process.platform === 'win32' ? `${name}.cmd` : name);
  const shell = process.platform === 'win32';
  return spawnSync(program, args, { cwd: root, stdio: 'inherit', shell }).status === 0;
}

function provideBrowser(): boolean {
  const found = findTestBrowser() ?? (installTestBrowser() ? findTestBrowser() : null);
  if (found === null) {
    console.log('Missing: Chromium, Chrome or Edge. Install one, or name its program in KENRO_CHROMIUM.');
    return false;
  }
  console.log(found);
  process.env['KENRO_CHROMIUM'] = found;
  return true;
}

async function built(): Promise<boolean> {
  try {
    await freshPage(console.log);
    await freshCore(console.log);
    return true;
  } catch (thrown) {
    console.error(thrown);
    return false;
  }
}

function readResults(): Counts | null {
  try {
    return JSON.parse(readFileSync(results, 'utf8')) as Counts;
  } catch {
    return null; // The tests did not even start.
  }
}
