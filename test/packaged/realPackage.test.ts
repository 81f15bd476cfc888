import { execFile, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { electronObstacle, installedElectron } from '../../build/electronBinary.ts';
import { root } from '../../build/folders.ts';
import { temporaryFolder } from '../support/shellFixtures.ts';

const electron = installedElectron();
const missing = electron === null ? "Electron's program has not been fetched" : electronObstacle();

if (missing !== null) process.stdout.write(`No real package is made and started here: ${missing}.\n`);

/** The program in what `--dir` makes. */
const programs: Partial<Record<NodeJS.Platform, string>> = {
  linux: join('linux-unpacked', 'kenro'),
  win32: join('win-unpacked', 'Kenro.exe'),
  darwin: join('mac', 'Kenro.app', 'Contents', 'MacOS', 'Kenro'),
};

// Its fuses keep Playwright out, which asks for Node's inspector; what it does shows in its data folder.
describe.skipIf(missing !== null)('a package with the real Electron', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let program: string;
  const data = () => `--data-dir=${join(folder.path, 'data')}`;
  const judged = () => {
    const db = new Database(join(folder.path, 'data', 'kenro.db'), { readonly: true });
    try {
      return (db.prepare('SELECT count(*) AS parts FROM inspections').get() as { parts: number }).parts;
    } finally {
      db.close();
    }
  };
  const runs = (args: string[], env: NodeJS.ProcessEnv = {}) =>
    new Promise<{ code: number | null; printed: string }>((resolve) => {
      const child = spawn(program, args, { env: { ...process.env, ...env } });
      let printed = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (printed += text));
      child.once('close', (code) => resolve({ code, printed }));
    });

  beforeAll(async () => {
    folder = temporaryFolder();
    const distribution =
      process.platform === 'darwin' ? dirname(dirname(dirname(dirname(electron!)))) : dirname(electron!);
    const output = join(folder.path, 'out');
    const args = ['--dir', '--output', output, '--electron', distribution];
    await promisify(execFile)(process.execPath, [join(root, 'build', 'package.ts'), ...args], { cwd: root });
    program = join(output, programs[process.platform]!);
  }, 600_000);
  afterAll(() => folder.remove());

  test('judges parts, and ends when a second start asks it to', async () => {
    const first = runs([data(), '--kiosk']);
    await expect.poll(judged, { timeout: 60_000 }).toBeGreaterThan(0);
    expect((await runs([data(), '--quit'])).code).toBe(0);
    expect((await first).code).toBe(0);
  }, 120_000);

  test('is no general Node', async () => {
    const { printed } = await runs([data(), '--quit', '-e', 'console.log("as" + "Node")'], {
      ELECTRON_RUN_AS_NODE: '1',
      NODE_OPTIONS: '--title=opened',
    });
    expect(printed).not.toContain('asNode');
  }, 60_000);

  test.skipIf(process.platform !== 'linux')(
    'refuses what would open it',
    async () => {
      const { code, printed } = await runs([data(), '--remote-debugging-port=0']);
      expect(code).toBe(1);
      expect(printed).toContain('--remote-debugging-port=0');
    },
    60_000,
  );
});
