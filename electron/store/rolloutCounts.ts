import type { HumanWord } from '../contract/domain.ts';
import { verdicts, type Verdict } from '../contract/verdict.ts';
import { humanCodes, humanOf, verdictCodes, verdictOf } from './codes.ts';
import { row, rows, type ReadableDb } from './db.ts';
import { decodeHistogram, mergeHistogram, percentile, type LatencyHistogram } from './latencyHistogram.ts';
import { periods } from './rollups.ts';
import type { Span } from './spans.ts';

/**
 * What the parts of a rollout say, counted anew from what is on record each time: there is no counter that a crash
 * could leave behind.
 */

const [minute, hour] = periods;

/** Parts of one arm in one hour or, of late, one minute. */
export interface ArmPeriod {
  readonly arm: string;
  readonly startMs: number;
  readonly parts: number;
  readonly ng: number;
  readonly review: number;
  /** NG that a human called OK; `unconfirmed`: NG without a word. */
  readonly falseAlarms: number;
  readonly unconfirmed: number;
  /**
   * Of the OK parts that were drawn for a human and looked at (`audited`), those called NG. Where no share is drawn of the
   * product: of all OK parts with a word. What people pick themselves tells nothing about the others.
   */
  readonly escapes: number;
  readonly audited: number;
  readonly errors: number;
  readonly latencies: LatencyHistogram;
}

interface Stream {
  id: number;
  arm: string;
  isSampled: number;
}

/** Streams whose arm begins with a text, e.g. `rollout-3/`. */
function streamsOf(db: ReadableDb, prefix: string): Stream[] {
  return rows<Stream>(
    db,
    `SELECT id, arm, EXISTS (SELECT 1 FROM audit_shares WHERE audit_shares.product_id = streams.product_id) AS isSampled
     FROM streams WHERE arm GLOB ?`,
    `${prefix}*`,
  );
}

/**
 * Parts of the arms that begin with a text, from the hour of `fromMs` on, oldest first: by hour, and of the last hour or
 * two by minute.
 */
export function armPeriods(db: ReadableDb, prefix: string, fromMs: number, nowMs: number): ArmPeriod[] {
  const streams = streamsOf(db, prefix);
  const firstHour = Math.floor(fromMs / hour.ms);
  const lastHour = Math.max(firstHour, Math.floor(nowMs / hour.ms) - 1);
  return [
    ...periodsOf(db, streams, hour, firstHour, lastHour),
    ...periodsOf(db, streams, minute, (lastHour * hour.ms) / minute.ms, lastMinute),
  ];
}

function periodsOf(
  db: ReadableDb,
  streams: readonly Stream[],
  { table, ms }: (typeof periods)[number],
  from: number,
  to: number,
): ArmPeriod[] {
  const byId = new Map(streams.map((stream) => [stream.id, stream]));
  const drawn = drawnParts(db, streams, ms, { fromMs: from * ms, toMs: to * ms });
  return rows<{ stream_id: number; start: number; latencies: Buffer } & Omit<ArmPeriod, 'arm' | 'latencies'>>(
    db,
    `SELECT stream_id, start, latencies, errors,
       ok_none + ok_ok + ok_ng + ng_none + ng_ok + ng_ng + review_none + review_ok + review_ng AS parts,
       ng_none + ng_ok + ng_ng AS ng, review_none + review_ok + review_ng AS review,
       ng_ok AS falseAlarms, ng_none AS unconfirmed, ok_ng AS escapes, ok_ok + ok_ng AS audited
     FROM ${table} WHERE start >= ? AND start < ? AND stream_id IN (SELECT value FROM json_each(?)) ORDER BY start`,
    from,
    to,
    JSON.stringify(streams.map(({ id }) => id)),
  ).map(({ stream_id, start, latencies, ...sums }) => {
    const { arm, isSampled } = byId.get(stream_id) as Stream;
    const audit = isSampled ? (drawn.get(`${stream_id}/${start}`) ?? { escapes: 0, audited: 0 }) : {};
    return { ...sums, ...audit, startMs: start * ms, arm, latencies: decodeHistogram(latencies) };
  });
}

/** Parts of streams that were drawn and looked at, by `stream/period`. */
function drawnParts(
  db: ReadableDb,
  streams: readonly Stream[],
  periodMs: number,
  { fromMs, toMs }: Span,
): Map<string, Pick<ArmPeriod, 'escapes' | 'audited'>> {
  const sampled = streams.filter(({ isSampled }) => isSampled).map(({ id }) => id);
  if (sampled.length === 0) return new Map();
  return new Map(
    rows<{ stream_id: number; start: number; escapes: number; audited: number }>(
      db,
      `SELECT stream_id, time_ms / ${periodMs} AS start, sum(human = ${humanCodes.ng}) AS escapes, count(*) AS audited
       FROM audit_sample INDEXED BY audit_sample_by_time
       WHERE time_ms >= ? AND time_ms < ? AND human <> ${humanCodes.none}
         AND stream_id IN (SELECT value FROM json_each(?))
       GROUP BY stream_id, time_ms / ${periodMs}`,
      fromMs,
      toMs,
      JSON.stringify(sampled),
    ).map(({ stream_id, start, ...counts }) => [`${stream_id}/${start}`, counts]),
  );
}

/** Far beyond any clock, and exact when it is multiplied. */
const lastMinute = 2 ** 36;

/** 95th percentile over several periods; `null` without parts. */
export function p95Of(histograms: readonly LatencyHistogram[]): number | null {
  const all: LatencyHistogram = new Map();
  for (const each of histograms) mergeHistogram(all, each);
  return percentile(all, 0.95);
}

/** 95th percentile of the time on the parts of each minute with at least so many of them, oldest first, ms. */
export function minuteLatencies(db: ReadableDb, prefix: string, fromMs: number, fewest: number): number[] {
  const streams = streamsOf(db, prefix).map(({ id }) => id);
  const byMinute = new Map<number, LatencyHistogram>();
  for (const { start, latencies } of rows<{ start: number; latencies: Buffer }>(
    db,
    `SELECT start, latencies FROM ${minute.table}
     WHERE start >= ? AND stream_id IN (SELECT value FROM json_each(?)) ORDER BY start`,
    Math.floor(fromMs / minute.ms),
    JSON.stringify(streams),
  )) {
    const histogram = byMinute.get(start) ?? new Map<number, number>();
    mergeHistogram(histogram, decodeHistogram(latencies));
    byMinute.set(start, histogram);
  }
  return [...byMinute.values()].flatMap((histogram) => {
    const parts = [...histogram.values()].reduce((sum, count) => sum + count, 0);
    return parts < fewest ? [] : [percentile(histogram, 0.95) as number];
  });
}

/** Parts by the verdict they were given, what the candidate says, and the human's word. */
export interface PairedCell {
  readonly decided: Verdict;
  readonly shadow: Verdict;
  readonly human: HumanWord | null;
  readonly parts: number;
}

/**
 * Parts of a verification that both models have judged.
 * @param beforeId only those on record before this one; `null`: all
 */
export function pairedCells(db: ReadableDb, rolloutId: number, beforeId: number | null = null): PairedCell[] {
  return cellsByBlock(db, rolloutId, beforeId ?? Number.MAX_SAFE_INTEGER, null).map(
    ({ block: _, ...cell }) => cell,
  );
}

/** Some parts of a verification that follow one another. */
export interface PairedBlock {
  /** When the last of its parts was judged. */
  readonly untilMs: number;
  readonly cells: readonly PairedCell[];
}

/** Parts of a verification that both models have judged, in at most so many blocks of about equal size, oldest first. */
export function pairedBlocks(db: ReadableDb, rolloutId: number, most: number): PairedBlock[] {
  const ends = row<{ first: number; last: number }>(
    db,
    `SELECT min(inspection_id) AS first, max(inspection_id) AS last FROM shadow_verdicts WHERE rollout_id = ?
     HAVING count(*) > 0`,
    rolloutId,
  );
  if (ends === undefined) return [];
  const { first, last } = ends;
  const width = Math.ceil((last - first + 1) / most);
  const cells = cellsByBlock(db, rolloutId, last + 1, { first, width });
  const found = [...new Set(cells.map(({ block }) => block))].sort((one, other) => one - other);
  return found.map((at) => ({
    untilMs: judgedBefore(db, Math.min(first + (at + 1) * width, last + 1)),
    cells: cells.filter(({ block }) => block === at).map(({ block: _, ...cell }) => cell),
  }));
}

function judgedBefore(db: ReadableDb, id: number): number {
  return row<{ timeMs: number }>(
    db,
    'SELECT time_ms AS timeMs FROM inspections WHERE id < ? ORDER BY id DESC LIMIT 1',
    id,
  )!.timeMs;
}

/**
 * @param blocks the inspection id that the first block begins with, and how many ids there are to a block; `null`: all
 *   parts are one, which the index has in order
 */
function cellsByBlock(
  db: ReadableDb,
  rolloutId: number,
  before: number,
  blocks: { readonly first: number; readonly width: number } | null,
): (PairedCell & { block: number })[] {
  const block = blocks === null ? '0' : `(inspection_id - ${blocks.first}) / ${blocks.width}`;
  const byBlock = blocks === null ? '' : ', block';
  const all = rows<{ block: number; decided: number; shadow: number; parts: number }>(
    db,
    `SELECT ${block} AS block, decided, verdict AS shadow, count(*) AS parts FROM shadow_verdicts
     WHERE rollout_id = ? AND inspection_id < ? GROUP BY decided, verdict${byBlock}`,
    rolloutId,
    before,
  );
  const said = rows<{ block: number; decided: number; shadow: number; human: number; parts: number }>(
    db,
    `SELECT ${block} AS block, inspections.verdict AS decided, shadow_verdicts.verdict AS shadow, human,
       count(*) AS parts
     FROM streams CROSS JOIN inspections INDEXED BY inspections_by_stream ON stream_id = streams.id
     JOIN shadow_verdicts ON inspection_id = inspections.id
     WHERE streams.id IN (SELECT value FROM json_each(?))
       AND inspections.verdict IN (${codes}) AND human IN (${humanCodes.ok}, ${humanCodes.ng})
       AND rollout_id = ? AND inspection_id < ?
     GROUP BY inspections.verdict, shadow_verdicts.verdict, human${byBlock}`,
    JSON.stringify(streamsOf(db, `rollout-${rolloutId}/shadow`).map(({ id }) => id)),
    rolloutId,
    before,
  );
  const spoken = said.map(({ human, parts, block: at, ...cell }) => {
    return { ...named(cell, humanOf(human), parts), block: at };
  });
  const words = new Map<string, number>();
  const key = (cell: (typeof all)[number]) => `${cell.block}/${cell.decided}/${cell.shadow}`;
  for (const cell of said) words.set(key(cell), (words.get(key(cell)) ?? 0) + cell.parts);
  const silent = all.map((cell) => {
    return { ...named(cell, null, cell.parts - (words.get(key(cell)) ?? 0)), block: cell.block };
  });
  return [...spoken, ...silent].filter(({ parts }) => parts > 0);
}

const codes = verdicts.map((verdict) => verdictCodes[verdict]).join(', ');

function named(
  { decided, shadow }: { decided: number; shadow: number },
  human: HumanWord | null,
  parts: number,
): PairedCell {
  return { decided: verdictOf(decided), shadow: verdictOf(shadow), human, parts };
}

/** Pairs of what was decided and what the candidate says, of parts on which they differ; for `IN (VALUES …)`. */
export const differing = verdicts
  .flatMap((one) => verdicts.filter((other) => other !== one).map((other) => [one, other] as const))
  .map(([one, other]) => `(${verdictCodes[one]}, ${verdictCodes[other]})`)
  .join(', ');

/** The first part of a verification on which the two differ and nobody has said a word; `null`: none. */
export function firstOpenDisagreement(db: ReadableDb, rolloutId: number): number | null {
  const found = row<{ id: number | null }>(
    db,
    `SELECT min(inspection_id) AS id FROM shadow_verdicts JOIN inspections ON inspections.id = inspection_id
     WHERE rollout_id = ? AND (decided, shadow_verdicts.verdict) IN (VALUES ${differing}) AND human = ${humanCodes.none}`,
    rolloutId,
  );
  return found?.id ?? null;
}

/** As `PairedCell`, of parts on which the two differ, in one minute. */
export interface PairedMinute extends PairedCell {
  readonly startMs: number;
}

/** Parts of a verification on which the two models differ, by minute, oldest first. */
export function differingMinutes(db: ReadableDb, rolloutId: number): PairedMinute[] {
  return rows<{ decided: number; shadow: number; human: number; start: number; parts: number }>(
    db,
    `SELECT decided, shadow_verdicts.verdict AS shadow, human, time_ms / ${minute.ms} AS start, count(*) AS parts
     FROM shadow_verdicts JOIN inspections ON inspections.id = inspection_id
     WHERE rollout_id = ? AND (decided, shadow_verdicts.verdict) IN (VALUES ${differing})
     GROUP BY decided, shadow_verdicts.verdict, human, time_ms / ${minute.ms} ORDER BY start`,
    rolloutId,
  ).map(({ human, start, parts, ...cell }) => ({
    ...named(cell, humanOf(human), parts),
    startMs: start * minute.ms,
  }));
}

/** Times on a part of the newest shadow verdicts, ms, and how many could not be judged at all. */
export function shadowTimes(
  db: ReadableDb,
  rolloutId: number,
  count: number,
): { timesMs: number[]; errors: number } {
  const found = rows<{ time_us: number }>(
    db,
    // Along the primary key, whose newest rows are this rollout's.
    'SELECT time_us FROM shadow_verdicts WHERE +rollout_id = ? ORDER BY inspection_id DESC LIMIT ?',
    rolloutId,
    count,
  );
  const errors = row<{ errors: number }>(
    db,
    'SELECT count(reason) AS errors FROM shadow_verdicts WHERE rollout_id = ?',
    rolloutId,
  );
  return { timesMs: found.map(({ time_us }) => time_us / 1000), errors: errors?.errors ?? 0 };
}
