import type {
  App,
  BrowserWindow,
  BrowserWindowConstructorOptions,
  Dialog,
  IpcMain,
  Menu,
  Protocol,
  Session,
  UtilityProcess,
  WebContents,
  utilityProcess,
} from 'electron';

/**
 * The few parts of Electron that the shell uses, as arguments: `main.ts` hands over the real ones and the
 * tests a stand-in. Both are checked against Electron's own types, so neither can drift from them.
 */
export interface ElectronApi {
  readonly app: Pick<
    App,
    | 'commandLine'
    | 'enableSandbox'
    | 'exit'
    | 'isPackaged'
    | 'on'
    | 'quit'
    | 'relaunch'
    | 'requestSingleInstanceLock'
    | 'setLoginItemSettings'
    | 'setPath'
    | 'whenReady'
  >;
  readonly BrowserWindow: new (options: BrowserWindowConstructorOptions) => ShellWindow;
  readonly dialog: Pick<Dialog, 'showErrorBox'>;
  readonly ipcMain: Pick<IpcMain, 'handle'>;
  readonly Menu: Pick<typeof Menu, 'buildFromTemplate' | 'setApplicationMenu'>;
  readonly protocol: Pick<Protocol, 'handle' | 'registerSchemesAsPrivileged'>;
  readonly session: { readonly defaultSession: ShellSession };
  readonly utilityProcess: { fork(...args: Parameters<typeof utilityProcess.fork>): EngineProcess };
}

export type ShellWindow = Pick<
  BrowserWindow,
  'destroy' | 'focus' | 'isDestroyed' | 'isMinimized' | 'loadURL' | 'on' | 'once' | 'restore' | 'show'
> & { readonly webContents: ShellContents };

export type ShellContents = Pick<
  WebContents,
  | 'forcefullyCrashRenderer'
  | 'isDestroyed'
  | 'mainFrame'
  | 'on'
  | 'printToPDF'
  | 'send'
  | 'setWebRTCIPHandlingPolicy'
  | 'setWindowOpenHandler'
>;

export type ShellSession = Pick<
  Session,
  'setDevicePermissionHandler' | 'setPermissionCheckHandler' | 'setPermissionRequestHandler'
> & { readonly webRequest: Pick<Session['webRequest'], 'onBeforeRequest'> };

export type EngineProcess = Pick<UtilityProcess, 'kill' | 'on' | 'once' | 'pid' | 'postMessage'>;
