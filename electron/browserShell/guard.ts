import type { IncomingMessage } from 'node:http';

/** Why a request is turned away, as an HTTP status; `null` = let in. */
export type Refusal = 400 | 401 | 403 | 405 | null;

/**
 * The station's own addresses. A name that resolves to 127.0.0.1 but is not one of these is another site's
 * (DNS rebinding), so every request must carry one of them as its Host.
 */
export function ownHosts(port: number): readonly string[] {
  return [`127.0.0.1:${port}`, `localhost:${port}`];
}

/** Checks that hold for every request, before anybody's session is looked at. */
export function refusePlain(request: IncomingMessage, port: number): Refusal {
  if (!ownHosts(port).includes(request.headers.host ?? '')) return 403;
  if (request.method !== 'GET' && request.method !== 'HEAD') return 405;
  // Cookies do not tell ports apart: without this, a page of another local server could embed our pictures.
  const site = request.headers['sec-fetch-site'];
  const opened =
    request.headers['sec-fetch-mode'] === 'navigate' && request.headers['sec-fetch-dest'] === 'document';
  if (site !== undefined && site !== 'same-origin' && site !== 'none' && !opened) return 403;
  return null;
}

/** A socket is the one thing that can change the station, so it must come from our own page. */
export function refuseSocket(request: IncomingMessage, port: number): Refusal {
  const refusal = refusePlain(request, port);
  if (refusal !== null) return refusal;
  if (request.url !== '/socket') return 400;
  const origin = request.headers.origin ?? '';
  // The page's own host, not the other name of the same station: same origin in the browser's sense.
  return origin === `http://${request.headers.host}` ? null : 403;
}

/** Cookies are shared by all ports of a host, so the port is in the name: two stations do not sign each other out. */
export function cookieName(port: number): string {
  return `kenro-${port}`;
}

export function readCookie(request: IncomingMessage, name: string): string | null {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return null;
}
