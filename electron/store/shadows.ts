import type { AnomalyMap } from '../contract/domain.ts';
import type { ErrorKind } from '../contract/errors.ts';
import type { Disagreement, ShadowVerdict } from '../contract/rollout.ts';
import { humanCodes, verdictCodes, verdictOf } from './codes.ts';
import { row, rows, run, transaction, type ReadableDb, type WritableDb } from './db.ts';
import { thresholdsId } from './intern.ts';
import { differing } from './rolloutCounts.ts';
import { readInspections, readMap } from './inspections.ts';

/** What a candidate says of a part that is on record. */
export interface NewShadow extends ShadowVerdict {
  readonly rolloutId: number;
  readonly reason: ErrorKind | null;
  /** Time on the part: decode, infer, smooth. */
  readonly timeMs: number;
  /** Its picture is kept, by now if not before. */
  readonly imageKept: boolean;
  readonly map: AnomalyMap | null;
}

/** Puts shadow verdicts on record, all or none; what is on record already stays. */
export function recordShadows(db: WritableDb, shadows: readonly NewShadow[]): void {
  transaction(db, () => {
    for (const shadow of shadows) recordShadow(db, shadow);
  });
}

function recordShadow(db: WritableDb, shadow: NewShadow): void {
  const id = shadow.inspectionId;
  const { changes } = run(
    db,
    `INSERT INTO shadow_verdicts (inspection_id, rollout_id, verdict, decided, score, thresholds_id, label, reason, time_us)
     SELECT ?, ?, ?, verdict, ?, ?, ?, ?, ? FROM inspections WHERE id = ? ON CONFLICT (inspection_id) DO NOTHING`,
    id,
    shadow.rolloutId,
    verdictCodes[shadow.verdict],
    shadow.score,
    thresholdsId(db, shadow.thresholds),
    shadow.label,
    shadow.reason,
    Math.round(shadow.timeMs * 1000),
    id,
  );
  if (changes === 0) return;
  if (shadow.imageKept) run(db, 'UPDATE inspections SET image_kept = 1 WHERE id = ? AND image_kept = 0', id);
  const { map } = shadow;
  const isOther = row(
    db,
    'SELECT 1 FROM inspections WHERE id = ? AND verdict <> ?',
    id,
    verdictCodes[shadow.verdict],
  );
  if (map === null || !isOther) return;
  run(
    db,
    'INSERT INTO shadow_heatmaps (inspection_id, width, height, low, high, cells) VALUES (?, ?, ?, ?, ?, ?)',
    id,
    map.width,
    map.height,
    map.low,
    map.high,
    Buffer.from(map.data, 'base64'),
  );
}

interface ShadowRow {
  inspection_id: number;
  verdict: number;
  score: number | null;
  review_from: number;
  ng_from: number;
  label: string | null;
}

/** Parts on which the two models of a rollout differ, newest first. */
export function disagreements(
  db: ReadableDb,
  rolloutId: number,
  { open, before, limit }: { open: boolean; before: number | null; limit: number },
): Disagreement[] {
  const found = rows<ShadowRow>(
    db,
    `SELECT inspection_id, shadow_verdicts.verdict, shadow_verdicts.score, review_from, ng_from, shadow_verdicts.label
     FROM shadow_verdicts JOIN inspections ON inspections.id = inspection_id
     JOIN thresholds ON thresholds.id = shadow_verdicts.thresholds_id
     WHERE rollout_id = ? AND (decided, shadow_verdicts.verdict) IN (VALUES ${differing}) AND inspection_id < ?${
       open ? ` AND human = ${humanCodes.none}` : ''
     } ORDER BY inspection_id DESC LIMIT ?`,
    rolloutId,
    before ?? Number.MAX_SAFE_INTEGER,
    limit,
  );
  const parts = new Map(
    readInspections(
      db,
      found.map(({ inspection_id }) => inspection_id),
    ).map((part) => [part.id, part]),
  );
  return found.flatMap((each) => {
    const inspection = parts.get(each.inspection_id);
    if (!inspection) return [];
    const maps = { current: readMap(db, inspection.id), candidate: readShadowMap(db, inspection.id) };
    return [{ inspection, shadow: shadowOf(each), maps }];
  });
}

function readShadowMap(db: ReadableDb, id: number): AnomalyMap | null {
  const found = row<Omit<AnomalyMap, 'data'> & { cells: Buffer }>(
    db,
    'SELECT width, height, low, high, cells FROM shadow_heatmaps WHERE inspection_id = ?',
    id,
  );
  if (found === undefined) return null;
  const { cells, ...map } = found;
  return { ...map, data: cells.toString('base64') };
}

function shadowOf(found: ShadowRow): ShadowVerdict {
  return {
    inspectionId: found.inspection_id,
    verdict: verdictOf(found.verdict),
    score: found.score,
    thresholds: { review: found.review_from, ng: found.ng_from },
    label: found.label,
  };
}
