import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodePng } from '../../native-models/images/encode.ts';
import type { Picture } from '../../native-models/images/picture.ts';
import { seededRandom } from '../../native-models/random.ts';

/** Classes of surfaces that differ at a glance. */
export const surfaceClasses = ['ok', 'spot', 'stripe'] as const;
export type SurfaceClass = (typeof surfaceClasses)[number];

const side = 64;

/** A grey surface with a little noise: plain, with a dark spot somewhere, or with bright stripes. */
export function surface(kind: SurfaceClass, number: number): Picture {
  const random = seededRandom(number).fork(kind);
  const [row, column] = [12 + random.integer(40), 12 + random.integer(40)];
  const data = Uint8Array.from({ length: side * side }, (_, at) => {
    const [y, x] = [Math.floor(at / side), at % side];
    const spot = kind === 'spot' && Math.hypot(y - row, x - column) < 6 ? -90 : 0;
    const stripe = kind === 'stripe' && (y + column) % 8 < 3 ? 60 : 0;
    return 128 + 4 * random.normal() + spot + stripe;
  });
  return { width: side, height: side, channels: 1, depth: 8, data };
}

/** Writes `count` of each class into class folders, numbered from `first`. */
export async function writeClassFolders(root: string, count: number, first = 0): Promise<void> {
  for (const kind of surfaceClasses) {
    await mkdir(join(root, kind), { recursive: true });
    for (let number = first; number < first + count; number++) {
      await writeFile(join(root, kind, `${kind}-${number}.png`), await encodePng(surface(kind, number)));
    }
  }
}
