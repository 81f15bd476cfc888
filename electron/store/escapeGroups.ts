import type { TrendGroup, TrendPeriod } from '../contract/trends.ts';
import { humanCodes, verdictCodes } from './codes.ts';
import { row, rows, snapshot, type ReadableDb } from './db.ts';
import {
  escapeStrata,
  escapeStreams,
  merged,
  stretchesOf,
  type EscapeStratum,
  type EscapeStream,
  type Stretch,
} from './escapeEstimate.ts';
import { periods } from './rollups.ts';
import type { Span } from './spans.ts';
import { ofStreams, streamsOf, streamValues } from './tallies.ts';

const [minute, hour] = periods;
const always = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };

/**
 * What is known of the parts called OK of each group, as `escapeStrata` has it. Read from sums: only around a moment at
 * which a share was changed, and at ends of groups that are not full hours, are parts counted.
 * @param groups of `trendGroups` for the same period
 */
export function escapeGroups(
  db: ReadableDb,
  period: TrendPeriod,
  groups: readonly TrendGroup[],
): EscapeStratum[][] {
  if (groups.length === 0) return [];
  return snapshot(db, () => {
    switch (period.by) {
      case 'product':
      case 'model':
        return byStream(db, period, groups);
      case 'lot':
        return byLot(db, period, groups);
      default:
        return byTime(db, period, groups);
    }
  });
}

function byStream(db: ReadableDb, { by, filter }: TrendPeriod, groups: readonly TrendGroup[]) {
  const { fromMs, toMs } = groups[0] as TrendGroup;
  const strata = escapeStrata(db, filter, { fromMs, toMs });
  return groups.map((group) =>
    strata.filter(({ productId, modelId }) =>
      by === 'product' ? productId === group.productId : modelId === group.modelId,
    ),
  );
}

/** Parts of one stream in one minute, hour or lot; `ok`, `ng`: drawn and judged. */
interface Counted {
  readonly at: number;
  readonly streamId: number;
  readonly passed: number;
  readonly known: number;
}
interface Sampled {
  readonly at: number;
  readonly streamId: number;
  readonly shareId: number;
  readonly drawn: number;
  readonly ok: number;
  readonly ng: number;
}

/** The streams of a filter, with the shares of their products. */
function contextOf(db: ReadableDb, { filter }: TrendPeriod) {
  const streams = new Map(escapeStreams(db, filter).map((stream) => [stream.id, stream]));
  const products = new Set([...streams.values()].map(({ productId }) => productId));
  const stretches = new Map([...products].map((id) => [id, stretchesOf(db, id, always)]));
  return { streams, stretches };
}
type Context = ReturnType<typeof contextOf>;

function byTime(db: ReadableDb, period: TrendPeriod, groups: readonly TrendGroup[]): EscapeStratum[][] {
  const table = period.by === 'minute' ? minute : hour;
  const context = contextOf(db, period);
  const changes = [...context.stretches.values()].flatMap((stretches) =>
    stretches.map(({ fromMs }) => fromMs),
  );
  const isSummed = ({ fromMs, toMs }: Span) =>
    fromMs % table.ms === 0 &&
    toMs % table.ms === 0 &&
    changes.every((changeMs) => changeMs <= fromMs || changeMs >= toMs);
  const counts = countsByTime(db, period, table, groups);
  let next = 0;
  return groups.map((group) => {
    const own: EscapeStratum[] = [];
    // Sums come in order, and so do the groups.
    for (; next < counts.length && startOf(counts[next]!) < group.toMs; next++) {
      const { parts, sample } = counts[next]!;
      if (startOf(counts[next]!) >= group.fromMs)
        own.push(...stratumOf(context, parts, sample, group.fromMs));
    }
    return isSummed(group) ? merged(own) : escapeStrata(db, period.filter, group);
  });

  function startOf({ parts }: (typeof counts)[number]): number {
    return parts.at * table.ms;
  }
}

function countsByTime(
  db: ReadableDb,
  { filter }: TrendPeriod,
  { table, ms }: (typeof periods)[number],
  groups: readonly TrendGroup[],
): { parts: Counted; sample: readonly Sampled[] }[] {
  const streams = streamsOf(db, filter);
  const ends = [
    Math.floor((groups[0] as TrendGroup).fromMs / ms),
    Math.ceil((groups.at(-1) as TrendGroup).toMs / ms),
  ] as const;
  const counted = rows<Counted>(
    db,
    `SELECT start AS at, stream_id AS streamId, ok_none + ok_ok + ok_ng AS passed, ok_ng AS known FROM ${table}
     WHERE start >= ? AND start < ? ${ofStreams(streams)} ORDER BY start`,
    ...ends,
    ...streamValues(streams),
  );
  return joined(counted, ms === hour.ms ? sampledHours(db, ends) : sampledMinutes(db, ends));
}

function sampledHours(db: ReadableDb, ends: readonly [number, number]): Sampled[] {
  return rows(
    db,
    `SELECT start AS at, stream_id AS streamId, share_id AS shareId, drawn, ok, ng FROM audit_sample_hours
     WHERE start >= ? AND start < ?`,
    ...ends,
  );
}

/** Part by part: a chart of minutes holds a few days at most. */
function sampledMinutes(db: ReadableDb, [from, to]: readonly [number, number]): Sampled[] {
  return rows(
    db,
    `SELECT time_ms / ${minute.ms} AS at, stream_id AS streamId, share_id AS shareId, count(*) AS drawn,
       sum(human = ${humanCodes.ok}) AS ok, sum(human = ${humanCodes.ng}) AS ng
     FROM audit_sample INDEXED BY audit_sample_by_time WHERE time_ms >= ? AND time_ms < ?
     GROUP BY 1, share_id, stream_id`,
    from * minute.ms,
    to * minute.ms,
  );
}

function joined<Parts extends Counted>(counted: readonly Parts[], sampled: readonly Sampled[]) {
  const samples = Map.groupBy(sampled, keyOf);
  return counted.map((parts) => ({ parts, sample: samples.get(keyOf(parts)) ?? noSample }));
}

const noSample: readonly Sampled[] = [];
const mostStreams = 2 ** 20;

/** A number, since there are tens of thousands of them. */
function keyOf({ at, streamId }: Pick<Counted, 'at' | 'streamId'>): number {
  return at * mostStreams + streamId;
}

/** By the share in force at a moment. */
function stratumOf(
  { streams, stretches }: Context,
  { streamId, passed, known }: Counted,
  sample: readonly Sampled[],
  timeMs: number,
): EscapeStratum[] {
  const stream = streams.get(streamId);
  if (stream === undefined || passed === 0) return [];
  const share = stretches
    .get(stream.productId)
    ?.find(({ fromMs, toMs }) => timeMs >= fromMs && timeMs < toMs);
  return share === undefined ? [] : [stratum(stream, share, { passed, known }, sample)];
}

function stratum(
  { productId, modelId }: EscapeStream,
  { shareId, perTenThousand }: Stretch,
  counts: Pick<Counted, 'passed' | 'known'>,
  sample: readonly Sampled[],
): EscapeStratum {
  const own = sample.find((each) => each.shareId === shareId) ?? { drawn: 0, ok: 0, ng: 0 };
  const drawn = { drawn: own.drawn, judged: own.ok + own.ng, escapes: own.ng };
  return { productId, modelId, perTenThousand, ...counts, ...drawn };
}

function byLot(db: ReadableDb, period: TrendPeriod, groups: readonly TrendGroup[]): EscapeStratum[][] {
  const context = contextOf(db, period);
  const streams = streamsOf(db, period.filter);
  const counted = rows<Counted & Span & { name: string }>(
    db,
    `SELECT lots.name, lot_id AS at, stream_id AS streamId, ok_none + ok_ok + ok_ng AS passed, ok_ng AS known,
       first_ms AS fromMs, last_ms + 1 AS toMs
     FROM rollup_lots INDEXED BY rollup_lots_by_end JOIN lots ON lots.id = lot_id
     WHERE last_ms >= ? AND first_ms < ? ${ofStreams(streams)}`,
    Math.min(...groups.map(({ fromMs }) => fromMs)),
    Math.max(...groups.map(({ toMs }) => toMs)),
    ...streamValues(streams),
  );
  const sampled = rows<Sampled>(
    db,
    `SELECT lot_id AS at, stream_id AS streamId, share_id AS shareId, drawn, ok, ng FROM audit_sample_lots
     WHERE lot_id IN (SELECT value FROM json_each(?))`,
    JSON.stringify([...new Set(counted.map(({ at }) => at))]),
  );
  const byName = Map.groupBy(joined(counted, sampled), ({ parts }) => parts.name);
  return groups.map(({ lot }) =>
    merged(
      (byName.get(lot ?? '') ?? []).flatMap(({ parts, sample }) => lotStrata(db, context, parts, sample)),
    ),
  );
}

/** Of one stream; a lot during which the share was changed has one stratum for each. */
function lotStrata(
  db: ReadableDb,
  context: Context,
  parts: Counted & Span,
  sample: readonly Sampled[],
): EscapeStratum[] {
  const stream = context.streams.get(parts.streamId);
  if (stream === undefined) return [];
  const inForce = (context.stretches.get(stream.productId) ?? []).filter(
    ({ fromMs, toMs }) => fromMs < parts.toMs && toMs > parts.fromMs,
  );
  if (inForce.length === 1) return stratumOf(context, parts, sample, parts.fromMs);
  return inForce
    .map((share) => stratum(stream, share, passedOfLot(db, parts, share), sample))
    .filter(({ passed }) => passed > 0);
}

/** Counted along the index of the lot. */
function passedOfLot(db: ReadableDb, { at, streamId }: Counted, { fromMs, toMs }: Span) {
  const count = (human: number) =>
    row<{ parts: number }>(
      db,
      `SELECT count(*) AS parts FROM inspections INDEXED BY inspections_by_lot
       WHERE lot_id = ? AND stream_id = ? AND verdict = ${verdictCodes.OK} AND human = ? AND time_ms >= ? AND time_ms < ?`,
      ...[at, streamId, human, fromMs, toMs],
    )!.parts;
  const known = count(humanCodes.ng);
  return { passed: count(humanCodes.none) + count(humanCodes.ok) + known, known };
}
