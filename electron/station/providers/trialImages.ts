import { demoParts } from '../../contract/domain.ts';
import type { ImageSource } from '../../contract/engine.ts';
import { everything } from '../../contract/history.ts';
import { findKept } from '../../engine/keptPictures.ts';
import { pageHistory } from '../../store/history.ts';
import type { ReadableDb } from '../../store/db.ts';

const wanted = 12;
/** OK parts keep their picture now and then only: among so many parts some have. */
const searched = 500;

/** Pictures to compare providers on: the newest that were kept of a product, else drawn ones. */
export async function trialImages(
  db: ReadableDb,
  imagesDir: string,
  productId: number,
): Promise<ImageSource[]> {
  const filter = { ...everything, productId };
  const { rows } = pageHistory(db, { filter, before: null, after: null, limit: searched });
  const hashes = new Set(rows.flatMap(({ imageKept, imageHash }) => (imageKept && imageHash) || []));
  const paths = await Promise.all([...hashes].slice(0, wanted).map((hash) => findKept(imagesDir, hash)));
  const own = paths.flatMap((path) => (path === null ? [] : [{ from: 'file', path } as const]));
  return own.length > 0 ? own : drawnParts(1);
}

/** Demo parts of every kind, good and defective, under some disturbance. */
export function drawnParts(seed: number): ImageSource[] {
  const disturbances = { light: 0.3, blur: 0, noise: 0.2 };
  return Array.from({ length: wanted }, (_, index) => {
    const part = demoParts[index % demoParts.length]!;
    return { from: 'demo', part, seed, index, defectRate: 0.5, disturbances };
  });
}
