import { join } from 'node:path';

/** The project's folder. */
export const root = join(import.meta.dirname, '..');
/** What `npm run build` makes; mirrors the source tree. */
export const distFolder = join(root, 'dist');
export const pageFolder = join(distFolder, 'renderer');
export const preloadFile = join(distFolder, 'electron', 'preload', 'preload.cjs');
