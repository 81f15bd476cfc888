import { DriftAlarm, type DriftFeature } from '../contract/drift.ts';
import { KenroError } from '../contract/errors.ts';
import { row, rows, run, transaction, type ReadableDb, type WritableDb } from './db.ts';

export interface StoredWatch {
  readonly id: number;
  readonly productId: number;
  readonly modelId: number;
  readonly startedMs: number;
}

/** A part that was measured; `number` counts from 1 within its watch. */
export interface DriftPart {
  readonly number: number;
  readonly inspectionId: number;
  readonly timeMs: number;
  readonly imageKept: boolean;
  readonly values: Readonly<Record<DriftFeature, number>>;
  /** How the network sees the part; `null` where it has not told. */
  readonly embedding: readonly number[] | null;
}

/** The watch whose reference holds now, if there is one. */
export function openWatch(db: ReadableDb, productId: number, modelId: number): StoredWatch | undefined {
  return row<StoredWatch>(
    db,
    `SELECT id, product_id AS productId, model_id AS modelId, started_ms AS startedMs FROM drift_watches
     WHERE product_id = ? AND model_id = ? AND ended_ms IS NULL`,
    productId,
    modelId,
  );
}

/** Begins a watch in place of the one there was, whose parts are forgotten; its alarms stay. */
export function beginWatch(db: WritableDb, productId: number, modelId: number, nowMs: number): StoredWatch {
  return transaction(db, () => {
    const before = openWatch(db, productId, modelId);
    if (before) {
      run(db, 'UPDATE drift_watches SET ended_ms = ? WHERE id = ?', nowMs, before.id);
      run(db, 'DELETE FROM drift_parts WHERE watch_id = ?', before.id);
    }
    const sql = 'INSERT INTO drift_watches (product_id, model_id, started_ms) VALUES (?, ?, ?)';
    run(db, sql, productId, modelId, nowMs);
    return openWatch(db, productId, modelId) as StoredWatch;
  });
}

interface PartRow {
  number: number;
  inspection_id: number;
  time_ms: number;
  image_kept: number;
  score: number;
  brightness: number;
  contrast: number;
  sharpness: number;
  noise: number;
  position_x: number;
  position_y: number;
  embedding: Buffer | null;
}

const partColumns =
  'number, inspection_id, time_ms, image_kept, score, brightness, contrast, sharpness, noise, position_x, position_y, embedding';

/** In order. */
export function readDriftParts(db: ReadableDb, watchId: number): DriftPart[] {
  const sql = `SELECT ${partColumns} FROM drift_parts WHERE watch_id = ? ORDER BY number`;
  return rows<PartRow>(db, sql, watchId).map((found) => ({
    number: found.number,
    inspectionId: found.inspection_id,
    timeMs: found.time_ms,
    imageKept: found.image_kept === 1,
    values: {
      score: found.score,
      brightness: found.brightness,
      contrast: found.contrast,
      sharpness: found.sharpness,
      noise: found.noise,
      positionX: found.position_x,
      positionY: found.position_y,
    },
    embedding: found.embedding && floatsOf(found.embedding),
  }));
}

/** @param keep the first so many parts, the reference, and the last so many stay; those between are forgotten */
export function addDriftParts(
  db: WritableDb,
  watchId: number,
  parts: readonly DriftPart[],
  keep: { readonly first: number; readonly last: number },
): void {
  transaction(db, () => {
    for (const { number, inspectionId, timeMs, imageKept, values, embedding } of parts) {
      run(
        db,
        `INSERT INTO drift_parts (watch_id, ${partColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        ...[watchId, number, inspectionId, timeMs, imageKept ? 1 : 0],
        ...[values.score, values.brightness, values.contrast, values.sharpness, values.noise],
        ...[values.positionX, values.positionY, embedding && bytesOf(embedding)],
      );
    }
    const newest = parts.at(-1)?.number ?? 0;
    const sql = 'DELETE FROM drift_parts WHERE watch_id = ? AND number > ? AND number <= ?';
    run(db, sql, watchId, keep.first, newest - keep.last);
  });
}

/** A part called NG, and the figure of its picture that lay furthest outside what is usual. */
export interface OddPicture {
  readonly inspectionId: number;
  readonly feature: DriftFeature;
  /** From the usual median, in robust standard deviations. */
  readonly shift: number;
}

export function addOddPictures(db: WritableDb, pictures: readonly OddPicture[]): void {
  transaction(db, () => {
    for (const { inspectionId, feature, shift } of pictures) {
      run(
        db,
        'INSERT OR REPLACE INTO odd_pictures (inspection_id, feature, shift) VALUES (?, ?, ?)',
        ...[inspectionId, feature, shift],
      );
    }
  });
}

function bytesOf(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => bytes.writeFloatLE(value, 4 * i));
  return bytes;
}

function floatsOf(bytes: Buffer): number[] {
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
}

interface AlarmRow {
  id: number;
  product_id: number;
  model_id: number;
  time_ms: number;
  since_ms: number;
  found: string;
  acknowledged_ms: number | null;
  actor: string | null;
  reason: string | null;
}

const alarmSql = `SELECT drift_alarms.id, product_id, model_id, time_ms, since_ms, found, acknowledged_ms, actor, reason
  FROM drift_alarms JOIN drift_watches ON drift_watches.id = watch_id`;

export function addDriftAlarm(
  db: WritableDb,
  { id: watchId }: StoredWatch,
  { timeMs, sinceMs, ...found }: Omit<DriftAlarm, 'id' | 'productId' | 'modelId' | 'acknowledged'>,
): DriftAlarm {
  const sql = 'INSERT INTO drift_alarms (watch_id, time_ms, since_ms, found) VALUES (?, ?, ?, ?)';
  run(db, sql, watchId, timeMs, sinceMs, JSON.stringify(found));
  return newestAlarm(db, watchId) as DriftAlarm;
}

/** Of one watch. */
export function newestAlarm(db: ReadableDb, watchId: number): DriftAlarm | null {
  const found = row<AlarmRow>(
    db,
    `${alarmSql} WHERE watch_id = ? ORDER BY drift_alarms.id DESC LIMIT 1`,
    watchId,
  );
  return found ? alarmOf(found) : null;
}

/** Of a product, newest first. */
export function listDriftAlarms(db: ReadableDb, productId: number, limit: number): DriftAlarm[] {
  const sql = `${alarmSql} WHERE product_id = ? ORDER BY drift_alarms.id DESC LIMIT ?`;
  return rows<AlarmRow>(db, sql, productId, limit).map(alarmOf);
}

/** @throws {KenroError} `notFound`; acknowledged already, it stays as it was */
export function acknowledgeDriftAlarm(
  db: WritableDb,
  id: number,
  { timeMs, actor, reason }: NonNullable<DriftAlarm['acknowledged']>,
): DriftAlarm {
  const sql = `UPDATE drift_alarms SET acknowledged_ms = ?, actor = ?, reason = ?
    WHERE id = ? AND acknowledged_ms IS NULL`;
  run(db, sql, timeMs, actor, reason, id);
  const found = row<AlarmRow>(db, `${alarmSql} WHERE drift_alarms.id = ?`, id);
  if (!found) throw new KenroError('notFound', { what: 'drift alarm', id });
  return alarmOf(found);
}

function alarmOf(found: AlarmRow): DriftAlarm {
  const { acknowledged_ms: timeMs, actor, reason } = found;
  return DriftAlarm.parse({
    ...(JSON.parse(found.found) as object),
    id: found.id,
    productId: found.product_id,
    modelId: found.model_id,
    timeMs: found.time_ms,
    sinceMs: found.since_ms,
    acknowledged: timeMs === null ? null : { timeMs, actor, reason },
  });
}
