import type { Emit } from '../contract/events.ts';
import type { Launcher } from '../platform/launcher.ts';
import type { Log } from '../platform/log.ts';
import { noNetworkSwitches } from '../platform/noNetwork.ts';
import type { PageFiles } from '../platform/pageFiles.ts';
import { forbiddenSwitchText, startFailureText } from '../platform/startFailure.ts';
import type { PrintPdf } from '../report/renderAs.ts';
import { createDispatch } from '../station/dispatch.ts';
import type { Station } from '../station/station.ts';
import type { ElectronApi, ShellWindow } from './electronApi.ts';
import { answerCalls, eventLine } from './ipc.ts';
import { menuTemplate } from './menu.ts';
import { pageScheme } from './ownPage.ts';
import { pageAnswer, registerPageScheme } from './pageProtocol.ts';
import { printPdf } from './printPdf.ts';
import { cutOff, denyPermissions } from './security.ts';
import { forbiddenSwitch, readSwitches, startArguments } from './switches.ts';
import { utilityLauncher } from './utilityLauncher.ts';
import { openWindow } from './window.ts';

export interface ShellOptions {
  /** Where Electron keeps its own files; one running shell for each. */
  readonly profileDir: string;
  /** The bundled preload script. */
  readonly preload: string;
  readonly platform: NodeJS.Platform;
  /** What the program was started with, without its own name. */
  readonly args: readonly string[];
  readonly log: Log;
  /** Monotonic time. */
  readonly monotonicMs: () => number;
  readonly readPage: () => PageFiles;
  readonly startStation: (launcher: Launcher, emit: Emit, print: PrintPdf) => Promise<Station>;
  /** Ends a process by its id, at once. */
  readonly endNow: (pid: number) => void;
  /** Whether the system is to start the program by itself, and with what. */
  /** Done when the station has stopped, before the program ends. */
  readonly afterStop: () => Promise<void>;
  readonly setAutostart: (args: readonly string[], isOn: boolean) => Promise<void>;
}

/**
 * Electron's side of Kenro: one window on the station's page. Everything that matters happens in the station;
 * this only opens the door and keeps it narrow.
 */
export async function runShell(electron: ElectronApi, options: ShellOptions): Promise<void> {
  const { app } = electron;
  const { log } = options;
  const refused = app.isPackaged ? forbiddenSwitch(options.args) : null;
  if (refused !== null) return giveUp(electron, forbiddenSwitchText(refused));
  const switches = readSwitches(options.args);
  app.setPath('userData', options.profileDir);
  if (switches.autostart !== null) {
    await options.setAutostart(startArguments(switches), switches.autostart);
    return app.exit(0);
  }
  // A second start brings the window of the first to the front, or asks it to end.
  if (!app.requestSingleInstanceLock({ quit: switches.quit })) return app.quit();
  if (switches.quit) return app.exit(0);
  app.enableSandbox();
  for (const [name, value] of noNetworkSwitches([])) app.commandLine.appendSwitch(name, value);
  registerPageScheme(electron.protocol);

  let window: ShellWindow | null = null;
  app.on('second-instance', (_event, _args, _folder, asked) => {
    if ((asked as { quit?: unknown } | null)?.quit === true) return app.quit();
    if (window === null || window.isDestroyed()) return;
    if (window.isMinimized()) window.restore();
    window.focus();
  });
  app.on('window-all-closed', () => app.quit());

  await app.whenReady();
  denyPermissions(electron.session.defaultSession);
  cutOff(electron.session.defaultSession, app.isPackaged);
  const emit: Emit = (name, payload) => {
    if (window !== null && !window.isDestroyed()) window.webContents.send(eventLine, name, payload);
  };

  let station: Station;
  try {
    const page = options.readPage();
    const launcher = utilityLauncher(electron.utilityProcess, options.endNow);
    station = await options.startStation(launcher, emit, (report) => printPdf(electron, report));
    electron.protocol.handle(
      pageScheme,
      pageAnswer(page, (path) => station.assets(path)),
    );
  } catch (thrown) {
    log.error('the station did not start', thrown);
    return giveUp(electron, startFailureText(thrown));
  }
  const isEnding = stopBeforeQuitting(electron, station, options);
  answerCalls(
    electron.ipcMain,
    createDispatch(
      station.handlers,
      (name, thrown) => log.error(name, thrown),
      // The one window is the one page, for as long as it lives.
      station.openPage(emit),
    ),
  );
  const { Menu } = electron;
  Menu.setApplicationMenu(
    switches.kiosk ? null : Menu.buildFromTemplate(menuTemplate(options.platform, app.isPackaged)),
  );
  const { kiosk } = switches;
  window = openWindow(electron, { ...options, kiosk, isEnding });
}

function giveUp({ app, dialog }: Pick<ElectronApi, 'app' | 'dialog'>, text: string): void {
  dialog.showErrorBox('Kenro', text);
  app.exit(1);
}

/**
 * The application ends when the parts under way are on record, and not before.
 * @returns whether it is about to end
 */
function stopBeforeQuitting(
  { app, dialog }: Pick<ElectronApi, 'app' | 'dialog'>,
  station: Station,
  { log, afterStop }: ShellOptions,
): () => boolean {
  let asked = false;
  let stopped = false;
  app.on('before-quit', (event) => {
    if (stopped) return;
    event.preventDefault();
    if (asked) return;
    asked = true;
    station
      .stop()
      .catch((thrown: unknown) => log.error('stopping the station', thrown))
      .then(afterStop)
      .catch((thrown: unknown) => {
        log.error('after the station', thrown);
        dialog.showErrorBox('Kenro', startFailureText(thrown));
      })
      .finally(() => {
        stopped = true;
        app.quit();
      });
  });
  return () => asked;
}
