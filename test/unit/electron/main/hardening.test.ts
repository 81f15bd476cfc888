import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { crashPage } from '../../../../electron/main/crashPage.ts';
import { runShell, type ShellOptions } from '../../../../electron/main/shell.ts';
import { silentLog } from '../../../../electron/platform/log.ts';
import { ElectronStandIn } from '../../../support/electronStandIn.ts';
import { anybody, handlersWith } from '../../../support/shellFixtures.ts';

let electron: ElectronStandIn;
let nowMs: number;
let autostarts: unknown[];

beforeEach(() => {
  electron = new ElectronStandIn();
  nowMs = 0;
  autostarts = [];
});

async function running(...args: string[]): Promise<void> {
  const run = runShell(electron, options(args));
  electron.becomeReady();
  await run;
}

function options(args: readonly string[]): ShellOptions {
  return {
    profileDir: '/data/electron',
    preload: '/app/preload.cjs',
    platform: 'linux',
    args,
    log: silentLog,
    monotonicMs: () => nowMs,
    readPage: () => new Map(),
    startStation: async () => ({
      handlers: handlersWith({}),
      openPage: () => ({ ...anybody, close: () => undefined }),
      assets: async () => null,
      stop: async () => undefined,
    }),
    endNow: () => undefined,
    afterStop: async () => undefined,
    setAutostart: async (given, isOn) => void autostarts.push([given, isOn]),
  };
}

const theWindow = () => electron.windows[0] ?? expect.fail('no window');
const ended = () => vi.waitFor(() => expect(electron.log).toContain('ended'));

describe('no network', () => {
  test('Chromium resolves no name, looks for no proxy and fetches nothing by itself', async () => {
    await running();
    expect(electron.switches.get('host-resolver-rules')).toBe('MAP * ~NOTFOUND');
    for (const name of ['no-proxy-server', 'disable-background-networking', 'disable-component-update']) {
      expect(electron.switches.has(name)).toBe(true);
    }
    expect(theWindow().contents.webRtcPolicy).toBe('disable_non_proxied_udp');
  });

  test('no request leaves the program, whoever makes it', async () => {
    await running();
    for (const url of ['app://kenro/', 'app://kenro/picture/7', 'blob:app://kenro/1', 'data:text/plain,1']) {
      expect(electron.fetches(url), url).toBe(true);
    }
    for (const url of [
      'http://kenro/',
      'https://example.invalid/',
      'ws://127.0.0.1:9/',
      'http://127.0.0.1:9/',
      'app://other/',
      'ftp://example.invalid/',
      'file:///etc/passwd',
      'not an address',
    ]) {
      expect(electron.fetches(url), url).toBe(false);
    }
    // A report that is printed is the main frame of a window of its own.
    expect(electron.fetches('file:///tmp/kenro-print-1/page.html', 'mainFrame')).toBe(true);
  });

  test('developer tools load what they need, but not in an installed program', async () => {
    await running();
    expect(electron.fetches('devtools://devtools/bundled/x.js')).toBe(true);
    electron = new ElectronStandIn();
    Object.assign(electron.app, { isPackaged: true });
    await running();
    expect(electron.fetches('devtools://devtools/bundled/x.js')).toBe(false);
  });
});

describe('switches that would open an installed program', () => {
  test.each([
    '--remote-debugging-port=9222',
    '-remote-debugging-pipe',
    '--inspect',
    '--inspect-brk=0',
    '--no-sandbox',
    '/NO-SANDBOX',
    '--disable-web-security',
    '--host-resolver-rules=MAP * 10.0.0.1',
    '--proxy-server=10.0.0.1',
    '--load-extension=/x',
  ])('%s: it says so and ends', async (arg) => {
    Object.assign(electron.app, { isPackaged: true });
    await running(arg);
    expect(electron.exitCode).toBe(1);
    expect(electron.errorBoxes).toEqual([expect.stringContaining(arg)]);
    expect(electron.windows).toEqual([]);
  });

  test('a developer may use them, and harmless ones are for everybody', async () => {
    await running('--inspect');
    expect(electron.windows).toHaveLength(1);
    electron = new ElectronStandIn();
    Object.assign(electron.app, { isPackaged: true });
    await running('--lang=ja', '--data-dir=/inspect', 'inspect');
    expect(electron.windows).toHaveLength(1);
  });
});

describe('kiosk', () => {
  test('is full screen without a menu, and stays when somebody closes it', async () => {
    await running('--kiosk');
    expect(theWindow().options.kiosk).toBe(true);
    expect(electron.menu).toBeNull();
    expect(theWindow().closes()).toBe(false);
  });

  test('ends when a second start asks it to, and not for a second start alone', async () => {
    await running('--kiosk');
    electron.startAgain({ quit: false });
    expect(electron.log).not.toContain('ended');
    electron.startAgain({ quit: true });
    await ended();
  });

  test('another window closes as ever', async () => {
    await running();
    expect(theWindow().options.kiosk).toBe(false);
    expect(theWindow().closes()).toBe(true);
  });

  test('--quit asks the first instance, and opens nothing where there is none', async () => {
    electron.secondInstance = true;
    await running('--quit');
    expect(electron.askedOfFirst).toEqual({ quit: true });
    expect(electron.windows).toEqual([]);

    electron = new ElectronStandIn();
    await running('--quit');
    expect(electron.exitCode).toBe(0);
    expect(electron.windows).toEqual([]);
  });
});

test('--autostart only changes what the system starts, with the other switches', async () => {
  await running('--autostart=on', '--kiosk', '--data-dir=/data');
  expect(autostarts).toEqual([[['--data-dir=/data', '--kiosk'], true]]);
  expect(electron.exitCode).toBe(0);
  expect(electron.windows).toEqual([]);
});

describe('a page that fails', () => {
  const crash = () =>
    theWindow().contents.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 5 });

  test('again and again makes room for one that says so, in both languages and without scripts', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    await running();
    for (let times = 0; times < 3; times++) {
      crash();
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(theWindow().loaded.slice(1)).toEqual(['app://kenro/', 'app://kenro/', 'app://kenro/stopped']);

    const answer = await electron.request('app://kenro/stopped');
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(answer.headers.get('content-security-policy')).not.toContain('script-src');
    expect(await answer.text()).toBe(crashPage);
    expect(crashPage).toMatch(/still being inspected[\s\S]*検査と記録は続いています/);
    expect(theWindow().contents.navigate('app://kenro/')).toBe(true);
  });

  test('now and then is opened again each time', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    await running();
    for (let times = 0; times < 5; times++) {
      nowMs += 40_000;
      crash();
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(theWindow().loaded).toEqual(Array.from({ length: 6 }, () => 'app://kenro/'));
  });

  test('that hangs is ended and opened again; one that answers late is left alone', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    await running();
    theWindow().emit('unresponsive');
    await vi.advanceTimersByTimeAsync(10_000);
    theWindow().emit('responsive');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(theWindow().contents.crashes).toBe(0);

    theWindow().emit('unresponsive');
    await vi.advanceTimersByTimeAsync(22_000);
    expect(theWindow().contents.crashes).toBe(1);
    expect(theWindow().loaded).toHaveLength(2);
  });
});
