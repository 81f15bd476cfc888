import type { LabelledLoader } from '../../native-models/evaluate/evaluateDetector.ts';
import { readImageFile } from '../../native-models/images/decode.ts';

/** Labelled files as images that are read when they are needed. */
export function labelledLoaders(
  images: readonly { readonly path: string; readonly label: string }[],
): LabelledLoader[] {
  return images.map(({ path, label }) => ({
    name: path,
    label,
    load: async () => (await readImageFile(path)).picture,
  }));
}
