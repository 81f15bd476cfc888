import { demoParts, type Disturbances } from '../../contract/domain.ts';
import type { ImageSource } from '../../contract/engine.ts';
import { everything } from '../../contract/history.ts';
import { findKept } from '../../engine/keptPictures.ts';
import { pageHistory } from '../../store/history.ts';
import type { ReadableDb } from '../../store/db.ts';

const wanted = 12;
/** OK parts keep their picture now and then only: among so many parts some have. */
const searched = 500;

/** Pictures to compare computations on: the newest that were kept of a product, else drawn ones. */
export async function trialImages(
  db: ReadableDb,
  imagesDir: string,
  productId: number | null,
): Promise<ImageSource[]> {
  if (productId === null) return drawnParts(1);
  const filter = { ...everything, productId };
  const { rows } = pageHistory(db, { filter, before: null, after: null, limit: searched });
  const hashes = new Set(rows.flatMap(({ imageKept, imageHash }) => (imageKept && imageHash) || []));
  const paths = await Promise.all([...hashes].slice(0, wanted).map((hash) => findKept(imagesDir, hash)));
  const own = paths.flatMap((path) => (path === null ? [] : [{ from: 'file', path } as const]));
  return own.length > 0 ? own : drawnParts(1);
}

/** Under some disturbance, scores lie close to the thresholds, where computations that differ are found out. */
const disturbed: Disturbances = { light: 0.3, blur: 0, noise: 0.2 };

/** Demo parts of every kind, good and defective. */
export function drawnParts(seed: number, disturbances = disturbed): ImageSource[] {
  return Array.from({ length: wanted }, (_, index) => {
    const part = demoParts[index % demoParts.length]!;
    return { from: 'demo', part, seed, index, defectRate: 0.5, disturbances };
  });
}
