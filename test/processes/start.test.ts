import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { root } from '../../build/folders.ts';
import { freshPage } from '../../build/freshness.ts';
import { openSocket, signIn, startProgram } from '../support/runningProgram.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const start = join(root, 'build', 'start.ts');

beforeAll(() => freshPage(() => undefined), 300_000);

/** Runs `npm start` with what follows until it ends by itself. */
function runs(...args: string[]): Promise<{ code: number | null; printed: string }> {
  const child = spawn(process.execPath, [start, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (printed += chunk.toString('utf8')));
  }
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, printed })));
}

test('shows its flags, and refuses those it does not know', async () => {
  const help = await runs('--help');
  expect(help.code).toBe(0);
  expect(help.printed).toContain('--data-dir DIR');
  const wrong = await runs('--nonsense');
  expect(wrong.code).toBe(2);
  expect(wrong.printed).toMatch(/nonsense[\s\S]*--data-dir DIR/);
});

test('judges parts from the first start on, offers each further screen a link of its own, and ends on Ctrl-C', async () => {
  const program = await startProgram([start, '--no-open', '--data-dir', await temporaryFolder()]);
  const cookie = await signIn(program.url);
  const page = await openSocket(program.url, cookie);
  await page.next('parts.judged');

  const links = [...program.printed().matchAll(/http:\S+/g)].map(([link]) => link);
  expect(links).toHaveLength(2);
  expect(new Set(links).size).toBe(2);
  const second = await openSocket(links[1] as string, await signIn(links[1] as string));
  expect((await second.call('station.snapshot', {})).shell).toBe('browser');

  // Twice, as from a terminal through npm.
  program.child.kill('SIGINT');
  expect(await program.end('SIGINT')).toBe(0);
}, 60_000);

test('works once in a data folder: the second start says so and touches nothing', async () => {
  const folder = await temporaryFolder();
  const program = await startProgram([start, '--no-open', '--data-dir', folder]);
  const second = await runs('--no-open', '--data-dir', folder);
  expect(second.code).toBe(1);
  expect(second.printed).toContain('already running');
  expect(second.printed).not.toContain('token');
  const page = await openSocket(program.url, await signIn(program.url));
  expect((await page.call('station.snapshot', {})).engine.restarts).toBe(0);
  expect(await program.end('SIGTERM')).toBe(0);
}, 60_000);

test('a port that is taken is named as such', async () => {
  const program = await startProgram([start, '--no-open', '--data-dir', await temporaryFolder()]);
  const { port } = new URL(program.url);
  const second = await runs('--no-open', '--port', port, '--data-dir', await temporaryFolder());
  expect(second.code).toBe(1);
  expect(second.printed).toContain('port is taken');
}, 60_000);
