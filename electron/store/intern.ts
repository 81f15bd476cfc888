import type { Inspection } from '../contract/domain.ts';
import type { PartCertificate } from '../contract/smoothing.ts';
import type { Thresholds } from '../contract/verdict.ts';
import { interned, row, rows, run, type ReadableDb, type WritableDb } from './db.ts';

/**
 * What repeats from part to part is kept once and referred to by a small integer. Rows of these tables are
 * never changed or deleted. Call the makers inside a transaction only.
 */

/** The unchanging circumstances of a part: who delivered it and by what it was judged. */
export type Stream = Pick<Inspection, 'productId' | 'sourceId' | 'modelId' | 'arm' | 'patchHash'>;

export function streamId(db: WritableDb, stream: Stream): number {
  const { productId, sourceId, modelId, arm, patchHash } = stream;
  return interned(db, `s${productId}/${sourceId}/${modelId}/${patchHash}/${arm}`, () => {
    const found = row<{ id: number }>(
      db,
      `SELECT id FROM streams WHERE product_id = ? AND source_id = ? AND ifnull(model_id, 0) = ?
         AND arm = ? AND ifnull(patch_hash, '') = ?`,
      productId,
      sourceId,
      modelId ?? 0,
      arm,
      patchHash ?? '',
    );
    if (found !== undefined) return found.id;
    return run(
      db,
      'INSERT INTO streams (product_id, source_id, model_id, arm, patch_hash) VALUES (?, ?, ?, ?, ?)',
      productId,
      sourceId,
      modelId,
      arm,
      patchHash,
    ).id;
  });
}

export function lotId(db: WritableDb, name: string): number | null {
  if (name === '') return null;
  return interned(
    db,
    `l${name}`,
    () => findLot(db, name) ?? run(db, 'INSERT INTO lots (name) VALUES (?)', name).id,
  );
}

export function findLot(db: ReadableDb, name: string): number | undefined {
  return row<{ id: number }>(db, 'SELECT id FROM lots WHERE name = ?', name)?.id;
}

export function thresholdsId(db: WritableDb, thresholds: Thresholds | null): number | null {
  if (thresholds === null) return null;
  const { review, ng } = thresholds;
  return interned(db, `t${review}/${ng}`, () => {
    const found = row<{ id: number }>(
      db,
      'SELECT id FROM thresholds WHERE review_from = ? AND ng_from = ?',
      review,
      ng,
    );
    return found?.id ?? run(db, 'INSERT INTO thresholds (review_from, ng_from) VALUES (?, ?)', review, ng).id;
  });
}

/** How a part was looked at under noise. */
type Smoothing = Pick<PartCertificate, 'sigma' | 'alpha' | 'rule' | 'wantedRadius' | 'most' | 'judgedBy'>;

export function smoothingId(db: WritableDb, smoothing: Smoothing): number {
  const { sigma, alpha, rule, wantedRadius, most, judgedBy } = smoothing;
  const values = [sigma, alpha, rule, wantedRadius, most.n0, most.n, JSON.stringify(judgedBy)];
  return interned(db, `n${values.join('/')}`, () => {
    const found = row<{ id: number }>(
      db,
      `SELECT id FROM smoothings WHERE sigma = ? AND alpha = ? AND rule = ? AND ifnull(wanted_radius, -1) = ifnull(?, -1)
         AND most_n0 = ? AND most_n = ? AND judged_by = ?`,
      ...values,
    );
    if (found !== undefined) return found.id;
    return run(
      db,
      `INSERT INTO smoothings (sigma, alpha, rule, wanted_radius, most_n0, most_n, judged_by)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      ...values,
    ).id;
  });
}

export interface StreamFilter {
  productId?: number | null;
  sourceId?: number | null;
  modelId?: number | null;
}

/** Ids of the streams that match every given field. */
export function findStreams(db: ReadableDb, filter: StreamFilter): number[] {
  const found = rows<{ id: number }>(
    db,
    `SELECT id FROM streams WHERE product_id = ifnull(?, product_id) AND source_id = ifnull(?, source_id)
       AND ifnull(model_id, 0) = coalesce(?, model_id, 0) ORDER BY id`,
    filter.productId ?? null,
    filter.sourceId ?? null,
    filter.modelId ?? null,
  );
  return found.map(({ id }) => id);
}
