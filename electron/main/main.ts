/** Entry point of Electron's main process. */
import { join } from 'node:path';
import * as electron from 'electron';
import { systemClock } from '../platform/clock.ts';
import { defaultDataFolder, thisComputer } from '../platform/dataFolder.ts';
import { consoleLog } from '../platform/log.ts';
import { readPageFiles } from '../platform/pageFiles.ts';
import { places, programVersion } from '../platform/places.ts';
import { systemRandom } from '../platform/random.ts';
import { startStation } from '../station/station.ts';
import { setAutostart } from './autostart.ts';
import { runShell } from './shell.ts';
import { readSwitches } from './switches.ts';

const args = process.argv.slice(1);
const dataDir = readSwitches(args).dataDir ?? defaultDataFolder();

// Ctrl-C in the terminal the program was started from is a wish to quit like any other.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => electron.app.quit());

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
      log: consoleLog,
      emit,
      printPdf,
    }),
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
