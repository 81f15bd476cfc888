import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { readStartOptions, usage } from '../../../build/startOptions.ts';
import { defaultDataFolder } from '../../../electron/platform/dataFolder.ts';

test('without flags: Electron first, a free port, the user’s own data folder', () => {
  expect(readStartOptions([])).toEqual({
    browser: false,
    open: true,
    port: 0,
    dataDir: defaultDataFolder(),
  });
});

test('a port or no window can only mean the browser shell', () => {
  expect(readStartOptions(['--port', '8123'])).toMatchObject({ browser: true, port: 8123 });
  expect(readStartOptions(['--no-open'])).toMatchObject({ browser: true, open: false });
  expect(readStartOptions(['--data-dir', 'here'])).toMatchObject({
    browser: false,
    dataDir: resolve('here'),
  });
});

test('wrong usage is told', () => {
  for (const args of [
    ['--nonsense'],
    ['more'],
    ['--port'],
    ['--port', 'x'],
    ['--port', '70000'],
    ['--data-dir='],
  ]) {
    expect(() => readStartOptions(args)).toThrow();
  }
  expect(readStartOptions(['--help'])).toBeNull();
  expect(usage).toContain('--data-dir');
});
