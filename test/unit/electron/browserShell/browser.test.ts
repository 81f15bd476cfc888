import { describe, expect, test } from 'vitest';
import {
  browserCandidates,
  exchangeDirFor,
  findBrowser,
  openWindow,
  profileDirFor,
  windowObstacle,
} from '../../../../electron/browserShell/browser.ts';

const linux = { platform: 'linux', env: { PATH: '/opt/bin:/usr/bin' }, home: '/home/line' } as const;
const windows = {
  platform: 'win32',
  env: { PROGRAMFILES: 'C:\\Program Files', LOCALAPPDATA: 'C:\\Users\\line\\AppData\\Local' },
  home: 'C:\\Users\\line',
} as const;
const mac = { platform: 'darwin', env: {}, home: '/Users/line' } as const;

describe('finding a browser', () => {
  test('Linux: Chromium before Chrome before Edge, along PATH', () => {
    const there = new Set(['/usr/bin/google-chrome', '/usr/bin/microsoft-edge']);
    expect(findBrowser(linux, (path) => there.has(path))).toBe('/usr/bin/google-chrome');
    there.add('/opt/bin/chromium');
    expect(findBrowser(linux, (path) => there.has(path))).toBe('/opt/bin/chromium');
  });

  test('Windows: in both program folders and the user’s own, Edge included', () => {
    const names = browserCandidates(windows).map((path) => path.replaceAll('/', '\\'));
    expect(names).toContain('C:\\Program Files\\Microsoft\\Edge\\Application\\msedge.exe');
    expect(names).toContain('C:\\Users\\line\\AppData\\Local\\Google\\Chrome\\Application\\chrome.exe');
  });

  test('macOS: the system’s and the user’s applications', () => {
    expect(browserCandidates(mac)).toContain('/Applications/Google Chrome.app/Contents/MacOS/Google Chrome');
    expect(browserCandidates(mac)).toContain('/Users/line/Applications/Chromium.app/Contents/MacOS/Chromium');
  });

  test('the user’s word comes first; nothing found is null', () => {
    const chosen = { ...linux, env: { ...linux.env, KENRO_CHROMIUM: '/my/browser' } };
    expect(findBrowser(chosen, () => true)).toBe('/my/browser');
    expect(findBrowser(linux, () => false)).toBeNull();
  });
});

describe('opening a window', () => {
  test('not without a screen, and not as root, where the sandbox would have to go', () => {
    const withScreen = { ...linux, env: { ...linux.env, DISPLAY: ':0' } };
    expect(windowObstacle(linux, 1000)).toMatch(/screen/);
    expect(windowObstacle(withScreen, 0)).toMatch(/root/);
    expect(windowObstacle(withScreen, 1000)).toBeNull();
    expect(windowObstacle(windows, undefined)).toBeNull();
  });

  test('a browser that does not start is told, not thrown', async () => {
    expect(await openWindow('/no/such/browser', 'http://127.0.0.1:1/', '/tmp')).toMatchObject({
      failure: expect.stringMatching(/ENOENT/),
    });
    // Node refuses the flags of a browser, and ends.
    expect(await openWindow(process.execPath, 'http://127.0.0.1:1/', '/tmp')).toMatchObject({
      failure: expect.stringMatching(/ended at once/),
    });
  });

  test('a snap keeps its profile where it may read', () => {
    expect(profileDirFor('/snap/bin/chromium', '/home/line/.local/share/kenro', '/home/line')).toBe(
      '/home/line/snap/chromium/common/kenro',
    );
    expect(profileDirFor(process.execPath, '/data', '/home/line')).toBe('/data/browser');
  });

  test('a snap is handed files where it may read', () => {
    expect(exchangeDirFor('/snap/bin/chromium', '/tmp', '/home/line')).toBe(
      '/home/line/snap/chromium/common',
    );
    expect(exchangeDirFor(process.execPath, '/tmp', '/home/line')).toBe('/tmp');
  });
});
