/**
 * `npm run test:fuzz -- [--runs N] [--seed N] [TARGET …]`: hostile input at any size, and a table of what was tried. TARGET is
 * (a part of) the name of a file in test/security/fuzz.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './folders.ts';
import { fuzzTable, type FuzzRow } from './fuzzTable.ts';

const folder = 'test/security/fuzz';
const hourMs = 3_600_000;

const { values, positionals } = parseArgs({
  options: { runs: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
  allowPositionals: true,
});
for (const [name, value] of Object.entries(values)) {
  if (/^\d+$/.test(value)) continue;
  console.error(`--${name} needs a whole number, not "${value}"`);
  process.exit(2);
}

const output = join(root, 'test', 'output');
const report = join(output, 'fuzz.jsonl');
mkdirSync(output, { recursive: true });
rmSync(report, { force: true });

const files = positionals.length === 0 ? [folder] : positionals.map((name) => `${folder}/${name}`);
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const args = ['run', '--config', 'build/vitest.config.ts', `--testTimeout=${hourMs}`, ...files];
const { status } = spawnSync(process.execPath, [vitest, ...args], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    KENRO_FUZZ_RUNS: values.runs,
    KENRO_FUZZ_SEED: values.seed,
    KENRO_FUZZ_REPORT: report,
  },
});

const rows = existsSync(report)
  ? readFileSync(report, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as FuzzRow)
  : [];
console.log(`\n${fuzzTable(rows)}`);
process.exitCode = status ?? 1;
