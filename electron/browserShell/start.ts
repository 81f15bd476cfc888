import { systemClock, type Clock } from '../platform/clock.ts';
import { thisComputer } from '../platform/dataFolder.ts';
import { nodeLauncher } from '../platform/launcher.ts';
import { consoleLog, type Log } from '../platform/log.ts';
import { readPageFiles } from '../platform/pageFiles.ts';
import { places, programVersion } from '../platform/places.ts';
import { systemRandom } from '../platform/random.ts';
import { createDispatch } from '../station/dispatch.ts';
import { startStation, type StartEngine, type Station } from '../station/station.ts';
import { findBrowser, openWindow, profileDirFor, windowObstacle, type BrowserWindow } from './browser.ts';
import { printHere } from './printPdf.ts';
import { startServer } from './server.ts';

export interface BrowserShellOptions {
  readonly dataDir: string;
  /** 0 = any free one. */
  readonly port: number;
  /** Show the page in a window of the computer's Chromium, Chrome or Edge, where there is one. */
  readonly openWindow: boolean;
  /** For the person at the terminal: what happened, and links for further screens. */
  readonly say: (line: string) => void;
  readonly clock?: Clock;
  readonly log?: Log;
  /** Folder of the built page. */
  readonly pageDir?: string;
  /** Tests put a fake in its place. */
  readonly startEngine?: StartEngine;
}

export interface BrowserShell {
  /** Opens the page once. */
  readonly url: string;
  /** A link for one more screen; it opens once. */
  newLink(): string;
  readonly station: Station;
  /** Puts what is finished on record and closes everything. May be called twice. */
  stop(): Promise<void>;
}

const openedLinkValidMs = 60_000;

/**
 * Runs the station under Node and shows it in this computer's browser.
 * @throws {KenroError} what `startStation` throws, e.g. `conflict` when another station uses the data folder
 * @throws Error when the page has not been built, or the port is taken (`EADDRINUSE`)
 */
export async function startBrowserShell(options: BrowserShellOptions): Promise<BrowserShell> {
  const { clock = systemClock, log = consoleLog, say } = options;
  const server = await startServer({
    port: options.port,
    files: readPageFiles(options.pageDir ?? places.page),
    clock,
    log,
    onLinkUsed: () => say(`A link for one more screen on this computer: ${server.newLink()}`),
  });

  let station: Station;
  try {
    station = await startStation({
      dataDir: options.dataDir,
      version: programVersion(),
      shell: 'browser',
      clock,
      random: systemRandom,
      launcher: nodeLauncher,
      engineModule: places.engineModule,
      starterDir: places.starterDir,
      handbookDir: places.handbook,
      log,
      emit: server.emit,
      printPdf: printHere,
      ...(options.startEngine === undefined ? {} : { startEngine: options.startEngine }),
    });
  } catch (thrown) {
    await server.close();
    throw thrown;
  }
  server.host({
    openDoor: (tell) => {
      const page = station.openPage(tell);
      const onBug = (name: string, thrown: unknown) => log.error(name, thrown);
      return { dispatch: createDispatch(station.handlers, onBug, page), close: () => page.close() };
    },
    assets: (path) => station.assets(path),
  });

  const url = server.newLink();
  const window = options.openWindow ? await showWindow(options, url, server.newLink) : null;
  if (!options.openWindow) say(`Kenro: ${url}`);

  let stopping: Promise<void> | null = null;
  return {
    url,
    newLink: () => server.newLink(),
    station,
    stop: () => {
      window?.close();
      return (stopping ??= server.close().then(() => station.stop()));
    },
  };
}

/** Opens the window; where that cannot be, the address is for the person to open. */
async function showWindow(
  { dataDir, say }: BrowserShellOptions,
  url: string,
  newLink: (validMs: number) => string,
): Promise<BrowserWindow | null> {
  const browser = findBrowser();
  const obstacle =
    windowObstacle(thisComputer, process.getuid?.()) ??
    (browser === null ? 'no Chromium, Chrome or Edge was found' : null);
  const window =
    browser === null || obstacle !== null
      ? { failure: obstacle }
      : await openWindow(
          browser,
          newLink(openedLinkValidMs),
          profileDirFor(browser, dataDir, thisComputer.home),
        );
  if ('failure' in window) {
    say(`No window can be opened (${window.failure}). Open Kenro in a browser on this computer: ${url}`);
    return null;
  }
  say(`Kenro is open in a window of ${browser}. Should it not show: ${url}`);
  return window;
}
