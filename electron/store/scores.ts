import type { HumanWord } from '../contract/domain.ts';
import { isSamePair, type Thresholds, type ThresholdsByLabel, type Verdict } from '../contract/verdict.ts';
import { rows, snapshot, type ReadableDb, type SqlValue } from './db.ts';
import { findStreams } from './intern.ts';
import { humanCodes, humanOf, verdictCodes, verdictOf } from './codes.ts';
import { aroundBin, scoreBin, scoreBinSql, scoreDayMs } from './scoreBins.ts';
import { splitOff, type Span } from './spans.ts';

/** Scores of one model in a period. */
export interface ScoreQuestion {
  readonly modelId: number;
  readonly span: Span;
}

/** Parts alike in every respect but the last digits of their score. */
export interface ScoreCell {
  readonly thresholds: Thresholds;
  readonly thresholdsId: number;
  /** The verdict is what score and thresholds say. */
  readonly isByScore: boolean;
  readonly verdict: Verdict;
  readonly human: HumanWord | null;
  readonly bin: number;
  /** The verdict that the thresholds asked about give; that of the part where none were asked about. */
  readonly then: Verdict;
  readonly parts: number;
}

interface CellRow {
  thresholds_id: number;
  review_from: number;
  ng_from: number;
  by_score: number;
  verdict: number;
  human: number;
  bin: number;
  then_verdict: number | null;
  parts: number;
}

const byScoreSql = 'verdict = CASE WHEN score >= ng_from THEN 1 WHEN score < review_from THEN 0 ELSE 2 END';
/** By the thresholds asked about: values NG, then review. */
const thenSql = 'CASE WHEN score >= ? THEN 1 WHEN score < ? THEN 0 ELSE 2 END';
const inIndex = 'score IS NOT NULL AND thresholds_id IS NOT NULL';

/**
 * All parts with a score, counted exactly. Whole days of UTC come from their sums. A sum does not tell on which side of a
 * threshold within its bin a part lies: of those two bins, and of the days at either end of the period, the parts
 * themselves are counted along the index by score.
 * @param asked thresholds to judge by anew
 */
export function scoreCells(
  db: ReadableDb,
  { modelId, span }: ScoreQuestion,
  asked: Thresholds | null = null,
): ScoreCell[] {
  return snapshot(db, () => {
    const streams = JSON.stringify(findStreams(db, { modelId }));
    const found: ScoreCell[] = [];
    splitOff(
      span,
      scoreDayMs,
      (whole) => {
        const torn = asked === null ? [] : [...new Set([scoreBin(asked.review), scoreBin(asked.ng)])];
        found.push(...fromSums(db, streams, whole, asked, torn));
        if (asked === null) return;
        for (const bin of torn) found.push(...fromBin(db, streams, whole, asked, bin));
      },
      (edge) => found.push(...fromEdge(db, streams, edge, asked)),
    );
    return found;
  });
}

function fromSums(
  db: ReadableDb,
  streams: string,
  span: Span,
  asked: Thresholds | null,
  torn: readonly number[],
): ScoreCell[] {
  return rows<CellRow>(
    db,
    `SELECT thresholds_id, review_from, ng_from, by_score, verdict, human, bin, NULL AS then_verdict,
       sum(parts) AS parts
     FROM json_each(?) AS streams CROSS JOIN score_days
       JOIN thresholds ON thresholds.id = thresholds_id
     WHERE stream_id = streams.value AND start >= ? AND start < ?
       AND bin NOT IN (SELECT value FROM json_each(?))
     GROUP BY thresholds_id, by_score, verdict, human, bin`,
    streams,
    ...days(span),
    JSON.stringify(torn),
  ).map((found) => cellOf(found, asked));
}

/** The parts of one bin, on the days that have any. */
function fromBin(db: ReadableDb, streams: string, span: Span, asked: Thresholds, bin: number): ScoreCell[] {
  return rows<CellRow>(
    db,
    `WITH present AS MATERIALIZED (
       SELECT DISTINCT stream_id, start FROM json_each(?) AS streams CROSS JOIN score_days
       WHERE stream_id = streams.value AND start >= ? AND start < ? AND bin = ? AND parts > 0
     )
     SELECT thresholds_id, review_from, ng_from, ${byScoreSql} AS by_score, verdict, human, ? AS bin,
       ${thenSql} AS then_verdict, count(*) AS parts
     FROM present CROSS JOIN inspections INDEXED BY inspections_by_score
       JOIN thresholds ON thresholds.id = thresholds_id
     WHERE inspections.stream_id = present.stream_id AND time_ms / ${scoreDayMs} = present.start
       AND score >= ? AND score <= ? AND ${inIndex} AND ${scoreBinSql} = ?
     GROUP BY thresholds_id, by_score, verdict, human, then_verdict`,
    streams,
    ...days(span),
    bin,
    bin,
    asked.ng,
    asked.review,
    ...aroundBin(bin),
    bin,
  ).map((found) => cellOf(found, asked));
}

/** Part of one or two days. */
function fromEdge(db: ReadableDb, streams: string, span: Span, asked: Thresholds | null): ScoreCell[] {
  const { ng, review } = asked ?? { ng: 0, review: 0 };
  return rows<CellRow>(
    db,
    `SELECT thresholds_id, review_from, ng_from, ${byScoreSql} AS by_score, verdict, human,
       ${scoreBinSql} AS bin, ${thenSql} AS then_verdict, count(*) AS parts
     FROM json_each(?) AS streams CROSS JOIN json_each(?) AS days
       CROSS JOIN inspections INDEXED BY inspections_by_score
       JOIN thresholds ON thresholds.id = thresholds_id
     WHERE stream_id = streams.value AND time_ms / ${scoreDayMs} = days.value AND ${inIndex}
       AND time_ms >= ? AND time_ms < ?
     GROUP BY thresholds_id, by_score, verdict, human, bin, then_verdict`,
    ng,
    review,
    streams,
    JSON.stringify(daysOf(db, streams, span)),
    span.fromMs,
    span.toMs,
  ).map((found) => cellOf(found, asked));
}

/** Days of a span that have parts: a span without an end has very many others. */
function daysOf(db: ReadableDb, streams: string, span: Span): number[] {
  const [first, end] = [Math.floor(span.fromMs / scoreDayMs), Math.ceil(span.toMs / scoreDayMs)];
  if (end - first <= 2) return Array.from({ length: end - first }, (_, i) => first + i);
  return rows<{ start: number }>(
    db,
    `SELECT DISTINCT start FROM json_each(?) AS streams CROSS JOIN score_days
     WHERE stream_id = streams.value AND start >= ? AND start < ?`,
    streams,
    first,
    end,
  ).map(({ start }) => start);
}

function days({ fromMs, toMs }: Span): [number, number] {
  return [fromMs / scoreDayMs, toMs / scoreDayMs];
}

function cellOf(found: CellRow, asked: Thresholds | null): ScoreCell {
  const verdict = verdictOf(found.verdict);
  const then = asked === null ? verdict : verdictOf(found.then_verdict ?? codeOfBin(found.bin, asked));
  return {
    thresholds: { review: found.review_from, ng: found.ng_from },
    thresholdsId: found.thresholds_id,
    isByScore: found.by_score === 1,
    verdict,
    human: humanOf(found.human),
    bin: found.bin,
    then,
    parts: found.parts,
  };
}

/** Of a bin that neither threshold lies in. */
function codeOfBin(bin: number, asked: Thresholds): number {
  if (bin > scoreBin(asked.ng)) return verdictCodes.NG;
  return bin < scoreBin(asked.review) ? verdictCodes.OK : verdictCodes.REVIEW;
}

/** Whether parts were judged by a pair that a defect type has for itself. A change of the model's pair leaves them. */
export function isOwnType(
  pair: Thresholds,
  model: { readonly thresholds: Thresholds; readonly thresholdsByLabel?: ThresholdsByLabel | undefined },
): boolean {
  if (isSamePair(pair, model.thresholds)) return false;
  return Object.values(model.thresholdsByLabel ?? {}).some((own) => isSamePair(own, pair));
}

/** A part that another pair would judge otherwise. */
export interface ChangedPart {
  readonly id: number;
  readonly to: Verdict;
}

/** Which changed parts are wanted: those with this word, and perhaps only those that become this. */
export interface Wanted {
  readonly human: HumanWord | null;
  readonly to: Verdict | null;
}

/**
 * Parts judged by their score that another pair would judge otherwise, day by day from the newest on.
 * @param pairs thresholds that were in force, of parts that may change
 */
export function findChanged(
  db: ReadableDb,
  { modelId, span }: ScoreQuestion,
  asked: Thresholds,
  pairs: readonly Pick<ScoreCell, 'thresholds' | 'thresholdsId'>[],
  { human, to }: Wanted,
  limit: number,
): ChangedPart[] {
  if (pairs.length === 0) return [];
  const low = Math.min(asked.review, ...pairs.map(({ thresholds }) => thresholds.review));
  const high = Math.max(asked.ng, ...pairs.map(({ thresholds }) => thresholds.ng));
  const ids = JSON.stringify([...new Set(pairs.map(({ thresholdsId }) => thresholdsId))]);
  const word = humanCodes[human ?? 'none'];
  return snapshot(db, () => {
    const places = rows<{ stream_id: number; start: number }>(
      db,
      `SELECT DISTINCT stream_id, start FROM json_each(?) AS streams CROSS JOIN score_days
       WHERE stream_id = streams.value AND start >= ? AND start < ? AND human = ? AND by_score = 1
         AND bin >= ? AND bin <= ? AND parts > 0
       ORDER BY start DESC`,
      JSON.stringify(findStreams(db, { modelId })),
      Math.floor(span.fromMs / scoreDayMs),
      Math.ceil(span.toMs / scoreDayMs),
      ...[word, scoreBin(low), scoreBin(high)],
    );
    const changed: ChangedPart[] = [];
    for (const { stream_id: stream, start } of places) {
      if (changed.length >= limit) break;
      const values: SqlValue[] = [asked.ng, asked.review, ids, stream, start, low, high];
      const found = rows<{ id: number; then_verdict: number }>(
        db,
        `SELECT inspections.id, ${thenSql} AS then_verdict
         FROM inspections INDEXED BY inspections_by_score
           JOIN json_each(?) AS pairs ON pairs.value = thresholds_id
           JOIN thresholds ON thresholds.id = thresholds_id
         WHERE stream_id = ? AND time_ms / ${scoreDayMs} = ? AND score >= ? AND score <= ? AND ${inIndex}
           AND time_ms >= ? AND time_ms < ? AND human = ? AND ${byScoreSql}
           AND then_verdict <> verdict AND then_verdict = ifnull(?, then_verdict)
         ORDER BY time_ms DESC LIMIT ?`,
        ...values,
        ...[span.fromMs, span.toMs, word, to === null ? null : verdictCodes[to], limit - changed.length],
      );
      changed.push(...found.map(({ id, then_verdict }) => ({ id, to: verdictOf(then_verdict) })));
    }
    return changed;
  });
}

/** A part that a human has judged. */
export interface JudgedScore {
  readonly score: number;
  readonly verdict: Verdict;
  readonly human: HumanWord;
  /** Defect type that a classifier saw. */
  readonly label: string | null;
  readonly lot: string | null;
  readonly timeMs: number;
  readonly thresholds: Thresholds;
}

interface JudgedRow {
  score: number;
  human: number;
  label: string | null;
  lot: string | null;
  time_ms: number;
  review_from: number;
  ng_from: number;
}

/** The newest parts of one verdict with a score that people have judged. */
export function judgedScores(
  db: ReadableDb,
  { modelId, span }: ScoreQuestion,
  verdict: Verdict,
  limit: number,
): JudgedScore[] {
  return snapshot(db, () => {
    const cells = findStreams(db, { modelId }).flatMap((stream) =>
      [humanCodes.ok, humanCodes.ng].map((human) => [stream, verdictCodes[verdict], human] as const),
    );
    const found = cells.flatMap((cell) =>
      rows<JudgedRow>(
        db,
        `SELECT score, human, label, lots.name AS lot, time_ms, review_from, ng_from
         FROM inspections INDEXED BY inspections_by_stream
           JOIN thresholds ON thresholds.id = thresholds_id LEFT JOIN lots ON lots.id = lot_id
         WHERE stream_id = ? AND verdict = ? AND human = ? AND time_ms >= ? AND time_ms < ?
           AND score IS NOT NULL
         ORDER BY time_ms DESC LIMIT ?`,
        ...cell,
        span.fromMs,
        span.toMs,
        limit,
      ),
    );
    return found
      .sort((one, other) => other.time_ms - one.time_ms)
      .slice(0, limit)
      .map((each) => ({
        ...{ score: each.score, verdict, label: each.label, lot: each.lot, timeMs: each.time_ms },
        human: humanOf(each.human) as HumanWord,
        thresholds: { review: each.review_from, ng: each.ng_from },
      }));
  });
}
