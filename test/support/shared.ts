import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(process.env['KENRO_SHARED'] ?? join(import.meta.dirname, '../../../shared'));

/** Path of a file or folder of the shared test data, or `null` where it is not there: then skip visibly. */
export function sharedPath(...parts: string[]): string | null {
  const path = join(root, ...parts);
  return existsSync(path) ? path : null;
}
