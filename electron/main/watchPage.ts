import type { Log } from '../platform/log.ts';
import { crashPath } from './crashPage.ts';
import type { ShellWindow } from './electronApi.ts';
import { pageUrl } from './ownPage.ts';

const reloadAfterMs = 1_000;
/** A page that does not answer for so long has hung; a long computation of the page never comes near. */
const hungAfterMs = 20_000;
/** So many failures within so long: opening it again does not help. */
const patience = { failures: 3, withinMs: 60_000 };

/**
 * Keeps the station's page alive; the station itself runs elsewhere and does not notice. A page that crashes, hangs or
 * cannot be loaded is opened again; one that keeps failing makes room for a page that says so.
 */
export function watchPage(window: ShellWindow, log: Log, monotonicMs: () => number): void {
  const { webContents } = window;
  const failedAtMs: number[] = [];
  let hung: NodeJS.Timeout | undefined;

  const openAgain = (what: string, detail: unknown) => {
    log.error(what, detail);
    const nowMs = monotonicMs();
    failedAtMs.push(nowMs);
    const recent = failedAtMs.filter((atMs) => nowMs - atMs <= patience.withinMs);
    failedAtMs.splice(0, failedAtMs.length, ...recent);
    const keepsFailing = recent.length >= patience.failures;
    if (keepsFailing) failedAtMs.length = 0;
    setTimeout(() => {
      if (window.isDestroyed()) return;
      const url = keepsFailing ? new URL(crashPath, pageUrl).href : pageUrl;
      window.loadURL(url).catch((thrown: unknown) => log.error('loading the page', thrown));
    }, reloadAfterMs);
  };

  webContents.on('render-process-gone', (_event, { reason }) => {
    clearTimeout(hung);
    if (reason !== 'clean-exit') openAgain('the page is gone', reason);
  });
  webContents.on('did-fail-load', (_event, _code, description, _url, isMainFrame) => {
    if (isMainFrame) openAgain('the page could not be loaded', description);
  });
  window.on('unresponsive', () => {
    hung = setTimeout(() => webContents.forcefullyCrashRenderer(), hungAfterMs);
  });
  window.on('responsive', () => clearTimeout(hung));
}
