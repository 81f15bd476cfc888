import { countSample } from './auditSample.ts';
import { listShares } from './auditShares.ts';
import { humanCodes, verdictCodes } from './codes.ts';
import { rows, snapshot, type ReadableDb } from './db.ts';
import type { StreamFilter } from './intern.ts';
import { periods } from './rollups.ts';
import { splitOff, type Span } from './spans.ts';

const [minute, hour] = periods;

/**
 * Parts called OK among which each was drawn with the same probability: one product and model while one share was in
 * force. What native-models/evaluate/escapeEstimate.ts reckons with.
 */
export interface EscapeStratum {
  readonly productId: number;
  readonly modelId: number | null;
  /** In force, 0..10,000; 0: none were drawn, or not yet. */
  readonly perTenThousand: number;
  /** Parts called OK. */
  readonly passed: number;
  /** Drawn for a human to look at. */
  readonly drawn: number;
  /** Drawn ones that a human has judged, and those of them called defective. */
  readonly judged: number;
  readonly escapes: number;
  /** Parts called OK that anybody called defective, drawn or not. */
  readonly known: number;
}

/**
 * What is known of the parts called OK in a period. Drawn parts are counted under the share that drew them, all parts
 * under the share in force at their time, so that a change of the share in between does no harm.
 */
export function escapeStrata(db: ReadableDb, filter: StreamFilter, span: Span): EscapeStratum[] {
  return snapshot(db, () => {
    const streams = escapeStreams(db, filter);
    const products = [...new Set(streams.map(({ productId }) => productId))];
    const stretches = new Map(products.map((id) => [id, stretchesOf(db, id, span)]));
    const strata = piecesOf(span, [...stretches.values()].flat()).flatMap((piece) => {
      const inForce = (productId: number) =>
        stretches.get(productId)?.find(({ fromMs, toMs }) => fromMs <= piece.fromMs && toMs > piece.fromMs);
      return strataOf(db, streams, piece, inForce);
    });
    return merged(strata).sort((one, other) => one.productId - other.productId);
  });
}

/** The span divided where any of the stretches begins, so that its sums are read once for all products. */
function piecesOf(span: Span, stretches: readonly Stretch[]): Span[] {
  const starts = [...new Set([span.fromMs, ...stretches.map(({ fromMs }) => fromMs)])].sort((a, b) => a - b);
  return starts.map((fromMs, i) => ({ fromMs, toMs: starts[i + 1] ?? span.toMs }));
}

export interface EscapeStream {
  id: number;
  productId: number;
  modelId: number | null;
}

/** A time in which one share was in force; `shareId` is `null` before there was any. */
export interface Stretch extends Span {
  shareId: number | null;
  perTenThousand: number;
}

export function stretchesOf(db: ReadableDb, productId: number, span: Span): Stretch[] {
  const shares = listShares(db, productId);
  const starts = [{ id: null, fromMs: 0, perTenThousand: 0 }, ...shares];
  return starts
    .map(({ id, fromMs, perTenThousand }, i) => ({
      ...{ shareId: id, perTenThousand },
      fromMs: Math.max(span.fromMs, fromMs),
      toMs: Math.min(span.toMs, starts[i + 1]?.fromMs ?? Number.MAX_SAFE_INTEGER),
    }))
    .filter(({ fromMs, toMs }) => fromMs < toMs);
}

function strataOf(
  db: ReadableDb,
  streams: readonly EscapeStream[],
  piece: Span,
  inForce: (productId: number) => Stretch | undefined,
): EscapeStratum[] {
  const passed = passedByStream(db, piece);
  const samples = new Map(
    countSample(db, piece).map((count) => [`${count.shareId}/${count.streamId}`, count]),
  );
  return streams.flatMap(({ id, productId, modelId }) => {
    const found = passed.get(id);
    const share = inForce(productId);
    if (found === undefined || share === undefined) return [];
    const sample = samples.get(`${share.shareId}/${id}`) ?? { drawn: 0, ok: 0, ng: 0 };
    return {
      ...{ productId, modelId, perTenThousand: share.perTenThousand, ...found },
      ...{ drawn: sample.drawn, judged: sample.ok + sample.ng, escapes: sample.ng },
    };
  });
}

/** Those of one product, model and share as one stratum. */
export function merged(strata: readonly EscapeStratum[]): EscapeStratum[] {
  const byKey = new Map<string, EscapeStratum>();
  for (const stratum of strata) {
    const key = `${stratum.productId}/${stratum.modelId}/${stratum.perTenThousand}`;
    const before = byKey.get(key);
    byKey.set(key, before === undefined ? stratum : added(before, stratum));
  }
  return [...byKey.values()];
}

function added(one: EscapeStratum, other: EscapeStratum): EscapeStratum {
  return {
    ...one,
    passed: one.passed + other.passed,
    drawn: one.drawn + other.drawn,
    judged: one.judged + other.judged,
    escapes: one.escapes + other.escapes,
    known: one.known + other.known,
  };
}

export function escapeStreams(db: ReadableDb, filter: StreamFilter): EscapeStream[] {
  return rows<EscapeStream>(
    db,
    `SELECT id, product_id AS productId, model_id AS modelId FROM streams
     WHERE product_id = ifnull(?, product_id) AND source_id = ifnull(?, source_id)
       AND ifnull(model_id, 0) = coalesce(?, model_id, 0)`,
    filter.productId ?? null,
    filter.sourceId ?? null,
    filter.modelId ?? null,
  );
}

type Passed = Pick<EscapeStratum, 'passed' | 'known'>;

/** Parts called OK by stream: whole hours and minutes from the rollups, the rest part by part. */
function passedByStream(db: ReadableDb, span: Span): Map<number, Passed> {
  const found = new Map<number, Passed>();
  const add = (counts: readonly (Passed & { streamId: number })[]) => {
    for (const { streamId, passed, known } of counts) {
      const before = found.get(streamId) ?? { passed: 0, known: 0 };
      found.set(streamId, { passed: before.passed + passed, known: before.known + known });
    }
  };
  splitOff(
    span,
    hour.ms,
    (whole) => add(rolledUp(db, hour, whole)),
    (edge) =>
      splitOff(
        edge,
        minute.ms,
        (whole) => add(rolledUp(db, minute, whole)),
        (rest) => add(counted(db, rest)),
      ),
  );
  return found;
}

function rolledUp(db: ReadableDb, { table, ms }: (typeof periods)[number], { fromMs, toMs }: Span) {
  return rows<Passed & { streamId: number }>(
    db,
    `SELECT stream_id AS streamId, sum(ok_none + ok_ok + ok_ng) AS passed, sum(ok_ng) AS known FROM ${table}
     WHERE start >= ? AND start < ? GROUP BY stream_id`,
    fromMs / ms,
    toMs / ms,
  );
}

function counted(db: ReadableDb, { fromMs, toMs }: Span) {
  return rows<Passed & { streamId: number }>(
    db,
    `SELECT stream_id AS streamId, count(*) AS passed, sum(human = ${humanCodes.ng}) AS known
     FROM inspections INDEXED BY inspections_by_time
     WHERE time_ms >= ? AND time_ms < ? AND verdict = ${verdictCodes.OK} GROUP BY stream_id`,
    fromMs,
    toMs,
  );
}
