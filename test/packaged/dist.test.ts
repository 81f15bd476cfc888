import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, test } from 'vitest';
import { distFolder, pageFolder, preloadFile, root } from '../../build/folders.ts';
import { freshCore, freshPage } from '../../build/freshness.ts';
import type { Bridge } from '../../electron/contract/bridge.ts';
import { channels } from '../../electron/contract/channels.ts';
import { openSocket, signIn, startProgram } from '../support/runningProgram.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

beforeAll(async () => {
  await freshPage(() => undefined);
  await freshCore(() => undefined);
}, 300_000);

test('nothing in it is a source, and what is started by its path is there', () => {
  const { main } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { main: string };
  expect(join(root, main)).toBe(join(distFolder, 'electron', 'main', 'main.js'));
  for (const file of ['electron/main/main.js', 'electron/engine/process.js', 'electron/cli/main.js']) {
    expect(existsSync(join(distFolder, file))).toBe(true);
  }
  expect(readFileSync(join(pageFolder, 'index.html'), 'utf8')).not.toContain('.ts');
});

describe('the bundled preload script', () => {
  test('is one file that needs nothing but electron, and hands the page only the bridge', async () => {
    const exposed = new Map<string, unknown>();
    const asked: unknown[][] = [];
    const electron = {
      contextBridge: { exposeInMainWorld: (name: string, api: unknown) => exposed.set(name, api) },
      ipcRenderer: {
        on: () => undefined,
        invoke: async (...args: unknown[]) => {
          asked.push(args);
          return { ok: true, reply: {} };
        },
      },
    };
    runInNewContext(readFileSync(preloadFile, 'utf8'), {
      require: (name: string) => (name === 'electron' ? electron : expect.fail(`it requires ${name}`)),
    });
    expect([...exposed.keys()]).toEqual(['kenro']);
    const bridge = exposed.get('kenro') as Bridge;
    for (const name of Object.keys(channels) as (keyof typeof channels)[]) {
      expect(await bridge.call(name, {} as never)).toEqual({ ok: true, reply: {} });
    }
    expect(asked).toHaveLength(Object.keys(channels).length);
  });
});

describe('the built program under Node', () => {
  test('starts, judges parts in its own engine process, answers the page, and ends when asked', async () => {
    const main = join(distFolder, 'electron', 'cli', 'main.js');
    const program = await startProgram([main, 'serve', '--json', '--data-dir', await temporaryFolder()]);
    const cookie = await signIn(program.url);
    const { origin } = new URL(program.url);
    expect(await (await fetch(origin, { headers: { cookie } })).text()).toContain('<div id="app">');

    const page = await openSocket(program.url, cookie);
    await page.next('parts.judged');
    const snapshot = await page.call('station.snapshot', {});
    expect(snapshot.counters.parts).toBeGreaterThan(0);
    expect(snapshot.engine.error).toBeUndefined();
    expect(snapshot.engine.pid).not.toBe(program.child.pid);

    expect(await program.end('SIGTERM')).toBe(0);
  }, 60_000);
});

describe('the built main process of Electron, with a stand-in for Electron', () => {
  test('opens the window with the built preload, page and engine, and quits cleanly', async () => {
    const dataDir = await temporaryFolder();
    const main = join(distFolder, 'electron', 'main', 'main.js');
    const program = join(root, 'test', 'support', 'builtElectron.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [program, main, `--data-dir=${dataDir}`]);
    const answers = JSON.parse(stdout) as Record<string, unknown>;
    expect(answers).toMatchObject({
      errorBoxes: [],
      profile: join(dataDir, 'electron'),
      preload: preloadFile,
      page: readFileSync(join(pageFolder, 'index.html'), 'utf8'),
      snapshot: { ok: true, reply: { shell: 'electron' } },
      engine: join(distFolder, 'electron', 'engine', 'process.js'),
    });
  }, 60_000);
});
