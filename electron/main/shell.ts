import type { Emit } from '../contract/events.ts';
import type { Launcher } from '../platform/launcher.ts';
import type { Log } from '../platform/log.ts';
import type { PageFiles } from '../platform/pageFiles.ts';
import { startFailureText } from '../platform/startFailure.ts';
import type { PrintPdf } from '../report/renderAs.ts';
import { createDispatch } from '../station/dispatch.ts';
import type { Station } from '../station/station.ts';
import type { ElectronApi, ShellWindow } from './electronApi.ts';
import { answerCalls, eventLine } from './ipc.ts';
import { menuTemplate } from './menu.ts';
import { pageScheme } from './ownPage.ts';
import { pageAnswer, registerPageScheme } from './pageProtocol.ts';
import { printPdf } from './printPdf.ts';
import { denyPermissions } from './security.ts';
import { utilityLauncher } from './utilityLauncher.ts';
import { openWindow } from './window.ts';

export interface ShellOptions {
  /** Where Electron keeps its own files; one running shell for each. */
  readonly profileDir: string;
  /** The bundled preload script. */
  readonly preload: string;
  readonly platform: NodeJS.Platform;
  readonly log: Log;
  readonly readPage: () => PageFiles;
  readonly startStation: (launcher: Launcher, emit: Emit, print: PrintPdf) => Promise<Station>;
  /** Ends a process by its id, at once. */
  readonly endNow: (pid: number) => void;
}

/**
 * Electron's side of Kenro: one window on the station's page. Everything that matters happens in the station;
 * this only opens the door and keeps it narrow.
 */
export async function runShell(electron: ElectronApi, options: ShellOptions): Promise<void> {
  const { app } = electron;
  const { log } = options;
  app.setPath('userData', options.profileDir);
  if (!app.requestSingleInstanceLock()) return app.quit();
  app.enableSandbox();
  registerPageScheme(electron.protocol);

  let window: ShellWindow | null = null;
  app.on('second-instance', () => {
    if (window === null || window.isDestroyed()) return;
    if (window.isMinimized()) window.restore();
    window.focus();
  });
  app.on('window-all-closed', () => app.quit());

  await app.whenReady();
  denyPermissions(electron.session.defaultSession);
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
    electron.dialog.showErrorBox('Kenro', startFailureText(thrown));
    return app.exit(1);
  }
  stopBeforeQuitting(app, station, log);
  answerCalls(
    electron.ipcMain,
    createDispatch(
      station.handlers,
      (name, thrown) => log.error(name, thrown),
      // The one window is the one page, for as long as it lives.
      station.openPage(emit),
    ),
  );
  electron.Menu.setApplicationMenu(
    electron.Menu.buildFromTemplate(menuTemplate(options.platform, app.isPackaged)),
  );
  window = openWindow(electron, options.preload, log);
}

/** The application ends when the parts under way are on record, and not before. */
function stopBeforeQuitting(app: ElectronApi['app'], station: Station, log: Log): void {
  let stopped = false;
  app.on('before-quit', (event) => {
    if (stopped) return;
    event.preventDefault();
    station
      .stop()
      .catch((thrown: unknown) => log.error('stopping the station', thrown))
      .finally(() => {
        stopped = true;
        app.quit();
      });
  });
}
