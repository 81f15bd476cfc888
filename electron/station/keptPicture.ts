import type { EngineClient } from '../engine/client.ts';
import { findKept } from '../engine/keptPictures.ts';
import type { ReadableDb } from '../store/db.ts';
import { partKeyOf, readInspection } from '../store/inspections.ts';

export interface PictureSources {
  readonly db: ReadableDb;
  readonly engine: Pick<EngineClient, 'call'>;
  readonly imagesDir: string;
}

/**
 * JPEG of a part: from the engine's live ring, else from the file that was kept; `null`: neither.
 * @param maxSide longest side at most, pixels
 * @throws {KenroError} `notFound`; as the engine does
 */
export async function pictureOf(
  { db, engine, imagesDir }: PictureSources,
  id: number,
  maxSide: number,
): Promise<Uint8Array | null> {
  const { imageHash, imageKept } = readInspection(db, id);
  const { jpeg } = await engine.call('picture', { key: partKeyOf(db, id), maxSide });
  if (jpeg) return jpeg;
  const path = imageKept && imageHash !== null ? await findKept(imagesDir, imageHash) : null;
  return path === null ? null : (await engine.call('convert', { path, maxSide })).jpeg;
}
