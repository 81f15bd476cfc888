import { EventEmitter } from 'node:events';
import { readFile } from 'node:fs/promises';
import type {
  App,
  BrowserWindowConstructorOptions,
  CustomScheme,
  HandlerDetails,
  IpcMainInvokeEvent,
  MenuItemConstructorOptions,
  PrintToPDFOptions,
  Session,
  WebContents,
  WebFrameMain,
  WindowOpenHandlerResponse,
} from 'electron';
import type {
  ElectronApi,
  EngineProcess,
  ShellContents,
  ShellSession,
  ShellWindow,
} from '../../electron/main/electronApi.ts';

type Permission = Parameters<NonNullable<Parameters<Session['setPermissionRequestHandler']>[0]>>;
type RequestFilter = (
  details: { url: string; resourceType: string },
  decide: (decision: { cancel?: boolean }) => void,
) => void;
type PermissionCheck = NonNullable<Parameters<Session['setPermissionCheckHandler']>[0]>;

/**
 * Stands in for Electron where its program is not there. It behaves as Electron's documentation says, for
 * the few parts in `ElectronApi` and no more; the types are Electron's own, so the two cannot drift apart
 * (only the many overloads of `on` and `once` are taken on trust).
 */
export class ElectronStandIn implements ElectronApi {
  readonly log: string[] = [];
  readonly windows: StandInWindow[] = [];
  readonly engines: StandInEngine[] = [];
  readonly errorBoxes: string[] = [];
  readonly schemes: CustomScheme[] = [];
  menu: readonly MenuItemConstructorOptions[] = [];
  paths = new Map<string, string>();
  /** What was added to Chromium's command line. */
  readonly switches = new Map<string, string>();
  readonly loginItems: unknown[] = [];
  readonly relaunches: unknown[] = [];
  exitCode: number | null = null;
  /** Whether another instance holds the lock already. */
  secondInstance = false;
  /** What a second instance tells the first one. */
  askedOfFirst: unknown = null;
  /** Whether printing fails. */
  isOutOfPaper = false;

  readonly #answers = new Map<string, (request: Request) => Response | Promise<Response>>();
  readonly #calls = new Map<string, (event: IpcMainInvokeEvent, ...args: unknown[]) => unknown>();
  readonly #appEvents = new EventEmitter();
  #permission: ((...args: Permission) => void) | null = null;
  #check: PermissionCheck | null = null;
  #device: (() => boolean) | null = null;
  #filter: RequestFilter | null = null;
  #ready = Promise.withResolvers<void>();

  readonly app: ElectronApi['app'] = {
    isPackaged: false,
    commandLine: {
      appendSwitch: (name: string, value = '') => void this.switches.set(name, value),
    } as App['commandLine'],
    enableSandbox: () => this.log.push('sandbox'),
    exit: (code) => (this.exitCode = code ?? 0),
    on: this.#appEvents.on.bind(this.#appEvents) as unknown as App['on'],
    quit: () => this.quit(),
    relaunch: (options) => void this.relaunches.push(options),
    requestSingleInstanceLock: (data) => {
      this.askedOfFirst = data;
      return !this.secondInstance;
    },
    setLoginItemSettings: (settings) => void this.loginItems.push(settings),
    setPath: (name, path) => void this.paths.set(name, path),
    whenReady: () => this.#ready.promise,
  };

  readonly BrowserWindow: ElectronApi['BrowserWindow'];
  readonly dialog: ElectronApi['dialog'] = {
    showErrorBox: (title, content) => this.errorBoxes.push(`${title}: ${content}`),
  };
  readonly ipcMain: ElectronApi['ipcMain'] = {
    handle: (channel, listener) => {
      if (this.#calls.has(channel))
        throw new Error(`Attempted to register a second handler for '${channel}'`);
      this.#calls.set(channel, listener);
    },
  };
  readonly Menu: ElectronApi['Menu'] = {
    buildFromTemplate: (template) => template as never,
    setApplicationMenu: (menu) => (this.menu = menu as unknown as MenuItemConstructorOptions[]),
  };
  readonly protocol: ElectronApi['protocol'] = {
    handle: (scheme, handler) => {
      if (this.#answers.has(scheme)) throw new Error(`The scheme '${scheme}' is already handled`);
      this.#answers.set(scheme, handler as (request: Request) => Response | Promise<Response>);
    },
    registerSchemesAsPrivileged: (schemes) => {
      if (this.#isReady) throw new Error('registerSchemesAsPrivileged must be called before app is ready');
      this.schemes.push(...schemes);
    },
  };
  readonly session: ElectronApi['session'] = {
    defaultSession: {
      setPermissionRequestHandler: (handler) => (this.#permission = handler),
      setPermissionCheckHandler: (handler) => (this.#check = handler),
      setDevicePermissionHandler: (handler) => (this.#device = handler as () => boolean),
      webRequest: { onBeforeRequest: (listener: unknown) => (this.#filter = listener as RequestFilter) },
    } satisfies ShellSession,
  };
  readonly utilityProcess: ElectronApi['utilityProcess'] = {
    fork: (modulePath, args = [], options = {}) => {
      if (!this.#isReady) throw new Error('utilityProcess cannot be created before app is ready');
      const engine = new StandInEngine(modulePath, args, options.serviceName ?? '');
      this.engines.push(engine);
      return engine as unknown as EngineProcess;
    },
  };

  #isReady = false;

  constructor() {
    const { windows } = this;
    const isOutOfPaper = () => this.isOutOfPaper;
    this.BrowserWindow = class extends StandInWindow {
      constructor(options: BrowserWindowConstructorOptions) {
        super(options);
        windows.push(this);
        this.contents.isOutOfPaper = isOutOfPaper;
      }
    } as unknown as ElectronApi['BrowserWindow'];
  }

  // ---- what the operating system and the page do ---------------------------------------------

  becomeReady(): void {
    this.#isReady = true;
    this.#ready.resolve();
  }

  /** `app.quit()`: every listener may hold the application back; it ends when none does. */
  quit(): void {
    let held = false;
    this.#appEvents.emit('before-quit', { preventDefault: () => (held = true) });
    if (!held && this.windows.every((window) => window.closes())) this.log.push('ended');
  }

  startAgain(asked: unknown = {}): void {
    this.#appEvents.emit('second-instance', {}, [], '', asked);
  }

  closeAllWindows(): void {
    this.#appEvents.emit('window-all-closed');
  }

  async request(url: string, init: RequestInit = {}): Promise<Response> {
    const answer = this.#answers.get(new URL(url).protocol.slice(0, -1));
    if (answer === undefined) throw new TypeError('net::ERR_UNKNOWN_URL_SCHEME');
    return answer(new Request(url, init));
  }

  invoke(channel: string, from: Frame, ...args: unknown[]): Promise<unknown> {
    const listener = this.#calls.get(channel);
    if (listener === undefined) throw new Error(`No handler registered for '${channel}'`);
    const { sender, senderFrame } = from;
    return Promise.resolve(listener({ sender, senderFrame } as unknown as IpcMainInvokeEvent, ...args));
  }

  asks(permission: Permission[1], details: Partial<Permission[3]> & { mediaTypes?: string[] }): boolean {
    if (this.#permission === null) return true; // Electron grants everything when nobody decides.
    let granted: boolean | null = null;
    const contents = { getURL: () => details.requestingUrl ?? '' } as WebContents;
    this.#permission(contents, permission, (yes) => (granted = yes), details as Permission[3]);
    if (granted === null) throw new Error('the permission handler did not decide');
    return granted;
  }

  checks(
    permission: Parameters<PermissionCheck>[1],
    url: string,
    details: Partial<Parameters<PermissionCheck>[3]>,
  ): boolean {
    if (this.#check === null) return true;
    const contents = { getURL: () => url } as WebContents;
    return this.#check(contents, permission, url, details as Parameters<PermissionCheck>[3]);
  }

  /** A page or frame fetches something. Returns whether the request goes out. */
  fetches(url: string, resourceType = 'xhr'): boolean {
    let goesOut = true;
    this.#filter?.({ url, resourceType }, ({ cancel }) => (goesOut = cancel !== true));
    return goesOut;
  }

  asksForDevice(): boolean {
    return this.#device?.() ?? true;
  }
}

/** A frame that asks something, and the window it is in. */
export interface Frame {
  readonly sender: Pick<WebContents, 'mainFrame'>;
  readonly senderFrame: Pick<WebFrameMain, 'url'> | null;
}

class StandInContents extends EventEmitter implements Omit<ShellContents, 'on'> {
  url = '';
  crashes = 0;
  webRtcPolicy = 'default';
  readonly printed: PrintToPDFOptions[] = [];
  isOutOfPaper = () => false;
  readonly sent: unknown[][] = [];
  readonly mainFrame: WebFrameMain;
  #openHandler: ((details: HandlerDetails) => WindowOpenHandlerResponse) | null = null;

  constructor() {
    super();
    const url = () => this.url;
    this.mainFrame = {
      get url() {
        return url();
      },
    } as WebFrameMain;
  }

  isDestroyed(): boolean {
    return false;
  }
  forcefullyCrashRenderer(): void {
    this.crashes += 1;
    this.emit('render-process-gone', {}, { reason: 'killed', exitCode: 1 });
  }
  setWebRTCIPHandlingPolicy(policy: string): void {
    this.webRtcPolicy = policy;
  }
  /** As Electron: what is printed is what was loaded. */
  async printToPDF(options: PrintToPDFOptions): Promise<Buffer> {
    if (this.isOutOfPaper()) throw new Error('Failed to generate PDF');
    this.printed.push(options);
    return Buffer.from(`%PDF ${await readFile(new URL(this.url), 'utf8')}`);
  }
  send(...args: unknown[]): void {
    structuredClone(args);
    this.sent.push(args);
  }
  setWindowOpenHandler(handler: (details: HandlerDetails) => WindowOpenHandlerResponse): void {
    this.#openHandler = handler;
  }

  /** The page (or a frame in it) wants to go elsewhere. Returns whether it went. */
  navigate(url: string, isMainFrame = true): boolean {
    let prevented = false;
    const details = { url, isMainFrame, preventDefault: () => (prevented = true) };
    this.emit('will-frame-navigate', details);
    if (isMainFrame && !prevented) this.emit('will-navigate', details);
    if (!prevented && isMainFrame) this.url = url;
    return !prevented;
  }

  redirect(url: string): boolean {
    let prevented = false;
    this.emit('will-redirect', { url, isMainFrame: true, preventDefault: () => (prevented = true) });
    return !prevented;
  }

  attachWebview(): boolean {
    let prevented = false;
    this.emit('will-attach-webview', { preventDefault: () => (prevented = true) }, {}, {});
    return !prevented;
  }

  /** `window.open(url)`. Electron opens it when nobody decides. */
  opens(url: string): boolean {
    return (this.#openHandler?.({ url } as HandlerDetails).action ?? 'allow') === 'allow';
  }
}

export class StandInWindow extends EventEmitter implements Omit<ShellWindow, 'on' | 'once'> {
  readonly options: BrowserWindowConstructorOptions;
  readonly contents = new StandInContents();
  readonly webContents = this.contents as unknown as ShellContents;
  shown = false;
  focused = 0;
  minimized = false;
  destroyed = false;
  /** All addresses that it was led to. */
  readonly loaded: string[] = [];

  constructor(options: BrowserWindowConstructorOptions) {
    super();
    this.options = options;
  }
  /** Somebody closes it. Returns whether it went. */
  closes(): boolean {
    let held = false;
    this.emit('close', { preventDefault: () => (held = true) });
    return !held;
  }
  destroy(): void {
    this.destroyed = true;
  }
  focus(): void {
    this.focused += 1;
  }
  isDestroyed(): boolean {
    return this.destroyed;
  }
  isMinimized(): boolean {
    return this.minimized;
  }
  restore(): void {
    this.minimized = false;
  }
  show(): void {
    this.shown = true;
  }
  async loadURL(url: string): Promise<void> {
    this.loaded.push(url);
    this.contents.url = url;
    this.emit('ready-to-show');
  }
}

export class StandInEngine extends EventEmitter implements Omit<EngineProcess, 'on' | 'once'> {
  readonly modulePath: string;
  readonly args: readonly string[];
  readonly serviceName: string;
  readonly received: unknown[] = [];
  pid: number | undefined = undefined;
  askedToEnd = 0;

  constructor(modulePath: string, args: readonly string[], serviceName: string) {
    super();
    this.modulePath = modulePath;
    this.args = args;
    this.serviceName = serviceName;
  }
  postMessage(message: unknown): void {
    this.received.push(structuredClone(message));
  }
  kill(): boolean {
    this.askedToEnd += 1;
    setImmediate(() => this.emit('exit', 15));
    return true;
  }
}
