import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';

export interface PageFile {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The name holds a hash of the content, so a browser may keep the file for ever. */
  readonly immutable: boolean;
}

/** URL path → file. `/` is the page itself. */
export type PageFiles = ReadonlyMap<string, PageFile>;

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
};

/**
 * Reads the built page once, into a fixed map: what is not in the map does not exist for a browser, and no
 * request ever touches a path on disk, so there is no traversal to guard against.
 *
 * @param folder the output of the page's build (`dist/renderer`)
 * @throws Error naming the folder when there is no built page in it
 */
export function readPageFiles(folder: string): PageFiles {
  const index = join(folder, 'index.html');
  if (!existsSync(index)) throw new Error(`There is no built page in ${folder}. Run "npm run build".`);
  const files = new Map<string, PageFile>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const type = types[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const url = `/${relative(folder, path).split(sep).join('/')}`;
    files.set(url, {
      type,
      bytes: new Uint8Array(readFileSync(path)),
      immutable: url.startsWith('/assets/'),
    });
  }
  const page = files.get('/index.html');
  if (page === undefined) throw new Error(`${index} is not a file.`);
  files.delete('/index.html');
  files.set('/', page);
  return files;
}
