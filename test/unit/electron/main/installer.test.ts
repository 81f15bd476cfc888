import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { ShellInstaller, type InstallerHost } from '../../../../electron/main/installer.ts';
import { dataPaths } from '../../../../electron/platform/paths.ts';
import type { PlannedUpdate } from '../../../../electron/station/updates/updates.ts';
import { ElectronStandIn } from '../../../support/electronStandIn.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';

let folder: string;
let electron: ElectronStandIn;
let launched: unknown[];

beforeEach(async () => {
  folder = await temporaryFolder();
  electron = new ElectronStandIn();
  launched = [];
});

function installer(appImage: string | null): ShellInstaller {
  return new ShellInstaller({
    ...{ app: electron.app, platform: 'linux', arch: 'x64', key: null, appImage },
    args: ['--kiosk'],
    paths: dataPaths(folder),
    nowMs: () => 0,
    launch: (...call: Parameters<InstallerHost['launch']>) => launched.push(call),
  });
}

async function plan(name: string, content = 'new'): Promise<PlannedUpdate> {
  const path = join(folder, name);
  await writeFile(path, content);
  return { manifest: {} as PlannedUpdate['manifest'], installer: path, restore: null };
}

test('an AppImage is replaced as a whole, stays a program, and is started again as it was', async () => {
  const running = join(folder, 'Kenro.AppImage');
  await writeFile(running, 'old');
  await chmod(running, 0o755);
  const shell = installer(running);
  shell.start(await plan('new.AppImage'));
  await shell.carryOut();
  expect(await readFile(running, 'utf8')).toBe('new');
  expect((await stat(running)).mode & 0o777).toBe(0o755);
  expect(await readdir(folder)).not.toContain('Kenro.AppImage.new');
  expect(electron.relaunches).toEqual([{ execPath: running, args: ['--kiosk'] }]);
});

test('an AppImage that cannot be replaced stays as it is, and so does the database', async () => {
  const shell = installer(join(folder, 'nowhere', 'Kenro.AppImage'));
  const restore = { path: join(folder, 'none.db'), timeMs: 0, reason: 'migration' as const };
  shell.start({ ...(await plan('new.AppImage')), restore });
  await expect(shell.carryOut()).rejects.toThrow('ENOENT');
  expect(electron.relaunches).toEqual([]);
  expect(await readdir(folder)).toEqual(['new.AppImage']);
});

test('on Windows the installer goes on when the program has ended', async () => {
  const shell = installer(null);
  const planned = await plan('Kenro.exe');
  shell.start(planned);
  expect(launched).toEqual([]);
  await shell.carryOut();
  expect(launched).toEqual([[planned.installer, ['--updated', '--force-run']]]);
});

test('the program ends a moment after the plan is made, and does nothing without one', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const shell = installer(null);
  await shell.carryOut();
  expect(launched).toEqual([]);
  shell.start(await plan('Kenro.deb'));
  expect(electron.log).toEqual([]);
  vi.advanceTimersByTime(1_000);
  expect(electron.log).toEqual(['ended']);
});

test('says what somebody has to install', () => {
  expect(installer(null).byHand('Kenro.deb')).toBe('deb');
  expect(installer(null).byHand('Kenro.dmg')).toBe('dmg');
  expect(installer(null).byHand('Kenro.exe')).toBeNull();
  expect(installer('/x.AppImage').byHand('Kenro.AppImage')).toBeNull();
  expect(() => installer(null).byHand('Kenro.AppImage')).toThrow(
    expect.objectContaining({ kind: 'updateForOther' }),
  );
});
