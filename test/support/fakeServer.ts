import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import sharp from 'sharp';
import { WebSocketServer } from 'ws';
import { ClientFrame } from '../../electron/contract/bridge.ts';
import type { ChannelName } from '../../electron/contract/channels.ts';
import { events, type EventName } from '../../electron/contract/events.ts';
import { pageHeaders } from '../../electron/platform/pagePolicy.ts';
import { FakeStation, flawAt } from './fakeStation.ts';

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

export interface FakeServer {
  station: FakeStation;
  url: string;
  close(): Promise<void>;
}

/** Serves the built page in `folder` with a fake station behind its socket, under the same policy as the shells. */
export async function serveFakeStation(folder: string, port = 0): Promise<FakeServer> {
  const station = new FakeStation();
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://page').pathname;
    answer(folder, path, station)
      .then(({ type, body }) => {
        response.setHeader('Content-Type', type);
        for (const [name, value] of Object.entries(pageHeaders())) response.setHeader(name, value);
        response.end(body);
      })
      .catch(() => {
        response.statusCode = 404;
        response.end();
      });
  });
  const sockets = new WebSocketServer({ server, path: '/socket' });
  sockets.on('connection', (socket) => {
    const stops = Object.keys(events).map((name) =>
      station.on(name as EventName, (payload) => socket.send(JSON.stringify({ event: name, payload }))),
    );
    socket.on('message', (data) => {
      const { id, name, request } = ClientFrame.parse(JSON.parse(String(data)));
      void station
        .call(name as ChannelName, request as never)
        .then((outcome) => socket.send(JSON.stringify({ id, outcome })));
    });
    socket.on('close', () => stops.forEach((stop) => stop()));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    station,
    url: `http://127.0.0.1:${address.port}/`,
    close: async () => {
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(folder: string, path: string, station: FakeStation) {
  const picture = /^\/picture\/(\d+)$/.exec(path);
  if (picture !== null) {
    const part = station.parts.find(({ id }) => id === Number(picture[1]));
    if (part === undefined) throw new Error('no such part');
    return { type: 'image/jpeg', body: await drawPart(part.id, part.verdict !== 'OK') };
  }
  const file = path === '/' ? '/index.html' : path;
  return {
    type: types[extname(file)] ?? 'application/octet-stream',
    body: await readFile(join(folder, file)),
  };
}

/** A turned disc with grooves, and a scratch where the map of the part is warm. */
async function drawPart(id: number, flawed: boolean): Promise<Buffer> {
  const [x, y] = flawAt(id).map((share) => share * 512) as [number, number];
  const grooves = Array.from(
    { length: 22 },
    (_, ring) =>
      `<circle cx="256" cy="256" r="${64 + ring * 7}" fill="none" stroke="#${ring % 2 ? '9aa0a4' : '858b90'}" stroke-width="3"/>`,
  ).join('');
  const scratch = `<path d="M${x - 20} ${y - 14} q 18 4 40 30" stroke="#2b2d2f" stroke-width="5" fill="none"/>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="512" height="512"><rect width="512" height="512" fill="#3a3d40"/>
    <circle cx="256" cy="256" r="226" fill="#8f959a"/>${grooves}<circle cx="256" cy="256" r="52" fill="#33363a"/>${flawed ? scratch : ''}</svg>`;
  return sharp(Buffer.from(svg)).jpeg({ quality: 85 }).toBuffer();
}
