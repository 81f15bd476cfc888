import { KenroError } from '../contract/errors.ts';
import type { JudgedStop, LineStop, StopCause, StopList, StopOutcome } from '../contract/lineStops.ts';
import { humanCodes } from './codes.ts';
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
import type { Span } from './spans.ts';

/** A stop on its way to the record. */
export interface NewStop {
  /** `false`: only the thresholds before would have raised it. */
  readonly isRaised: boolean;
  readonly productId: number;
  readonly sourceId: number | null;
  readonly timeMs: number;
  /** The part that met the rule; `null` of drift. */
  readonly partId: number | null;
  readonly cause: StopCause;
  readonly ng: number;
  readonly parts: number;
  readonly partIds: readonly number[];
  readonly alsoBefore: boolean;
}

interface StopRow {
  id: number;
  raised: number;
  product_id: number;
  source_id: number | null;
  time_ms: number;
  cause: StopCause;
  ng: number;
  parts: number;
  also_before: number;
  muted_ms: number | null;
  mute_reason: string | null;
  acknowledged_ms: number | null;
  reason: string | null;
  part_ids: string;
  called_ok: number;
  called_ng: number;
}

const ofParts =
  'FROM line_stop_parts JOIN inspections ON inspections.id = inspection_id WHERE stop_id = line_stops.id';
const selectSql = `
  SELECT line_stops.*,
    (SELECT json_group_array(inspection_id) FROM line_stop_parts WHERE stop_id = line_stops.id) AS part_ids,
    (SELECT count(*) ${ofParts} AND human = ${humanCodes.ok}) AS called_ok,
    (SELECT count(*) ${ofParts} AND human = ${humanCodes.ng}) AS called_ng
  FROM line_stops`;

/** @returns its id */
export function addStop(db: WritableDb, stop: NewStop): number {
  return transaction(db, () => {
    const { id } = run(
      db,
      `INSERT INTO line_stops (raised, product_id, source_id, time_ms, part_id, cause, ng, parts, also_before)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      stop.isRaised ? 1 : 0,
      stop.productId,
      stop.sourceId,
      stop.timeMs,
      stop.partId,
      stop.cause,
      stop.ng,
      stop.parts,
      stop.alsoBefore ? 1 : 0,
    );
    const counts = 'INSERT INTO line_stop_parts (stop_id, inspection_id) VALUES (?, ?)';
    for (const part of stop.partIds) run(db, counts, id, part);
    return id;
  });
}

/** Stops that only the thresholds before would have raised, but that were raised soon after: they are not avoided. */
export function markMet(db: WritableDb, ids: readonly number[], raisedId: number): void {
  for (const id of ids) run(db, 'UPDATE line_stops SET met_id = ? WHERE id = ? AND raised = 0', raisedId, id);
}

/** @throws {KenroError} `notFound`, also where it was acknowledged already */
export function acknowledgeStop(db: WritableDb, id: number, reason: string, nowMs: number): LineStop {
  return transaction(db, () => {
    openStop(db, id);
    run(
      db,
      'UPDATE line_stops SET acknowledged_ms = ?, reason = ?, resume_id = ? WHERE id = ?',
      nowMs,
      reason,
      newestPart(db),
      id,
    );
    return readStop(db, id);
  });
}

/** Switches the sound of a stop off. @throws as `acknowledgeStop` */
export function muteStop(db: WritableDb, id: number, reason: string, nowMs: number): LineStop {
  return transaction(db, () => {
    openStop(db, id);
    run(db, 'UPDATE line_stops SET muted_ms = ?, mute_reason = ? WHERE id = ?', nowMs, reason, id);
    return readStop(db, id);
  });
}

/** Raised and not acknowledged, oldest first. */
export function openStops(db: ReadableDb): LineStop[] {
  return rows<StopRow>(
    db,
    `${selectSql} WHERE line_stops.id IN (
       SELECT id FROM line_stops INDEXED BY line_stops_open WHERE raised = 1 AND acknowledged_ms IS NULL
     ) ORDER BY line_stops.id`,
  ).map(stopOf);
}

/** @throws {KenroError} `notFound` */
export function readStop(db: ReadableDb, id: number): LineStop {
  const found = row<StopRow>(db, `${selectSql} WHERE line_stops.id = ?`, id);
  if (found === undefined) throw new KenroError('notFound', { what: 'lineStop', id });
  return stopOf(found);
}

/** Where the count of a source stands: after these parts. */
export interface CountedFrom {
  /** Newest part at the last acknowledgement, or 0. */
  readonly resumeId: number;
  /** The open stop of this source, or `null`. */
  readonly openId: number | null;
  /** Stops that only the thresholds before would have raised, with the part that met the rule: the last 20. */
  readonly before: ReadonlyArray<{ id: number; partId: number; parts: number }>;
}

export function countedFrom(db: ReadableDb, sourceId: number, productId: number): CountedFrom {
  const of = 'FROM line_stops INDEXED BY line_stops_by_source WHERE source_id = ? AND product_id = ?';
  const last = row<{ id: number; resume_id: number | null }>(
    db,
    `SELECT id, resume_id ${of} AND raised = 1 ORDER BY id DESC LIMIT 1`,
    sourceId,
    productId,
  );
  const before = rows<{ id: number; partId: number; parts: number }>(
    db,
    `SELECT id, part_id AS partId, parts ${of} AND raised = 0 AND met_id IS NULL ORDER BY id DESC LIMIT 20`,
    sourceId,
    productId,
  );
  const isOpen = last !== undefined && last.resume_id === null;
  return { resumeId: last?.resume_id ?? 0, openId: isOpen ? last.id : null, before: before.reverse() };
}

/** Id of the part recorded last, or 0. */
export function newestPart(db: ReadableDb): number {
  return row<{ id: number | null }>(db, 'SELECT max(id) AS id FROM inspections')?.id ?? 0;
}

const mostListed = 200;

/** The stops of a span of time, each with what people said of the parts it counted. */
export function stopsOf(
  db: ReadableDb,
  { fromMs, toMs }: Span,
  { productId, sourceId }: { productId: number | null; sourceId: number | null },
): StopList {
  return snapshot(db, () => {
    const values: SqlValue[] = [fromMs, toMs, productId, productId, sourceId, sourceId];
    const found = rows<StopRow>(
      db,
      `${selectSql} WHERE line_stops.id IN (
         SELECT id FROM line_stops INDEXED BY line_stops_by_time
         WHERE time_ms >= ? AND time_ms < ? AND met_id IS NULL AND (? IS NULL OR product_id = ?)
           AND (? IS NULL OR source_id IS NULL OR source_id = ?)
       ) ORDER BY line_stops.time_ms DESC, line_stops.id DESC`,
      ...values,
    ).map(judged);
    const raised = found.filter(({ kind }) => kind === 'raised');
    const avoided = found.filter(({ kind }) => kind === 'avoided');
    return {
      stops: [...raised.slice(0, mostListed), ...avoided.slice(0, mostListed)],
      raised: outcomesOf(raised),
      avoided: outcomesOf(avoided),
      added: raised.filter(({ alsoBefore, cause }) => !alsoBefore && cause !== 'drift').length,
    };
  });
}

function openStop(db: ReadableDb, id: number): void {
  const { acknowledged } = readStop(db, id);
  if (acknowledged !== null) throw new KenroError('notFound', { what: 'lineStop', id });
}

function stopOf(found: StopRow): LineStop {
  const said = (timeMs: number | null, reason: string | null) =>
    timeMs === null || reason === null ? null : { timeMs, reason };
  return {
    id: found.id,
    timeMs: found.time_ms,
    productId: found.product_id,
    sourceId: found.source_id,
    cause: found.cause,
    ng: found.ng,
    parts: found.parts,
    partIds: JSON.parse(found.part_ids) as number[],
    muted: said(found.muted_ms, found.mute_reason),
    acknowledged: said(found.acknowledged_ms, found.reason),
  };
}

function judged(found: StopRow): JudgedStop {
  const stop = stopOf(found);
  const { called_ok: calledOk, called_ng: calledNg } = found;
  return {
    ...stop,
    ...{ calledOk, calledNg },
    outcome: outcomeOf(stop.partIds.length, calledOk, calledNg),
    kind: found.raised === 1 ? 'raised' : 'avoided',
    alsoBefore: found.also_before === 1,
  };
}

function outcomeOf(parts: number, calledOk: number, calledNg: number): StopOutcome {
  if (calledOk > 0) return 'unnecessary';
  return parts > 0 && calledNg === parts ? 'justified' : 'open';
}

function outcomesOf(stops: readonly JudgedStop[]): StopList['raised'] {
  const count = (wanted: StopOutcome) => stops.filter(({ outcome }) => outcome === wanted).length;
  return { justified: count('justified'), unnecessary: count('unnecessary'), open: count('open') };
}
