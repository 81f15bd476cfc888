import type { AnomalyMap, Inspection } from '../contract/domain.ts';
import { ErrorKind, KenroError } from '../contract/errors.ts';
import {
  certificateColumns,
  certificateJoins,
  certificateOf,
  insertCertificate,
  type CertificateColumns,
} from './certificates.ts';
import { addToSample } from './auditSample.ts';
import { humanOf, verdictCodes, verdictOf } from './codes.ts';
import {
  row,
  rows,
  run,
  snapshot,
  transaction,
  type ReadableDb,
  type SqlValue,
  type WritableDb,
} from './db.ts';
import { countDefect } from './defects.ts';
import { lotId, streamId, thresholdsId } from './intern.ts';
import { numberedRange, partKeyBytes, partNumber, type PartKey } from './partKey.ts';
import { addToLots, type LotPart } from './lotSums.ts';
import { addToRollups } from './rollups.ts';
import { addToScores, type BinnedPart } from './scoreBins.ts';

/** A judged part on its way to the record. Times of the latency are kept to the microsecond. */
export interface NewPart {
  readonly key: PartKey;
  readonly inspection: Omit<Inspection, 'id' | 'human'>;
  /** Kept for as long as the part; `null` for parts whose picture is not kept either. */
  readonly map: AnomalyMap | null;
  /** Share that has drawn it for the audit sample; only a part called OK gets into it. */
  readonly auditShareId?: number | null;
}

export interface RecordedPart {
  inspection: Inspection;
  /** The part was on record already; `inspection` is what the record says, and nothing was written. */
  known: boolean;
}

/**
 * Puts parts on record, all or none, and counts them in the rollups. A key that is on record already (or came
 * earlier in the batch) is not recorded twice.
 * @returns one entry a part, in the order given.
 * @throws {KenroError} `diskFull`, `diskReadOnly`, `databaseLocked`, `databaseCorrupt`: nothing was recorded.
 */
export function recordInspections(db: WritableDb, parts: readonly NewPart[]): RecordedPart[] {
  return transaction(db, () => {
    const added: LotPart[] = [];
    const scored: BinnedPart[] = [];
    const recorded = parts.map((part) => {
      const stream = streamId(db, part.inspection);
      const id = insert(db, part, stream);
      if (id === null) return { inspection: readByKey(db, part.key), known: true };
      if (part.map !== null) insertMap(db, id, part.map);
      const { certificate } = part.inspection;
      if (certificate !== undefined) insertCertificate(db, id, certificate);
      added.push(rolledUp(part.inspection, stream, lotId(db, part.inspection.lot)));
      scored.push(...binned(db, part.inspection, stream));
      countOwnDefect(db, part.inspection, stream);
      sampleOwn(db, part, id, stream);
      return { inspection: { id, ...part.inspection, human: null }, known: false };
    });
    addToRollups(db, added);
    addToLots(db, added);
    addToScores(db, scored);
    return recorded;
  });
}

const inserted = [
  'time_ms',
  'stream_id',
  'verdict',
  'human',
  'score',
  'thresholds_id',
  'lot_id',
  'serial',
  'origin',
  'reason',
  'label',
  'votes',
  'radius',
  'wait_us',
  'decode_us',
  'infer_us',
  'smooth_us',
  'store_us',
  'image_kept',
  'image_width',
  'image_height',
  'image_hash',
  'part_key',
];
const insertSql = `INSERT INTO inspections (${inserted.join(', ')})
  VALUES (${inserted.map(() => '?').join(', ')}) ON CONFLICT (part_key) DO NOTHING`;

function insert(db: WritableDb, { key, inspection }: NewPart, stream: number): number | null {
  const { latency } = inspection;
  const values: SqlValue[] = [
    inspection.timeMs,
    stream,
    verdictCodes[inspection.verdict],
    0,
    inspection.score,
    thresholdsId(db, inspection.thresholds),
    lotId(db, inspection.lot),
    inspection.serial === '' ? null : inspection.serial,
    inspection.origin,
    inspection.reason,
    inspection.label,
    inspection.votes,
    inspection.radius,
    microseconds(latency.waitMs),
    microseconds(latency.decodeMs),
    microseconds(latency.inferMs),
    microseconds(latency.smoothMs),
    microseconds(latency.storeMs),
    inspection.imageKept ? 1 : 0,
    inspection.imageWidth,
    inspection.imageHeight,
    inspection.imageHash === null ? null : Buffer.from(inspection.imageHash, 'hex'),
    partKeyBytes(key),
  ];
  const { changes, id } = run(db, insertSql, ...values);
  return changes === 0 ? null : id;
}

function insertMap(db: WritableDb, id: number, map: AnomalyMap): void {
  run(
    db,
    'INSERT INTO heatmaps (inspection_id, width, height, low, high, cells) VALUES (?, ?, ?, ?, ?, ?)',
    id,
    map.width,
    map.height,
    map.low,
    map.high,
    Buffer.from(map.data, 'base64'),
  );
}

/** Time on the part as the operator sees it: the wait for the engine is the line's affair. */
function rolledUp(inspection: NewPart['inspection'], stream: number, lot: number | null): LotPart {
  const { decodeMs, inferMs, smoothMs, storeMs } = inspection.latency;
  const isOpen = inspection.certificate !== undefined || inspection.reason !== null;
  return {
    timeMs: inspection.timeMs,
    streamId: stream,
    lotId: lot,
    verdict: inspection.verdict,
    score: inspection.score,
    failed: inspection.reason !== null,
    looks: inspection.votes,
    isFirstLook: inspection.votes !== null && !isOpen,
    latencyUs: [decodeMs, inferMs, smoothMs, storeMs].map(microseconds).reduce((sum, us) => sum + us),
  };
}

function binned(db: WritableDb, inspection: NewPart['inspection'], stream: number): BinnedPart[] {
  const { timeMs, score, verdict, thresholds } = inspection;
  const thresholdsKey = thresholdsId(db, thresholds);
  if (score === null || thresholds === null || thresholdsKey === null) return [];
  return [{ timeMs, streamId: stream, thresholdsId: thresholdsKey, score, thresholds, verdict }];
}

function countOwnDefect(
  db: WritableDb,
  { timeMs, label, verdict }: NewPart['inspection'],
  stream: number,
): void {
  if (label !== null) countDefect(db, { timeMs, streamId: stream, label, verdict }, null, 1);
}

function sampleOwn(db: WritableDb, { auditShareId, inspection }: NewPart, id: number, stream: number): void {
  if (auditShareId === null || auditShareId === undefined || inspection.verdict !== 'OK') return;
  const { timeMs, lot } = inspection;
  addToSample(db, { id, shareId: auditShareId, timeMs, streamId: stream, lotId: lotId(db, lot) });
}

function microseconds(ms: number): number {
  return Math.round(ms * 1000);
}

interface InspectionRow extends CertificateColumns {
  id: number;
  time_ms: number;
  product_id: number;
  source_id: number;
  model_id: number | null;
  arm: string;
  patch_hash: string | null;
  verdict: number;
  human: number;
  score: number | null;
  review_from: number | null;
  ng_from: number | null;
  lot: string | null;
  serial: string | null;
  origin: string;
  reason: string | null;
  label: string | null;
  votes: number | null;
  radius: number | null;
  wait_us: number;
  decode_us: number;
  infer_us: number;
  smooth_us: number;
  store_us: number;
  image_kept: number;
  image_width: number | null;
  image_height: number | null;
  image_hash: Buffer | null;
}

const selectSql = `
  SELECT inspections.id, time_ms, product_id, source_id, model_id, arm, patch_hash, verdict, human, score,
    review_from, ng_from, lots.name AS lot, serial, origin, reason, label, votes,
    inspections.radius AS radius, wait_us, decode_us, infer_us, smooth_us, store_us, image_kept, image_width,
    image_height, image_hash, ${certificateColumns}
  FROM inspections
  JOIN streams ON streams.id = inspections.stream_id
  LEFT JOIN lots ON lots.id = inspections.lot_id
  LEFT JOIN thresholds ON thresholds.id = inspections.thresholds_id${certificateJoins}`;

/** @throws {KenroError} `notFound` (`what`, `id`). */
export function readInspection(db: ReadableDb, id: number): Inspection {
  const found = row<InspectionRow>(db, `${selectSql} WHERE inspections.id = ?`, id);
  if (found === undefined) throw new KenroError('notFound', { what: 'part', id });
  return fromRow(found);
}

/** Several parts in the order asked; those that are not on record are left out. */
export function readInspections(db: ReadableDb, ids: readonly number[]): Inspection[] {
  const found = rows<InspectionRow>(
    db,
    `${selectSql} WHERE inspections.id IN (SELECT value FROM json_each(?))`,
    JSON.stringify(ids),
  );
  const byId = new Map(found.map((one) => [one.id, fromRow(one)]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

function readByKey(db: ReadableDb, key: PartKey): Inspection {
  return fromRow(
    row<InspectionRow>(db, `${selectSql} WHERE part_key = ?`, partKeyBytes(key)) as InspectionRow,
  );
}

/** Which of these parts are on record, in the order asked. */
export function arePartsKnown(db: ReadableDb, keys: readonly PartKey[]): boolean[] {
  const sql = 'SELECT 1 FROM inspections WHERE part_key = ?';
  return snapshot(db, () => keys.map((key) => row(db, sql, partKeyBytes(key)) !== undefined));
}

/** The highest number that a counting source (demo line, camera) has on record, or `null`. */
export function lastPartNumber(db: ReadableDb, sourceId: number): number | null {
  const found = row<{ part_key: Buffer }>(
    db,
    `SELECT part_key FROM inspections WHERE part_key BETWEEN ? AND ? ORDER BY part_key DESC LIMIT 1`,
    ...numberedRange(sourceId),
  );
  return found === undefined ? null : partNumber(found.part_key);
}

/** The key under which a part was recorded. @throws {KenroError} `notFound`. */
export function partKeyOf(db: ReadableDb, id: number): PartKey {
  const found = row<{ part_key: Buffer }>(db, 'SELECT part_key FROM inspections WHERE id = ?', id);
  if (found === undefined) throw new KenroError('notFound', { what: 'part', id });
  return found.part_key.toString('hex');
}

/** The anomaly map of a part, or `null` when none was kept. */
export function readMap(db: ReadableDb, id: number): AnomalyMap | null {
  const found = row<Omit<AnomalyMap, 'data'> & { cells: Buffer }>(
    db,
    'SELECT width, height, low, high, cells FROM heatmaps WHERE inspection_id = ?',
    id,
  );
  if (found === undefined) return null;
  const { cells, ...map } = found;
  return { ...map, data: cells.toString('base64') };
}

function fromRow(found: InspectionRow): Inspection {
  const certificate = certificateOf(found);
  return {
    id: found.id,
    timeMs: found.time_ms,
    productId: found.product_id,
    sourceId: found.source_id,
    lot: found.lot ?? '',
    serial: found.serial ?? '',
    origin: found.origin,
    arm: found.arm,
    modelId: found.model_id,
    patchHash: found.patch_hash,
    score: found.score,
    thresholds:
      found.review_from === null || found.ng_from === null
        ? null
        : { review: found.review_from, ng: found.ng_from },
    verdict: verdictOf(found.verdict),
    reason: found.reason === null ? null : ErrorKind.catch('internal').parse(found.reason),
    label: found.label,
    votes: found.votes,
    radius: found.radius,
    ...(certificate === undefined ? {} : { certificate }),
    latency: {
      waitMs: found.wait_us / 1000,
      decodeMs: found.decode_us / 1000,
      inferMs: found.infer_us / 1000,
      smoothMs: found.smooth_us / 1000,
      storeMs: found.store_us / 1000,
    },
    imageHash: found.image_hash?.toString('hex') ?? null,
    imageKept: found.image_kept === 1,
    imageWidth: found.image_width,
    imageHeight: found.image_height,
    human: humanOf(found.human),
  };
}
