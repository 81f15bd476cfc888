import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { root } from '../../build/folders.ts';
import { freshPage } from '../../build/freshness.ts';
import { findTestBrowser } from '../../build/testBrowser.ts';
import { windowFlags } from '../../electron/browserShell/browser.ts';
import { readNetLog, type NetworkUse } from '../support/netLog.ts';
import { isStray, readSockets, strayConnections } from '../support/openSockets.ts';
import { openSocket, signIn, startProgram, type RunningProgram } from '../support/runningProgram.ts';
import type { NetworkReport } from '../support/watchNetwork.ts';

const support = join(import.meta.dirname, '..', 'support');
const asModule = (name: string) => pathToFileURL(join(support, name)).href;
const isLinux = process.platform === 'linux';
const browser = findTestBrowser();
/** On two cores shared with the other tests a station takes its time. */
const patient = { timeout: 150_000, interval: 100 };
const longestMs = 400_000;

let folder: string;
beforeAll(() => freshPage(() => undefined), 300_000);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kenro-network-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
});

/** The station in a process of its own, with all its engines under watch. */
async function watched(...more: string[]): Promise<RunningProgram & { reports: () => NetworkReport[] }> {
  const file = join(folder, 'network.jsonl');
  const modules = ['watchNetwork.ts', ...more].map((name) => `--import=${asModule(name)}`);
  const program = await startProgram(
    [join(root, 'build', 'start.ts'), '--no-open', '--data-dir', join(folder, 'data')],
    { NODE_OPTIONS: modules.join(' '), KENRO_NETWORK_REPORT: file },
  );
  const lines = () => readFileSync(file, 'utf8').trim().split('\n');
  return { ...program, reports: () => lines().map((line) => JSON.parse(line) as NetworkReport) };
}

const leaks = (reports: readonly NetworkReport[]) => reports.filter(({ what }) => what !== 'watching');

describe('the station', () => {
  test(
    'talks to nobody beyond this computer, and nobody beyond it can reach it',
    async () => {
      const program = await watched();
      const page = await openSocket(program.url, await signIn(program.url));
      const stray = new Set<string>();
      const look = () => {
        if (isLinux) for (const each of strayConnections(program.child.pid as number)) stray.add(each);
      };
      const watch = setInterval(look, 250);
      onTestFinished(() => clearInterval(watch));

      // The demo line judges parts; both engines work; a report is written.
      await page.next('parts.judged');
      const { id: job } = await page.call('teach.start', {
        productId: 1,
        name: 'Under watch',
        good: { from: 'line', sourceId: 1, count: 20 },
        ngFolder: null,
        backboneId: 1,
        features: null,
        size: null,
        seed: 1,
      });
      const state = async () => {
        const { jobs } = await page.call('station.snapshot', {});
        return jobs.find(({ id }) => id === job)?.state;
      };
      await expect.poll(state, patient).toBe('done');
      await page.call('audit.verify', {});
      look();

      expect(leaks(program.reports())).toEqual([]);
      expect([...stray]).toEqual([]);
      // The engines were under watch too.
      const processes = new Set(program.reports().map(({ pid }) => pid));
      expect(processes.size).toBeGreaterThanOrEqual(3);
      expect(await program.end('SIGTERM')).toBe(0);
    },
    longestMs,
  );

  test(
    'does not get away with a fetch that somebody plants, in whichever process',
    async () => {
      const program = await watched('plantedFetch.ts');
      await expect
        .poll(() => new Set(leaks(program.reports()).map(({ pid }) => pid)).size, patient)
        .toBeGreaterThanOrEqual(2);
      expect(leaks(program.reports())).toContainEqual(
        expect.objectContaining({ what: 'connect', where: 'kenro.invalid' }),
      );
    },
    longestMs,
  );
});

describe.skipIf(!isLinux)('the list of sockets that the system keeps', () => {
  test('shows a connection to any address but the two of this computer itself', async () => {
    // 127.0.0.2 is this computer as well, but not where Kenro has any business: it stands for another one.
    const server = createServer().listen(0, '127.0.0.2');
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const script = `require('net').connect(${port}, '127.0.0.2').on('connect', () => console.log('connected'))`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    expect(strayConnections(child.pid as number)).toEqual([expect.stringContaining('-> 127.0.0.2')]);
    // From the process above it as well.
    expect(strayConnections(process.pid).join()).toContain('-> 127.0.0.2');
  });

  test.each([
    ['0100007F:1F90 00000000:0000 0A', false],
    ['00000000:1F90 00000000:0000 0A', true],
    ['0100007F:1F90 0100007F:9C40 01', false],
    ['0100000A:9C40 0A0A0A0A:01BB 02', true],
    ['00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A', false],
    ['0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000100007F:9C40 01', false],
    ['00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A', true],
    ['B80D0120000000000000000001000000:9C40 B80D0120000000000000000002000000:01BB 01', true],
  ])('%s goes beyond it: %s', (line, expected) => {
    const table = `  sl  local_address rem_address   st tx_queue\n   0: ${line} 00000000:00000000 00:00000000 00000000  0        0 12345 1`;
    expect(readSockets('tcp', table).map(isStray)).toEqual([expected]);
  });
});

describe.skipIf(browser === null)('the window', () => {
  /** Opens an address as Kenro opens its window, only that nobody sees it, and reads what Chromium did meanwhile. */
  async function used(url: string, forMs: number, isOpen: () => boolean): Promise<NetworkUse> {
    const log = join(folder, 'net-log.json');
    const child = spawn(
      browser as string,
      [
        ...windowFlags(url, join(folder, 'profile')),
        '--headless',
        `--log-net-log=${log}`,
        '--net-log-capture-mode=Everything',
        // Chromium's own sandbox does not work for root, as in a build container.
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ],
      { stdio: 'ignore' },
    );
    onTestFinished(() => void child.kill('SIGKILL'));
    await expect.poll(isOpen, patient).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, forMs));
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
    return readNetLog(log);
  }

  test(
    'asks the station and nobody else, whatever Chromium itself would like to know',
    async () => {
      const program = await watched();
      const { host } = new URL(program.url);
      const isOpen = () => program.printed().includes('one more screen');
      const { connections, datagrams, requests, lookUps } = await used(program.url, 10_000, isOpen);
      expect(requests.some((url) => url.startsWith(`http://${host}/assets/`))).toBe(true);
      expect(connections.filter((address) => address !== host)).toEqual([]);
      expect(datagrams).toBe(0);
      expect(lookUps).toEqual([]);
      expect(leaks(program.reports())).toEqual([]);
    },
    longestMs,
  );

  test(
    'shows a page that phones home in that record, and lets it reach nobody',
    async () => {
      const page = '<script>fetch("http://kenro.invalid/x").catch(() => 0);</script>';
      const log = join(folder, 'net-log.json');
      const isOpen = () => existsSync(log) && readFileSync(log, 'utf8').includes('http://kenro.invalid/x');
      const { connections, datagrams, requests } = await used(
        `data:text/html,${encodeURIComponent(page)}`,
        1_000,
        isOpen,
      );
      expect(requests).toContain('http://kenro.invalid/x');
      expect(connections).toEqual([]);
      expect(datagrams).toBe(0);
    },
    longestMs,
  );
});
