import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import WebSocket from 'ws';
import { startServer, type Server } from '../../../electron/browserShell/server.ts';
import { systemClock } from '../../../electron/platform/clock.ts';
import { silentLog } from '../../../electron/platform/log.ts';
import { readPageFiles } from '../../../electron/platform/pageFiles.ts';
import { createDispatch } from '../../../electron/station/dispatch.ts';
import { fuzz, type Fate } from '../../support/fuzz.ts';
import { anything } from '../../support/fuzzSchema.ts';
import { anybody, builtPage, handlersWith, temporaryFolder } from '../../support/shellFixtures.ts';

const patience = { headersTimeout: 300, requestTimeout: 600, connectionsCheckingInterval: 100 };

let folder: ReturnType<typeof temporaryFolder>;
let server: Server;
let cookie: string;
let opened: Socket[];
let reached: number;

beforeEach(async () => {
  folder = temporaryFolder();
  opened = [];
  reached = 0;
  server = await startServer({
    ...{
      port: 0,
      files: readPageFiles(builtPage(folder.path)),
      clock: systemClock,
      log: silentLog,
      patience,
    },
    onLinkUsed: () => undefined,
  });
  const frame = () => {
    reached += 1;
    return {};
  };
  server.host({
    openDoor: () => ({
      close: () => undefined,
      dispatch: createDispatch(handlersWith({ 'camera.frame': frame }), () => undefined, anybody),
    }),
    assets: async () => null,
  });
  const answer = await fetch(server.newLink(), { redirect: 'manual' });
  cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
});
afterEach(async () => {
  for (const socket of opened) socket.destroy();
  await server.close();
  folder.remove();
});

/** A connection that says what it likes; what comes back, until the other side ends it or `ms` have passed. */
function raw(text: string | Uint8Array, ms: number, thenEnd = false): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
    opened.push(socket);
    let heard = '';
    const done = () => resolve(heard);
    const timer = setTimeout(done, ms);
    socket.on('data', (chunk) => (heard += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    // It has said all; our side stays open.
    socket.on('end', () => (clearTimeout(timer), done()));
    socket.on('close', () => (clearTimeout(timer), done()));
    // Written in one go: the other side may have hung up by then.
    socket.write(text, () => undefined);
    if (thenEnd) socket.end();
  });
}

const isAlive = async () =>
  (await fetch(`http://127.0.0.1:${server.port}/`, { headers: { cookie } })).status === 200;

async function page(): Promise<WebSocket> {
  const origin = `http://127.0.0.1:${server.port}`;
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/socket`, { headers: { cookie, origin } });
  await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
  return socket;
}

const closed = (socket: WebSocket) => new Promise<number>((resolve) => socket.once('close', resolve));

const word = fc.oneof(
  fc.constantFrom(
    'evil.example',
    '127.0.0.1',
    'localhost',
    '127.0.0.1.evil.example',
    '[::1]',
    '0.0.0.0',
    '2130706433',
  ),
  fc.constantFrom(
    '127.0.0.1:1',
    'localhost.',
    'LOCALHOST',
    '127.1',
    'kenro@127.0.0.1',
    '',
    'null',
    'file://',
    '*',
  ),
);
interface Foreign {
  /** `null`: as our own page has it. */
  readonly host: string | null;
  readonly origin: string | null;
  readonly session: string | null;
  readonly path: string;
  /** A line more. */
  readonly twice: string;
}

/** Requests by a site that would like to be ours: at least one of host, origin and cookie is not. */
const foreign: fc.Arbitrary<Foreign> = fc
  .record({
    host: fc.oneof(fc.constant(null), word),
    origin: fc.oneof(
      fc.constant(null),
      word.map((each) => `http://${each}`),
      word,
    ),
    session: fc.oneof(
      fc.constant(null),
      fc.constantFrom('', 'x', '__proto__', 'a'.repeat(43), 'a'.repeat(9_000)),
    ),
    path: fc.constantFrom(
      '/socket',
      '/socket/',
      '/socket?x=1',
      '//socket',
      '/open?token=x',
      'http://evil/socket',
    ),
    twice: fc.constantFrom('', 'Host: evil.example\r\n', 'Origin: http://evil.example\r\n'),
  })
  .filter(({ host, origin, session }) => host !== null || origin !== null || session !== null);

test('nobody but our own page with its session gets a socket, whatever they send', async () => {
  await fuzz<Foreign | string>({
    name: 'socket of the browser shell',
    inputs: fc.oneof(foreign, fc.string({ maxLength: 300 })),
    corpus: [
      ...[
        '',
        '\0',
        '\r\n\r\n',
        'GET',
        'GET / HTTP/9.9\r\n\r\n',
        'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
        '\x16\x03\x01\x02\x00',
      ],
      `GET / HTTP/1.1\r\nHost: ${'a'.repeat(100_000)}\r\n\r\n`,
      `GET / HTTP/1.1\r\n${'a: b\r\n'.repeat(20_000)}\r\n`,
      'POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n',
      'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nffffffffffffffff\r\n',
    ],
    attempt: async (input): Promise<Fate> => {
      const own = `127.0.0.1:${server.port}`;
      const text =
        typeof input === 'string'
          ? input
          : [
              `GET ${input.path} HTTP/1.1\r\nHost: ${input.host ?? own}\r\n`,
              `${input.twice}Origin: ${input.origin ?? `http://${own}`}\r\n`,
              `Cookie: ${input.session === null ? cookie : `kenro-${server.port}=${input.session}`}\r\n`,
              'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n',
              'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
            ].join('');
      const heard = await raw(text, 2_000, typeof input === 'string');
      expect(heard).not.toMatch(/ 101 /);
      expect(heard).not.toMatch(/\n\s+at /);
      if (heard !== '') expect(heard).toMatch(/^HTTP\/1\.1 (4\d\d|503) /);
      return 'refused';
    },
    usualRuns: 200,
    bounds: { blockMs: 500, memoryMb: 300 },
  });
  expect(await isAlive()).toBe(true);
});

test('whoever keeps a refused connection open does not hold it', async () => {
  const refused =
    'GET /socket HTTP/1.1\r\nHost: evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
  // More than all connections there may be; none of them is closed by our side.
  for (let i = 0; i < 160; i += 40) {
    const heard = await Promise.all(Array.from({ length: 40 }, () => raw(refused, 5_000)));
    for (const each of heard) expect(each).toMatch(/^HTTP\/1\.1 403 /);
  }
  await expect.poll(isAlive, { timeout: 5_000 }).toBe(true);
});

test('requests that never end hold the door only for a while, and no open page', async () => {
  const socket = await page();
  for (let i = 0; i < 200; i++) {
    const slow = connect({ port: server.port, host: '127.0.0.1' });
    opened.push(slow.on('error', () => undefined));
    slow.write('GET / HTTP/1.1\r\nHost: 127');
  }
  const answered = new Promise((resolve) => socket.once('message', resolve));
  socket.send(JSON.stringify({ id: 1, name: 'no.such', request: {} }));
  await answered;
  await expect.poll(() => isAlive().catch(() => false), { timeout: 10_000 }).toBe(true);
  socket.terminate();
});

test('a large frame that is no picture is not even parsed; a picture is', async () => {
  const frames: Record<string, string> = {
    brackets: '['.repeat(20_000_000),
    objects: `{"id":1,"name":"camera.frame","request":[${'{},'.repeat(6_000_000)}{}]}`,
    numbers: `{"id":1,"name":"camera.frame","request":[${'1,'.repeat(9_000_000)}1]}`,
  };
  for (const [name, frame] of Object.entries(frames)) {
    const socket = await page();
    const ended = closed(socket);
    const start = process.threadCpuUsage();
    socket.send(frame);
    expect(await ended, name).toBe(1008);
    // Sending it is in this as well.
    const { user, system } = process.threadCpuUsage(start);
    expect((user + system) / 1000, name).toBeLessThan(2_000);
  }
  const socket = await page();
  const answered = new Promise<string>((resolve) =>
    socket.once('message', (data: Buffer) => resolve(String(data))),
  );
  const request = { sourceId: 1, image: 'A'.repeat(60_000_000), serial: 'a, {b} [c]' };
  socket.send(JSON.stringify({ id: 1, name: 'camera.frame', request }));
  expect(await answered).toContain('"ok":true');
  expect(reached).toBe(1);
  socket.terminate();
});

test('frames of all kinds end the page that sends them, or are refused', async () => {
  const quiet = await page();
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(anything, fc.record({ id: fc.nat(), name: fc.string(), request: anything })),
      async (said) => {
        const socket = await page();
        const fate = Promise.race([
          closed(socket),
          new Promise<string>((resolve) => socket.once('message', (data: Buffer) => resolve(String(data)))),
        ]);
        let text: string;
        try {
          text = JSON.stringify(said) ?? 'undefined';
        } catch {
          text = '{';
        }
        socket.send(text);
        const outcome = await fate;
        if (typeof outcome === 'number') expect(outcome).toBe(1008);
        else
          expect(JSON.parse(outcome)).toMatchObject({
            outcome: { ok: false, error: { kind: 'badRequest' } },
          });
        socket.terminate();
      },
    ),
    { numRuns: 100, seed: 1 },
  );
  expect(quiet.readyState).toBe(quiet.OPEN);
  quiet.terminate();
});
