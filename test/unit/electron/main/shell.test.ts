import { readdir } from 'node:fs/promises';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { KenroError } from '../../../../electron/contract/errors.ts';
import type { Emit } from '../../../../electron/contract/events.ts';
import { callLine, eventLine } from '../../../../electron/main/ipc.ts';
import { runShell, type ShellOptions } from '../../../../electron/main/shell.ts';
import type { Launcher } from '../../../../electron/platform/launcher.ts';
import { silentLog } from '../../../../electron/platform/log.ts';
import type { PageFiles } from '../../../../electron/platform/pageFiles.ts';
import type { PrintPdf } from '../../../../electron/report/renderAs.ts';
import { ElectronStandIn } from '../../../support/electronStandIn.ts';
import { anybody, handlersWith } from '../../../support/shellFixtures.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';

const page: PageFiles = new Map([
  [
    '/',
    {
      type: 'text/html; charset=utf-8',
      bytes: new TextEncoder().encode('<!doctype html>'),
      immutable: false,
    },
  ],
  ['/assets/a.js', { type: 'text/javascript', bytes: new TextEncoder().encode('1'), immutable: true }],
]);

let electron: ElectronStandIn;
let emit: Emit;
let launcher: Launcher;
let print: PrintPdf;
let stops: number;
let stopped: PromiseWithResolvers<void>;
let ended: number[];

function options(change: Partial<ShellOptions> = {}): ShellOptions {
  return {
    profileDir: '/data/electron',
    preload: '/app/preload.cjs',
    platform: 'linux',
    args: [],
    log: silentLog,
    monotonicMs: () => 0,
    afterStop: async () => undefined,
    setAutostart: async () => undefined,
    readPage: () => page,
    endNow: (pid) => ended.push(pid),
    startStation: async (givenLauncher, givenEmit, givenPrint) => {
      launcher = givenLauncher;
      print = givenPrint;
      emit = givenEmit;
      return {
        handlers: handlersWith({ 'history.count': () => ({ count: 3 }) }),
        openPage: () => ({ ...anybody, close: () => undefined }),
        assets: async (path) =>
          path === '/picture/7?side=80'
            ? { status: 200, headers: { 'content-type': 'image/jpeg' }, body: new Uint8Array([7]) }
            : path.startsWith('/export/')
              ? { status: 200, headers: { 'content-type': 'text/csv' }, body: rows() }
              : path.startsWith('/run/')
                ? { status: 200, headers: framed, body: new Uint8Array() }
                : null,
        stop: () => {
          stops += 1;
          return stopped.promise;
        },
      };
    },
    ...change,
  };
}

const framed = { 'content-security-policy': "default-src 'none'; sandbox" };

async function* rows() {
  yield new TextEncoder().encode('id\n');
  yield new TextEncoder().encode('1\n');
}

async function running(change: Partial<ShellOptions> = {}): Promise<void> {
  const run = runShell(electron, options(change));
  electron.becomeReady();
  await run;
}

const theWindow = () => electron.windows[0] ?? expect.fail('no window');
const ownFrame = () => {
  const { mainFrame } = theWindow().contents;
  return { sender: { mainFrame }, senderFrame: mainFrame };
};

beforeEach(() => {
  electron = new ElectronStandIn();
  stops = 0;
  stopped = Promise.withResolvers();
  ended = [];
});

describe('the window', () => {
  test('is sandboxed, isolated and without Node, in so many words', async () => {
    await running();
    expect(theWindow().options.webPreferences).toMatchObject({
      preload: '/app/preload.cjs',
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
    });
    expect(electron.log).toContain('sandbox');
    expect(theWindow().contents.url).toBe('app://kenro/');
    expect(theWindow().shown).toBe(true);
  });

  test('an installed program has no developer tools', async () => {
    Object.assign(electron.app, { isPackaged: true });
    await running();
    expect(theWindow().options.webPreferences?.devTools).toBe(false);
    expect(JSON.stringify(electron.menu)).not.toContain('toggleDevTools');
  });

  test('goes nowhere, opens nothing, embeds nothing', async () => {
    await running();
    const { contents } = theWindow();
    const elsewhere = [
      'https://evil.example/',
      'http://127.0.0.1:80/',
      'file:///etc/passwd',
      'app://other/',
      'app://kenro.evil.example/',
      'app://kenro/picture/1',
      'javascript:alert(1)',
      'data:text/html,x',
    ];
    for (const url of elsewhere) {
      expect(contents.navigate(url)).toBe(false);
      expect(contents.opens(url)).toBe(false);
    }
    expect(contents.navigate('app://kenro/', false)).toBe(false);
    expect(contents.redirect('app://kenro/')).toBe(false);
    expect(contents.attachWebview()).toBe(false);
    expect(contents.opens('app://kenro/')).toBe(false);
    expect(contents.navigate('app://kenro/#history')).toBe(true);
  });

  test('shows evaluation reports in frames, and nothing else in them', async () => {
    await running();
    const { contents } = theWindow();
    const report = 'app://kenro/run/retrain-17-1/report.html?lang=ja';
    expect(contents.navigate(report, false)).toBe(true);
    expect(contents.navigate(report)).toBe(false);
    for (const url of [
      'app://kenro/run/retrain-17-1/report.pdf',
      'app://kenro/run/../report.html',
      'app://kenro/run/x/report.html',
      'app://other/run/retrain-17-1/report.html',
      'https://evil.example/run/retrain-17-1/report.html',
      'app://kenro/picture/7?side=80',
    ]) {
      expect(contents.navigate(url, false), url).toBe(false);
    }
  });

  test('a second start shows the first window and ends itself', async () => {
    await running();
    theWindow().minimized = true;
    electron.startAgain();
    expect(theWindow().minimized).toBe(false);
    expect(theWindow().focused).toBe(1);

    const second = new ElectronStandIn();
    second.secondInstance = true;
    second.becomeReady();
    await runShell(second, options({ startStation: () => expect.fail('a second station') }));
    expect(second.log).toEqual(['ended']);
    expect(second.windows).toEqual([]);
    expect(second.paths.get('userData')).toBe('/data/electron');
  });
});

describe('permissions', () => {
  const own = { isMainFrame: true, requestingUrl: 'app://kenro/' };

  test('the camera, for our own page only', async () => {
    await running();
    expect(electron.asks('media', { ...own, mediaTypes: ['video'] })).toBe(true);
    expect(electron.asks('media', { ...own, mediaTypes: ['video', 'audio'] })).toBe(false);
    expect(electron.asks('media', { ...own, mediaTypes: ['audio'] })).toBe(false);
    expect(electron.asks('media', { ...own, mediaTypes: [] })).toBe(false);
    expect(electron.asks('media', { ...own, isMainFrame: false, mediaTypes: ['video'] })).toBe(false);
    expect(
      electron.asks('media', { ...own, requestingUrl: 'https://evil.example/', mediaTypes: ['video'] }),
    ).toBe(false);
    expect(electron.checks('media', 'app://kenro/', { mediaType: 'video', isMainFrame: true })).toBe(true);
    expect(electron.checks('media', 'app://kenro/', { mediaType: 'audio', isMainFrame: true })).toBe(false);
    expect(electron.checks('media', 'https://evil.example/', { mediaType: 'video', isMainFrame: true })).toBe(
      false,
    );
  });

  test('nothing else, not even for our own page', async () => {
    await running();
    const others = [
      'clipboard-read',
      'display-capture',
      'fileSystem',
      'fullscreen',
      'geolocation',
      'hid',
      'idle-detection',
      'mediaKeySystem',
      'midiSysex',
      'notifications',
      'openExternal',
      'pointerLock',
      'serial',
      'storage-access',
      'usb',
      'window-management',
      'unknown',
    ] as const;
    for (const permission of others) {
      expect(electron.checks(permission, 'app://kenro/', { isMainFrame: true })).toBe(false);
    }
    for (const permission of ['clipboard-read', 'geolocation', 'notifications', 'openExternal'] as const) {
      expect(electron.asks(permission, own)).toBe(false);
    }
    expect(electron.asksForDevice()).toBe(false);
  });
});

describe('app://kenro', () => {
  test('is a secure origin of its own, said before the application is ready', async () => {
    await running();
    expect(electron.schemes).toEqual([
      { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } },
    ]);
  });

  test('serves the page and its files, the policy with each', async () => {
    await running();
    for (const [path, type] of [
      ['', 'text/html; charset=utf-8'],
      ['assets/a.js', 'text/javascript'],
    ]) {
      const answer = await electron.request(`app://kenro/${path}`);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe(type);
      expect(answer.headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; script-src 'self';/,
      );
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  test('serves pictures and exports of the station', async () => {
    await running();
    const picture = await electron.request('app://kenro/picture/7?side=80');
    expect(new Uint8Array(await picture.arrayBuffer())).toEqual(new Uint8Array([7]));
    expect(picture.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await (await electron.request('app://kenro/export/history.csv')).text()).toBe('id\n1\n');
    const report = await electron.request('app://kenro/run/retrain-1-1/report.html');
    expect(report.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
    expect(report.headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('knows nothing else: missing files, other hosts, traversal, other methods', async () => {
    await running();
    for (const url of [
      'app://kenro/missing.js',
      'app://kenro/../../etc/passwd',
      'app://kenro/assets/..%2f..%2fsecret',
      'app://kenro//assets/a.js',
      'app://kenro/index.html',
      'app://kenro/__proto__',
      'app://other/',
      'app://kenro:81/',
    ]) {
      const answer = await electron.request(url);
      expect(answer.status).toBe(404);
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    }
    expect((await electron.request('app://kenro/', { method: 'POST', body: 'x' })).status).toBe(405);
  });
});

describe('calls and events', () => {
  const everything = {
    ...{ fromMs: null, toMs: null, productId: null, sourceId: null, modelId: null },
    ...{ verdicts: null, human: null, text: null, label: null },
  };

  test('the page is answered; what it asks is checked', async () => {
    await running();
    const ask = (name: unknown, request: unknown) => electron.invoke(callLine, ownFrame(), name, request);
    expect(await ask('history.count', { filter: everything })).toEqual({ ok: true, reply: { count: 3 } });
    expect(await ask('history.count', { filter: 7 })).toMatchObject({
      ok: false,
      error: { kind: 'badRequest' },
    });
    expect(await ask('no.such', {})).toMatchObject({ ok: false, error: { kind: 'badRequest' } });
    expect(await ask(['history.count'], {})).toMatchObject({ ok: false, error: { kind: 'notAllowed' } });
  });

  test('nobody else is: other pages, frames inside ours, frames that are gone', async () => {
    await running();
    const own = ownFrame();
    const request = { filter: everything };
    const refused = { ok: false, error: { kind: 'notAllowed', params: {} } };
    for (const senderFrame of [{ url: 'app://kenro/' }, { url: 'https://evil.example/' }, null]) {
      expect(await electron.invoke(callLine, { ...own, senderFrame }, 'history.count', request)).toEqual(
        refused,
      );
    }
    theWindow().contents.url = 'https://evil.example/';
    expect(await electron.invoke(callLine, ownFrame(), 'history.count', request)).toEqual(refused);
  });

  test('events reach the window, and a window that is gone is left alone', async () => {
    await running();
    emit('job.removed', { id: 'j' });
    expect(theWindow().contents.sent).toEqual([[eventLine, 'job.removed', { id: 'j' }]]);
    theWindow().destroyed = true;
    emit('job.removed', { id: 'k' });
    expect(theWindow().contents.sent).toHaveLength(1);
  });
});

describe('engines', () => {
  test('are utility processes, and are ended at once when they hang', async () => {
    await running();
    const port = launcher('/app/engine.js', ['--role=inspect']);
    const [engine] = electron.engines;
    expect(engine).toMatchObject({ modulePath: '/app/engine.js', args: ['--role=inspect'] });

    const heard: unknown[] = [];
    port.onMessage((message) => heard.push(message));
    port.onExit((description) => heard.push(description));
    engine?.emit('message', { type: 'ready' });
    port.send({ bytes: new Uint8Array([1]) });
    expect(engine?.received).toEqual([{ bytes: new Uint8Array([1]) }]);

    port.kill();
    expect(engine?.askedToEnd).toBe(1);
    if (engine !== undefined) engine.pid = 77;
    expect(port.pid).toBe(77);
    port.kill();
    expect(ended).toEqual([77]);
    engine?.emit('exit', 9);
    expect(heard).toEqual([{ type: 'ready' }, 'exit code 9']);
  });
});

describe('printing', () => {
  test('goes through a window that nobody sees, runs nothing and is gone afterwards', async () => {
    const folder = await temporaryFolder();
    for (const name of ['TMPDIR', 'TEMP', 'TMP']) vi.stubEnv(name, folder);
    onTestFinished(() => void vi.unstubAllEnvs());
    await running();
    const pdf = Buffer.from(await print('<!doctype html><p>レポート</p>')).toString();
    expect(pdf).toBe('%PDF <!doctype html><p>レポート</p>');
    const { options: made, contents, shown, destroyed } = electron.windows[1]!;
    expect(made).toMatchObject({ show: false });
    expect(made.webPreferences).toMatchObject({
      ...{ sandbox: true, contextIsolation: true, nodeIntegration: false, javascript: false },
    });
    expect(made.webPreferences).not.toHaveProperty('preload');
    expect([shown, destroyed]).toEqual([false, true]);
    expect(contents.navigate('https://evil.example/')).toBe(false);
    expect(contents.opens('https://evil.example/')).toBe(false);
    expect(contents.printed).toEqual([{ printBackground: true, preferCSSPageSize: true }]);
    expect(await readdir(folder)).toEqual([]);
  });

  test('that fails says so, and leaves nothing behind', async () => {
    await running();
    electron.isOutOfPaper = true;
    await expect(print('<!doctype html>')).rejects.toMatchObject({ kind: 'printFailed' });
    expect(electron.windows[1]?.destroyed).toBe(true);
  });
});

describe('the end', () => {
  test('comes after the parts under way are on record', async () => {
    await running();
    electron.closeAllWindows();
    expect(stops).toBe(1);
    expect(electron.log).not.toContain('ended');
    stopped.resolve();
    await new Promise((resolve) => setTimeout(resolve));
    expect(electron.log).toContain('ended');
    expect(stops).toBe(1);
  });

  test('a station that cannot start says why, in a box, and opens no window', async () => {
    await running({ startStation: () => Promise.reject(new KenroError('conflict')) });
    expect(electron.errorBoxes[0]).toMatch(/already running.*すでに起動/s);
    expect(electron.exitCode).toBe(1);
    expect(electron.windows).toEqual([]);
  });

  test('a page that crashes comes back', async () => {
    await running();
    const { contents } = theWindow();
    contents.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 5 });
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    expect(theWindow().loaded).toEqual(['app://kenro/', 'app://kenro/']);
  });
});
