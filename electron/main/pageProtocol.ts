import { ReadableStream } from 'node:stream/web';
import type { Protocol } from 'electron';
import type { PageFiles } from '../platform/pageFiles.ts';
import { pageHeaders } from '../platform/pagePolicy.ts';
import type { AssetResponse } from '../station/station.ts';
import { crashPage, crashPagePolicy, crashPath } from './crashPage.ts';
import { isOwnOrigin, pageScheme } from './ownPage.ts';

/** Must run before the application is ready: makes `app://` an origin of its own, like a secure web site. */
export function registerPageScheme(protocol: Pick<Protocol, 'registerSchemesAsPrivileged'>): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: pageScheme, privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } },
  ]);
}

/**
 * Answers `app://kenro/…`: the files of the built page from a fixed map, pictures and exports from the
 * station, and nothing else. The page's policy goes with every answer that does not bring one of its own.
 */
export function pageAnswer(
  files: PageFiles,
  assets: (path: string) => Promise<AssetResponse | null>,
): (request: Pick<Request, 'method' | 'url'>) => Promise<Response> {
  return async ({ method, url }) => {
    if (!isOwnOrigin(url)) return refusal(404);
    if (method !== 'GET' && method !== 'HEAD') return refusal(405);
    const { pathname, search } = new URL(url);
    const file = files.get(pathname);
    if (file !== undefined) return new Response(file.bytes, answer(200, { 'content-type': file.type }));
    if (pathname === crashPath) {
      const headers = {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': crashPagePolicy,
      };
      return new Response(crashPage, answer(200, headers));
    }
    const asset = await assets(pathname + search);
    if (asset === null) return refusal(404);
    const body = asset.body instanceof Uint8Array ? asset.body : ReadableStream.from(asset.body);
    return new Response(body as BodyInit, answer(asset.status, asset.headers));
  };
}

function refusal(status: number): Response {
  return new Response(null, answer(status, {}));
}

function answer(status: number, headers: Record<string, string>): ResponseInit {
  return { status, headers: { ...pageHeaders(), ...headers } };
}
