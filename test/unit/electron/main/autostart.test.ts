import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { setAutostart } from '../../../../electron/main/autostart.ts';
import { ElectronStandIn } from '../../../support/electronStandIn.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';

const kiosk = { path: '/opt/Kenro/kenro', args: ['--kiosk'] };

test('on Linux an entry of the user starts it, quoted as the specification says, and goes again', async () => {
  const home = await temporaryFolder();
  const { app } = new ElectronStandIn();
  const linux = { platform: 'linux', env: {}, home } as const;
  const file = join(home, '.config', 'autostart', 'kenro.desktop');
  await setAutostart(
    app,
    linux,
    { path: '/opt/Kenro/kenro', args: ['--data-dir=/a "b" 100%', '--kiosk'] },
    true,
  );
  expect(await readFile(file, 'utf8')).toContain(
    'Exec="/opt/Kenro/kenro" "--data-dir=/a \\\\"b\\\\" 100%%" "--kiosk"\n',
  );
  await setAutostart(app, linux, kiosk, false);
  await expect(readFile(file)).rejects.toThrow('ENOENT');
  await setAutostart(app, linux, kiosk, false);
});

test('an AppImage is started as the file it is, not as what it unpacks', async () => {
  const home = await temporaryFolder();
  const { app } = new ElectronStandIn();
  const env = { APPIMAGE: '/home/line/Kenro.AppImage', XDG_CONFIG_HOME: join(home, 'config') };
  await setAutostart(app, { platform: 'linux', env, home }, { path: '/tmp/.mount_K/kenro', args: [] }, true);
  expect(await readFile(join(home, 'config', 'autostart', 'kenro.desktop'), 'utf8')).toContain(
    'Exec="/home/line/Kenro.AppImage"\n',
  );
});

test.each(['win32', 'darwin'] as const)('on %s it is a login item', async (platform) => {
  const standIn = new ElectronStandIn();
  await setAutostart(standIn.app, { platform, env: {}, home: '/none' }, kiosk, true);
  expect(standIn.loginItems).toEqual([{ openAtLogin: true, ...kiosk, name: 'Kenro' }]);
});
