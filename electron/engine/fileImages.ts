import type { ImageLoader } from '../../native-models/detectors/teach.ts';
import { readImageFile } from '../../native-models/images/decode.ts';

/** Files, with what is known of them, as images that are read when they are needed; each is named by its path. */
export function fileImages<File extends { readonly path: string }>(
  files: readonly File[],
): (Omit<File, 'path'> & ImageLoader)[] {
  return files.map(({ path, ...known }) => ({
    ...known,
    name: path,
    load: async () => (await readImageFile(path)).picture,
  }));
}
