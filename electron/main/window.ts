import type { BrowserWindowConstructorOptions } from 'electron';
import type { Log } from '../platform/log.ts';
import type { ElectronApi, ShellWindow } from './electronApi.ts';
import { pageUrl } from './ownPage.ts';
import { confine } from './security.ts';

const reloadAfterMs = 1_000;

/** Electron's defaults are stated as well: a later version must not change them under us. */
export function windowOptions(preload: string, isPackaged: boolean): BrowserWindowConstructorOptions {
  return {
    title: 'Kenro',
    width: 1440,
    height: 900,
    minWidth: 1024,
    minHeight: 700,
    show: false,
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

/** Opens the station's window. A page that crashes is loaded again: the station itself runs elsewhere. */
export function openWindow(
  { BrowserWindow, app }: Pick<ElectronApi, 'BrowserWindow' | 'app'>,
  preload: string,
  log: Log,
): ShellWindow {
  const window = new BrowserWindow(windowOptions(preload, app.isPackaged));
  const { webContents } = window;
  confine(webContents);
  webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit') return;
    log.error('the page is gone', reason);
    setTimeout(() => {
      if (!webContents.isDestroyed()) webContents.reload();
    }, reloadAfterMs);
  });
  window.once('ready-to-show', () => window.show());
  window.loadURL(pageUrl).catch((thrown: unknown) => log.error('loading the page', thrown));
  return window;
}
