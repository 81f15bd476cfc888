import { spawn } from 'node:child_process';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { electronObstacle, installedElectron } from '../../build/electronBinary.ts';
import { root } from '../../build/folders.ts';
import { freshCore, freshPage } from '../../build/freshness.ts';
import type { Bridge } from '../../electron/contract/bridge.ts';
import { temporaryFolder } from '../support/shellFixtures.ts';

declare const window: { kenro: Bridge; open(url: string): unknown; require?: unknown; process?: unknown };

const program = installedElectron();
const missing = program === null ? "Electron's program has not been fetched" : electronObstacle();

if (missing !== null) process.stdout.write(`The real Electron shell is not tested here: ${missing}.\n`);

describe.skipIf(missing !== null)('the real Electron shell', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let electron: ElectronApplication;
  let page: Page;
  const args = () => [root, `--data-dir=${folder.path}`];

  beforeAll(async () => {
    await freshPage(() => undefined);
    await freshCore(() => undefined);
    folder = temporaryFolder();
    electron = await _electron.launch({ executablePath: program as string, args: args() });
    page = await electron.firstWindow();
    await page.waitForSelector('#app *');
  });
  afterAll(async () => {
    await electron.close();
    folder.remove();
  });

  test('shows the page under its own scheme, in a sandbox without Node', async () => {
    expect(page.url()).toBe('app://kenro/');
    expect(await page.evaluate(() => [typeof window.require, typeof window.process])).toEqual([
      'undefined',
      'undefined',
    ]);
    expect(await page.evaluate(() => Object.keys(window.kenro).sort())).toEqual([
      'call',
      'on',
      'onConnection',
    ]);
    const preferences = await electron.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents as unknown as {
        getLastWebPreferences(): Record<string, unknown>;
      };
      const { sandbox, contextIsolation, nodeIntegration } = contents.getLastWebPreferences();
      return { sandbox, contextIsolation, nodeIntegration };
    });
    expect(preferences).toEqual({ sandbox: true, contextIsolation: true, nodeIntegration: false });
  });

  test('judges parts in a utility process', async () => {
    await expect
      .poll(
        () =>
          page.evaluate(async () => {
            const outcome = await window.kenro.call('station.snapshot', {});
            return outcome.ok ? outcome.reply.counters.parts : 0;
          }),
        { timeout: 30_000 },
      )
      .toBeGreaterThan(0);
    const types = await electron.evaluate(({ app }) => app.getAppMetrics().map(({ type }) => type));
    expect(types).toContain('Utility');
  });

  test('talks to nobody else, opens nothing and goes nowhere', async () => {
    expect(
      await page.evaluate(() =>
        fetch('https://example.com/').then(
          () => 'answered',
          () => 'refused',
        ),
      ),
    ).toBe('refused');
    expect(await page.evaluate(() => window.open('https://example.com/'))).toBeNull();
    await page.evaluate(() => void (location.href = 'https://example.com/'));
    await page.waitForTimeout(500);
    expect(page.url()).toBe('app://kenro/');
    expect(electron.windows()).toHaveLength(1);
  });

  test('grants nothing but the camera', async () => {
    const states = await page.evaluate(async () => {
      const names = ['geolocation', 'notifications', 'microphone'] as PermissionName[];
      return Promise.all(names.map(async (name) => (await navigator.permissions.query({ name })).state));
    });
    expect(states).not.toContain('granted');
  });

  test('answers only for what was built', async () => {
    const ask = (path: string) =>
      page.evaluate(async (asked) => {
        const answer = await fetch(asked);
        return [answer.status, answer.headers.get('content-security-policy') ?? ''] as const;
      }, path);
    const [status, policy] = await ask('/');
    expect(status).toBe(200);
    expect(policy).toContain("default-src 'none'");
    expect((await ask('/../package.json'))[0]).toBe(404);
  });

  test('runs once: a second start ends by itself', async () => {
    const second = spawn(program as string, args(), { stdio: 'ignore' });
    expect(await new Promise((resolve) => second.once('exit', resolve))).toBe(0);
    expect(electron.windows()).toHaveLength(1);
  });
});
