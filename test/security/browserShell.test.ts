import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startServer, type Server } from '../../electron/browserShell/server.ts';
import { systemClock } from '../../electron/platform/clock.ts';
import { silentLog } from '../../electron/platform/log.ts';
import { framedHeaders } from '../../electron/platform/pagePolicy.ts';
import { readPageFiles } from '../../electron/platform/pageFiles.ts';
import { createDispatch } from '../../electron/station/dispatch.ts';
import { builtPage, anybody, handlersWith, temporaryFolder } from '../support/shellFixtures.ts';

let folder: ReturnType<typeof temporaryFolder>;
let server: Server;
let base: string;
let linksUsed: number;
let calls: unknown[];

beforeEach(async () => {
  folder = temporaryFolder();
  linksUsed = 0;
  calls = [];
  server = await startServer({
    port: 0,
    files: readPageFiles(builtPage(folder.path)),
    clock: systemClock,
    log: silentLog,
    onLinkUsed: () => (linksUsed += 1),
  });
  base = `http://127.0.0.1:${server.port}`;
  server.host({
    openDoor: () => ({
      close: () => undefined,
      dispatch: createDispatch(
        handlersWith({
          'history.count': (request) => {
            calls.push(request);
            return { count: 3 };
          },
          'notice.dismiss': () => {
            throw new TypeError('the wiring diagram of the safe');
          },
        }),
        () => undefined,
        anybody,
      ),
    }),
    assets: async (path) =>
      path.startsWith('/picture/')
        ? { status: 200, headers: { 'content-type': 'image/jpeg' }, body: new Uint8Array([1, 2, 3]) }
        : path.startsWith('/export/')
          ? { status: 200, headers: { 'content-type': 'text/csv' }, body: lines() }
          : path.startsWith('/run/')
            ? { status: 200, headers: framedHeaders("default-src 'none'"), body: new Uint8Array() }
            : null,
  });
});

afterEach(async () => {
  await server.close();
  folder.remove();
});

async function* lines() {
  yield new TextEncoder().encode('id\n');
  yield new TextEncoder().encode('1\n');
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Unlike fetch, sends the path and the Host exactly as given. */
function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ host: '127.0.0.1', port: server.port, path, method, headers }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    });
    sent.on('error', reject);
    sent.end();
  });
}

async function signIn(): Promise<string> {
  const answer = await ask(server.newLink().slice(base.length));
  return answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}

/** Resolves with the open socket, or the status that refused it. */
function connect(headers: Record<string, string>, path = '/socket'): Promise<WebSocket | number> {
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, { headers });
  return new Promise((resolve, reject) => {
    socket.on('open', () => resolve(socket));
    socket.on('unexpected-response', (request, response) => {
      request.destroy();
      resolve(response.statusCode ?? 0);
    });
    socket.on('error', reject);
  });
}

async function connectPage(): Promise<WebSocket> {
  const socket = await connect({ cookie: await signIn(), origin: base });
  if (typeof socket === 'number') throw new Error(`refused with ${socket}`);
  return socket;
}

const nextMessage = (socket: WebSocket) =>
  new Promise<unknown>((resolve) =>
    socket.once('message', (data: Buffer) => resolve(JSON.parse(data.toString('utf8')))),
  );
const closed = (socket: WebSocket) =>
  new Promise<{ code: number; reason: string }>((resolve) =>
    socket.once('close', (code: number, reason: Buffer) =>
      resolve({ code, reason: reason.toString('utf8') }),
    ),
  );

describe('signing in', () => {
  test('a link opens once, and gives a cookie that no script and no other site can use', async () => {
    const link = server.newLink().slice(base.length);
    const first = await ask(link);
    expect(first.status).toBe(303);
    expect(first.headers.location).toBe('/');
    expect(first.headers['set-cookie']?.[0]).toMatch(
      new RegExp(`^kenro-${server.port}=[\\w-]{43}; HttpOnly; SameSite=Strict; Path=/$`),
    );
    expect(linksUsed).toBe(1);
    const second = await ask(link);
    expect(second.status).toBe(401);
    expect(second.headers['set-cookie']).toBeUndefined();
  });

  test('the page reloads with its session; without one there is nothing to see', async () => {
    const cookie = await signIn();
    for (let i = 0; i < 2; i++) expect((await ask('/', { cookie })).status).toBe(200);
    for (const path of ['/', '/assets/a.js', '/picture/1', '/export/history.csv', '/no']) {
      expect((await ask(path)).status).toBe(401);
      expect((await ask(path, { cookie: `kenro-${server.port}=made-up` })).status).toBe(401);
    }
  });

  test('the same browser may follow its link again; looking at a link does not use it up', async () => {
    const link = server.newLink().slice(base.length);
    expect((await ask(link, {}, 'HEAD')).status).toBe(401);
    const first = await ask(link);
    const cookie = first.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    const again = await ask(link, { cookie });
    expect(again.status).toBe(303);
    expect(again.headers['set-cookie']).toBeUndefined();
    expect(linksUsed).toBe(1);
  });

  test('a made-up token opens nothing', async () => {
    for (const token of ['', 'x', '../..', '%00', 'a'.repeat(5000)]) {
      expect((await ask(`/open?token=${token}`)).status).toBe(401);
    }
    expect((await ask('/open')).status).toBe(401);
  });
});

describe('who may ask', () => {
  test('only our own host names: a rebound DNS name is refused even with a session', async () => {
    const cookie = await signIn();
    for (const host of [
      'evil.example',
      `evil.example:${server.port}`,
      '127.0.0.1',
      `127.0.0.2:${server.port}`,
    ]) {
      expect((await ask('/', { cookie, host })).status).toBe(403);
    }
    expect((await ask('/', { cookie, host: `localhost:${server.port}` })).status).toBe(200);
  });

  test('nothing but GET and HEAD', async () => {
    const cookie = await signIn();
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      expect((await ask('/', { cookie, origin: base }, method)).status).toBe(405);
    }
    const head = await ask('/', { cookie }, 'HEAD');
    expect(head.status).toBe(200);
    expect(head.body).toBe('');
  });

  test('pages of other local servers cannot embed our pictures', async () => {
    const cookie = await signIn();
    const embedded = { cookie, 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' };
    expect((await ask('/picture/1', { ...embedded, 'sec-fetch-site': 'same-site' })).status).toBe(403);
    expect((await ask('/picture/1', { ...embedded, 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await ask('/picture/1', { ...embedded, 'sec-fetch-site': 'same-origin' })).status).toBe(200);
  });

  test('it listens on the loopback interface only', async () => {
    await expect(fetch(`http://[::1]:${server.port}/`)).rejects.toThrow();
  });
});

describe('what is served', () => {
  test('the policy comes with every answer, refusals included', async () => {
    const cookie = await signIn();
    for (const answer of [
      await ask('/', { cookie }),
      await ask('/'),
      await ask('/', { host: 'evil.example' }),
    ]) {
      const policy = answer.headers['content-security-policy'] as string;
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).toContain("frame-src 'self'");
      expect(policy).not.toContain('unsafe');
      expect(answer.headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
      });
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  test('the built page and its files; hashed names may be kept, the page may not', async () => {
    const cookie = await signIn();
    const page = await ask('/', { cookie });
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
    });
    const script = await ask('/assets/a.js', { cookie });
    expect(script.headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(script.headers['cache-control']).toMatch(/immutable/);
  });

  test('no path leads out of the built page', async () => {
    const cookie = await signIn();
    const paths = [
      '/../secret.txt',
      '/..%2fsecret.txt',
      '/%2e%2e/secret.txt',
      '/assets/..%5c..%5csecret.txt',
      '/assets/../../secret.txt',
      '//secret.txt',
      '/notes.unknown',
      '/secret.txt%00.js',
      '/__proto__',
      '/constructor',
    ];
    for (const path of paths) {
      const answer = await ask(path, { cookie });
      expect([400, 404]).toContain(answer.status);
      expect(answer.body).not.toContain('secret');
    }
  });

  test('a report may be framed by the page alone, signed in, and runs nothing', async () => {
    const path = '/run/retrain-1-1/report.html?lang=en';
    const cookie = await signIn();
    const framed = { cookie, 'sec-fetch-dest': 'iframe', 'sec-fetch-mode': 'navigate' };
    const answer = await ask(path, { ...framed, 'sec-fetch-site': 'same-origin' });
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-security-policy': "default-src 'none'; frame-ancestors 'self'; sandbox",
      'x-frame-options': 'SAMEORIGIN',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
    });
    for (const site of ['same-site', 'cross-site']) {
      expect((await ask(path, { ...framed, 'sec-fetch-site': site })).status).toBe(403);
    }
    expect((await ask(path)).status).toBe(401);
    expect((await ask(path, { cookie }, 'POST')).status).toBe(405);
  });

  test('pictures and exports are the station’s', async () => {
    const cookie = await signIn();
    for (const path of [
      '/picture/7',
      '/roi/1.csv',
      '/export/history.csv',
      '/export/audit.json',
      '/report/report-1-1.html',
    ])
      expect((await ask(path)).status).toBe(401);
    expect((await ask('/picture/7?side=80', { cookie })).body).toBe('\u0001\u0002\u0003');
    const csv = await ask('/export/history.csv?filter=x', { cookie });
    expect(csv.headers['content-type']).toBe('text/csv');
    expect(csv.body).toBe('id\n1\n');
  });
});

describe('the socket', () => {
  test('opens only for our own page with a session', async () => {
    const cookie = await signIn();
    expect(await connect({ origin: base })).toBe(401);
    expect(await connect({ cookie })).toBe(403);
    expect(await connect({ cookie, origin: 'https://evil.example' })).toBe(403);
    expect(await connect({ cookie, origin: `http://127.0.0.1:${server.port + 1}` })).toBe(403);
    expect(await connect({ cookie, origin: `http://localhost:${server.port}` })).toBe(403);
    expect(await connect({ cookie, origin: base, host: 'evil.example' })).toBe(403);
    expect(await connect({ cookie, origin: base }, '/other')).toBe(400);
    expect(await connect({ cookie, origin: base })).toBeInstanceOf(WebSocket);
  });

  test('calls are answered by number, checked on the way in', async () => {
    const socket = await connectPage();
    const filter = {
      ...{ fromMs: null, toMs: null, productId: null, sourceId: null, modelId: null },
      ...{ verdicts: null, human: null, text: null, label: null },
    };
    socket.send(JSON.stringify({ id: 5, name: 'history.count', request: { filter, extra: 'x' } }));
    expect(await nextMessage(socket)).toEqual({ id: 5, outcome: { ok: true, reply: { count: 3 } } });
    expect(calls).toEqual([{ filter }]);
  });

  test('unknown channels and wrong requests are refused without reaching a handler', async () => {
    const socket = await connectPage();
    for (const [name, request] of [
      ['no.such', {}],
      ['__proto__', {}],
      ['constructor', {}],
      ['history.count', null],
      ['history.count', { filter: 'everything' }],
      ['history.count', 7],
    ] as const) {
      socket.send(JSON.stringify({ id: 1, name, request }));
      expect(await nextMessage(socket)).toMatchObject({
        id: 1,
        outcome: { ok: false, error: { kind: 'badRequest' } },
      });
    }
    expect(calls).toEqual([]);
  });

  test('a bug inside tells the page its kind and nothing of the inside', async () => {
    const socket = await connectPage();
    socket.send(JSON.stringify({ id: 1, name: 'notice.dismiss', request: { index: 0 } }));
    expect(await nextMessage(socket)).toEqual({
      id: 1,
      outcome: { ok: false, error: { kind: 'internal', params: {} } },
    });
  });

  test('anything that is not a frame ends it', async () => {
    for (const bad of [
      'not JSON',
      '[]',
      '{}',
      '{"id":-1,"name":"x","request":{}}',
      '{"id":1,"name":"x"}',
      `{"id":1,"name":"${'x'.repeat(65)}","request":{}}`,
    ]) {
      const socket = await connectPage();
      socket.send(bad);
      expect(await closed(socket)).toEqual({ code: 1008, reason: 'not a frame' });
    }
    const socket = await connectPage();
    socket.send(Buffer.from([0, 1, 2]));
    expect((await closed(socket)).code).toBe(1008);
  });

  test('flooding ends it, and the others stay', async () => {
    const quiet = await connectPage();
    const loud = await connectPage();
    const ended = closed(loud);
    for (let id = 0; id < 1_000; id++) loud.send(JSON.stringify({ id, name: 'no.such', request: {} }));
    expect(await ended).toEqual({ code: 1008, reason: 'too many calls' });
    quiet.send(JSON.stringify({ id: 1, name: 'no.such', request: {} }));
    expect(await nextMessage(quiet)).toMatchObject({ id: 1 });
  });

  test('a message larger than any call ends it before it is read', async () => {
    const socket = await connectPage();
    const ended = closed(socket);
    socket.send('x'.repeat(66_000_001), () => undefined);
    expect((await ended).code).toBe(1009);
  });

  test('no more pages than a plant has screens', async () => {
    const cookie = await signIn();
    for (let i = 0; i < 16; i++) expect(await connect({ cookie, origin: base })).toBeInstanceOf(WebSocket);
    expect(await connect({ cookie, origin: base })).toBe(503);
  });

  test('events reach every page', async () => {
    const pages = [await connectPage(), await connectPage()];
    const heard = pages.map(nextMessage);
    server.emit('job.removed', { id: 'j' });
    expect(await Promise.all(heard)).toEqual([
      { event: 'job.removed', payload: { id: 'j' } },
      { event: 'job.removed', payload: { id: 'j' } },
    ]);
  });
});
