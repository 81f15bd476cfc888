import type { BrowserWindowConstructorOptions } from 'electron';
import type { Log } from '../platform/log.ts';
import type { ElectronApi, ShellWindow } from './electronApi.ts';
import { pageUrl } from './ownPage.ts';
import { confine } from './security.ts';
import { watchPage } from './watchPage.ts';

/** Electron's defaults are stated as well: a later version must not change them under us. */
export function windowOptions(
  preload: string,
  isPackaged: boolean,
  kiosk: boolean,
): BrowserWindowConstructorOptions {
  return {
    title: 'Kenro',
    width: 1440,
    height: 900,
    minWidth: 1024,
    minHeight: 700,
    show: false,
    kiosk,
    backgroundColor: '#e6e8ea',
    autoHideMenuBar: true,
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      devTools: !isPackaged,
      // A station that is looked at once an hour still shows the part that has just gone by.
      backgroundThrottling: false,
    },
  };
}

export interface WindowPlan {
  /** The bundled preload script. */
  readonly preload: string;
  readonly kiosk: boolean;
  readonly log: Log;
  readonly monotonicMs: () => number;
  /** Whether the program is about to end. */
  readonly isEnding: () => boolean;
}

/** Opens the station's window. */
export function openWindow(
  { BrowserWindow, app }: Pick<ElectronApi, 'BrowserWindow' | 'app'>,
  { preload, kiosk, log, monotonicMs, isEnding }: WindowPlan,
): ShellWindow {
  const window = new BrowserWindow(windowOptions(preload, app.isPackaged, kiosk));
  confine(window.webContents);
  watchPage(window, log, monotonicMs);
  // A line's screen is not to be closed by whoever stands at it.
  window.on('close', (event) => {
    if (kiosk && !isEnding()) event.preventDefault();
  });
  window.once('ready-to-show', () => window.show());
  window.loadURL(pageUrl).catch((thrown: unknown) => log.error('loading the page', thrown));
  return window;
}
