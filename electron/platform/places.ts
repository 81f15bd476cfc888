import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Run from the sources (development, tests) or from what `npm run build` made of them in `dist/`. */
const fromSource = import.meta.url.endsWith('.ts');
/** `dist/` mirrors the source tree, so one relative path is right in both. */
const tree = join(import.meta.dirname, '..', '..');
const packageFolder = fromSource ? tree : join(tree, '..');

/** Where the parts of the installed program lie. */
export const places = {
  /** The built page. */
  page: fromSource ? join(tree, 'dist', 'renderer') : join(tree, 'renderer'),
  /** The handbook, to be printed. */
  handbook: fromSource ? join(tree, 'dist', 'renderer', 'handbook') : join(tree, 'renderer', 'handbook'),
  /** Entry module of an engine process. */
  engineModule: join(tree, 'electron', 'engine', fromSource ? 'process.ts' : 'process.js'),
  /** Public key of those whose updates are taken; only in a package that was made with one. */
  updateKey: join(tree, 'updateKey.pem'),
  /** The shipped models and their manifest. */
  starterDir: join(tree, 'native-models', 'models'),
} as const;

/** Of the program, as its package says. */
export function programVersion(): string {
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}
