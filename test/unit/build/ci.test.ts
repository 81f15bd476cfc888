import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from '../../../build/folders.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

/** Runs `.ci/run` in a folder of its own, with a stand-in for npm. */
async function runWith(npm: string): Promise<{ code: number | null; lastLine: string | undefined }> {
  const folder = await temporaryFolder();
  cpSync(join(root, '.ci'), join(folder, '.ci'), { recursive: true });
  mkdirSync(join(folder, 'bin'));
  mkdirSync(join(folder, 'test', 'output'), { recursive: true });
  writeFileSync(join(folder, 'test', 'output', 'summary.txt'), '999 passed, 0 failed\n');
  writeFileSync(join(folder, 'bin', 'npm'), `#!/bin/sh\n${npm}\n`);
  chmodSync(join(folder, 'bin', 'npm'), 0o755);
  const { status, stdout } = spawnSync(join(folder, '.ci', 'run'), [], {
    env: { ...process.env, PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH']}` },
    encoding: 'utf8',
  });
  return { code: status, lastLine: stdout.trimEnd().split('\n').at(-1) };
}

const summary = (line: string) => `mkdir -p test/output; echo "${line}" > test/output/summary.txt`;

describe.skipIf(process.platform === 'win32')('.ci/run', () => {
  test('ends with the counts and the exit code of the tests', async () => {
    expect(await runWith(`[ "$1" = ci ] || { ${summary('12 passed, 0 failed')}; }`)).toEqual({
      code: 0,
      lastLine: '12 passed, 0 failed',
    });
    expect(await runWith(`[ "$1" = ci ] || { ${summary('11 passed, 1 failed')}; exit 1; }`)).toEqual({
      code: 1,
      lastLine: '11 passed, 1 failed',
    });
  });

  test('never repeats the counts of an earlier run when this one breaks down before it counts', async () => {
    const broken = { lastLine: '0 passed, 1 failed' };
    expect(await runWith('exit 7')).toEqual({ code: 7, ...broken });
    expect(await runWith('[ "$1" = ci ] || exit 3')).toEqual({ code: 3, ...broken });
    expect(await runWith('exit 0')).toEqual({ code: 1, ...broken });
  });
});
