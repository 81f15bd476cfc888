import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { WebSocketServer } from 'ws';
import type { Emit } from '../contract/events.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { PageFiles } from '../platform/pageFiles.ts';
import { pageHeaders } from '../platform/pagePolicy.ts';
import type { AssetResponse } from '../station/station.ts';
import { cookieName, ownHosts, readCookie, refusePlain, refuseSocket } from './guard.ts';
import { Sessions } from './sessions.ts';
import { maxFrameBytes, servePage, type Door } from './socket.ts';

const maxPages = 16;
const maxConnections = 128;

/** How long a request may take to arrive, and how often that is looked at; together the time it can hold a connection. */
const patience = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 2_000 };

export interface ServerOptions {
  /** 0 = any free one. */
  readonly port: number;
  readonly files: PageFiles;
  readonly clock: Clock;
  readonly log: Log;
  /** Told each time a link was used up by a browser. */
  readonly onLinkUsed: () => void;
  /** Milliseconds; tests do not wait that long. */
  readonly patience?: Partial<typeof patience>;
}

/** What the server shows once the station runs. */
export interface Hosted {
  /** Lets one page in. @param tell tells this page alone */
  openDoor(tell: Emit): Door;
  assets(path: string): Promise<AssetResponse | null>;
}

export interface Server {
  readonly port: number;
  /** An address that opens the station once. @param validMs how long it may wait to be used */
  newLink(validMs?: number): string;
  /** From now on calls and pictures are answered; until then the page is told to wait. */
  host(station: Hosted): void;
  /** Tells every open page. */
  readonly emit: Emit;
  close(): Promise<void>;
}

/**
 * HTTP and WebSocket for the page, on the loopback interface only.
 * @throws the system's error when the port is taken (`EADDRINUSE`) or not allowed (`EACCES`)
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const sessions = new Sessions(options.clock);
  const pages = new Map<object, Emit>();
  let station: Hosted | null = null;
  let port = options.port;
  let headers: Record<string, string> = {};

  const http = createServer({ ...patience, ...options.patience }, (request, response) => {
    answer(request, response).catch((thrown: unknown) => {
      options.log.error('answering a page', thrown);
      if (response.headersSent) response.destroy();
      else plain(response, 500, 'Kenro could not answer. / 応答できませんでした。');
    });
  });
  http.maxConnections = maxConnections;

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const refusal = refusePlain(request, port);
    if (refusal !== null) return plain(response, refusal, 'Refused. / 拒否されました。');

    const url = readUrl(request);
    if (url === null) return plain(response, 400, 'Refused. / 拒否されました。');
    const signedIn = sessions.has(readCookie(request, cookieName(port)));
    if (url.pathname === '/open') return open(url, request.method === 'GET', signedIn, response);
    if (!signedIn) {
      return plain(
        response,
        401,
        'Open Kenro with the link it shows. / Kenro が表示するリンクから開いてください。',
      );
    }
    const file = options.files.get(url.pathname);
    if (file !== undefined) {
      response.setHeader('content-type', file.type);
      response.setHeader(
        'cache-control',
        file.immutable ? 'private, max-age=31536000, immutable' : 'no-store',
      );
      return void response.end(request.method === 'HEAD' ? undefined : file.bytes);
    }
    const asset = (await station?.assets(url.pathname + url.search)) ?? null;
    if (asset === null) return plain(response, 404, 'Not found. / 見つかりません。');
    response.writeHead(asset.status, asset.headers);
    if (request.method === 'HEAD') return void response.end();
    if (asset.body instanceof Uint8Array) return void response.end(asset.body);
    await send(asset.body, response);
  };

  const open = (url: URL, mayUse: boolean, signedIn: boolean, response: ServerResponse) => {
    const session = mayUse && !signedIn ? sessions.exchange(url.searchParams.get('token') ?? '') : null;
    if (session === null && !signedIn) {
      return plain(response, 401, 'This link has been used. / このリンクは使用済みです。');
    }
    if (session !== null) {
      response.setHeader('set-cookie', `${cookieName(port)}=${session}; HttpOnly; SameSite=Strict; Path=/`);
      options.onLinkUsed();
    }
    // A browser that has been let in follows its old link, or fetches ahead what the person is still typing.
    response.writeHead(303, { location: '/', 'cache-control': 'no-store' }).end();
  };

  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxFrameBytes,
    perMessageDeflate: false,
  });
  http.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const refusal =
      refuseSocket(request, port) ?? (sessions.has(readCookie(request, cookieName(port))) ? null : 401);
    const hosted = station;
    if (refusal !== null) return refuseUpgrade(socket, refusal);
    if (hosted === null || pages.size >= maxPages) return refuseUpgrade(socket, 503);
    sockets.handleUpgrade(request, socket, head, (page) => {
      pages.set(page, servePage(page, hosted.openDoor, options.clock));
      page.on('close', () => pages.delete(page));
    });
  });

  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(options.port, '127.0.0.1', () => {
      http.off('error', reject);
      resolve();
    });
  });
  port = (http.address() as AddressInfo).port;
  headers = pageHeaders(ownHosts(port).map((host) => `ws://${host}`));

  return {
    port,
    newLink: (validMs) => `http://127.0.0.1:${port}/open?token=${sessions.newToken(validMs)}`,
    host: (hosted) => (station = hosted),
    emit: (name, payload) => {
      for (const tell of pages.values()) tell(name, payload);
    },
    close: async () => {
      for (const page of sockets.clients) page.terminate();
      const closed = new Promise<void>((resolve) => http.close(() => resolve()));
      http.closeAllConnections();
      await closed;
    },
  };
}

/** The address asked for, as a path of this server whatever else it claims to be. */
function readUrl(request: IncomingMessage): URL | null {
  return request.url?.startsWith('/') === true ? URL.parse(`http://station${request.url}`) : null;
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
  response.end(text);
}

/** For a peer that does not even take its refusal. */
const refusalMs = 5_000;

function refuseUpgrade(socket: Socket, status: number): void {
  // Not only ended: nothing watches a connection that asked for another protocol, so whoever kept their side of it open
  // would hold it for ever.
  socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () =>
    socket.destroy(),
  );
  socket.setTimeout(refusalMs, () => socket.destroy());
}

/** A page that goes away in the middle of a download is no failure. */
async function send(body: AsyncIterable<Uint8Array>, response: ServerResponse): Promise<void> {
  try {
    await pipeline(Readable.from(body, { objectMode: false }), response);
  } catch (thrown) {
    if (!response.destroyed || response.writableEnded) throw thrown;
  }
}
