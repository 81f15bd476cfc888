/**
 * `npm run test:faults`: the fault suite at its full size, or at the sizes given, e.g.
 * `npm run test:faults -- --kills 500 --parts 1000000 --seed 7`. Each test prints what it survived.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { root } from './folders.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '300' },
    parts: { type: 'string', default: '1000000' },
    cuts: { type: 'string', default: '400' },
    files: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
  },
});
const env = Object.fromEntries(
  Object.entries(values).map(([name, value]) => [`KENRO_FAULT_${name.toUpperCase()}`, value]),
);
const args = ['run', '--config', 'build/vitest.config.ts', '--project', 'faults', '--reporter=default'];
const { status } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', ...args], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, ...env },
});
process.exitCode = status ?? 1;
