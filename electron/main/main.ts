/** Entry point of Electron's main process. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as electron from 'electron';
import { systemClock } from '../platform/clock.ts';
import { defaultDataFolder, thisComputer } from '../platform/dataFolder.ts';
import { consoleLog } from '../platform/log.ts';
import { readPageFiles } from '../platform/pageFiles.ts';
import { dataPaths } from '../platform/paths.ts';
import { places, programVersion } from '../platform/places.ts';
import { systemRandom } from '../platform/random.ts';
import { readUpdateKey } from '../platform/updateFile.ts';
import { startStation } from '../station/station.ts';
import { setAutostart } from './autostart.ts';
import { launchDetached, ShellInstaller } from './installer.ts';
import { runShell } from './shell.ts';
import { readSwitches } from './switches.ts';

const args = process.argv.slice(1);
const dataDir = readSwitches(args).dataDir ?? defaultDataFolder();

// Ctrl-C in the terminal the program was started from is a wish to quit like any other.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => electron.app.quit());

const { appImage, key } = installation();
const installer = new ShellInstaller({
  ...{ app: electron.app, platform: process.platform, arch: process.arch, key, appImage, args },
  paths: dataPaths(dataDir),
  nowMs: systemClock.nowMs,
  launch: launchDetached,
});

/** What updates must fit; a program that runs from its sources has nothing to be updated. */
function installation() {
  const pem =
    electron.app.isPackaged && existsSync(places.updateKey) ? readFileSync(places.updateKey, 'utf8') : null;
  return { appImage: process.env['APPIMAGE'] ?? null, key: pem === null ? null : readUpdateKey(pem) };
}

// Not awaited: Electron becomes ready only after this module has been evaluated.
runShell(electron, {
  profileDir: join(dataDir, 'electron'),
  preload: join(import.meta.dirname, '..', 'preload', 'preload.cjs'),
  platform: process.platform,
  args,
  log: consoleLog,
  monotonicMs: systemClock.monotonicMs,
  readPage: () => readPageFiles(places.page),
  startStation: (launcher, emit, printPdf) =>
    startStation({
      dataDir,
      version: programVersion(),
      shell: 'electron',
      clock: systemClock,
      random: systemRandom,
      launcher,
      engineModule: places.engineModule,
      starterDir: places.starterDir,
      handbookDir: places.handbook,
      log: consoleLog,
      emit,
      printPdf,
      ...(electron.app.isPackaged ? { installer } : {}),
    }),
  afterStop: () => installer.carryOut(),
  endNow: (pid) => {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself meanwhile.
    }
  },
  setAutostart: (given, isOn) =>
    setAutostart(electron.app, thisComputer, { path: process.execPath, args: given }, isOn),
}).catch((thrown: unknown) => {
  consoleLog.error('starting', thrown);
  electron.app.exit(1);
});
