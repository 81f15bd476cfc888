import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { distFolder, pageFolder, preloadFile, root } from './folders.ts';
import { replaceFolder } from './replaceFolder.ts';

/** Something built, what it is made of, and how. */
interface Product {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly result: string;
  readonly make: () => Promise<void>;
}

const page: Product = {
  name: 'page',
  inputs: [
    ...['renderer', 'electron/contract', 'electron/report/page', 'package-lock.json'],
    ...['build/vite.config.ts', 'build/packaging', 'build/handbook'],
  ],
  result: join(pageFolder, 'index.html'),
  make: async () => {
    const { buildPage } = await bundler();
    const built = `${pageFolder}.${process.pid}`;
    await buildPage(built);
    replaceFolder(built, pageFolder);
  },
};
const core: Product = {
  name: 'program',
  inputs: ['electron', 'native-models', 'build/bundles.ts', 'package-lock.json'],
  result: preloadFile,
  make: async () => {
    const { buildCore, buildPreload } = await bundler();
    await buildCore();
    await buildPreload();
  },
};

/** Loaded only when there is something to build: a start should not wait for it. */
const bundler = () => import('./bundles.ts');

/** Builds the page unless what lies in `dist/` was made of exactly these sources. */
export function freshPage(say: (line: string) => void): Promise<void> {
  return fresh(page, say);
}

/** The same for everything that Electron runs. */
export function freshCore(say: (line: string) => void): Promise<void> {
  return fresh(core, say);
}

async function fresh({ name, inputs, result, make }: Product, say: (line: string) => void): Promise<void> {
  const stamp = join(distFolder, `${name}.sha256`);
  const digest = digestOf(inputs.map((input) => join(root, input)));
  if (existsSync(result) && existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  say(`Building the ${name} …`);
  rmSync(stamp, { force: true });
  await make();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, digest);
}

/** SHA-256 over names and contents of all files in these folders: a checkout changes times, not contents. */
export function digestOf(paths: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of paths) {
    for (const file of filesUnder(path)) {
      hash.update(relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
    }
  }
  return hash.digest('hex');
}

function filesUnder(path: string): string[] {
  if (!existsSync(path)) return [];
  try {
    return readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOTDIR') return [path];
    throw thrown;
  }
}
