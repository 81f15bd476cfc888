import { expect, test } from 'vitest';
import { defaultDataFolder } from '../../../../electron/platform/dataFolder.ts';

test('follows each system’s convention', () => {
  const home = '/home/line';
  expect(defaultDataFolder({ platform: 'linux', env: {}, home })).toBe('/home/line/.local/share/kenro');
  expect(defaultDataFolder({ platform: 'linux', env: { XDG_DATA_HOME: '/data' }, home })).toBe('/data/kenro');
  expect(defaultDataFolder({ platform: 'win32', env: { LOCALAPPDATA: 'C:/Local' }, home })).toBe(
    'C:/Local/Kenro',
  );
  expect(defaultDataFolder({ platform: 'darwin', env: {}, home })).toBe(
    '/home/line/Library/Application Support/Kenro',
  );
});
