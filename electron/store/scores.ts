import type { HumanWord } from '../contract/domain.ts';
import { isSamePair, type Thresholds, type ThresholdsByLabel, type Verdict } from '../contract/verdict.ts';
import { rows, snapshot, type ReadableDb } from './db.ts';
import { findStreams } from './intern.ts';
import { humanOf, verdictCodes, verdictOf } from './codes.ts';
import {
  aroundBin,
  byScoreSql,
  inScoreIndex,
  scoreBin,
  scoreBinSql,
  scoreDayMs,
  thenSql,
} from './scoreBins.ts';
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
    `SELECT sums.*, review_from, ng_from, NULL AS then_verdict
     FROM (
       SELECT thresholds_id, by_score, verdict, human, bin, sum(parts) AS parts
       FROM json_each(?) AS streams CROSS JOIN score_days
       WHERE stream_id = streams.value AND start >= ? AND start < ?
       GROUP BY bin, verdict, human, by_score, thresholds_id
     ) AS sums JOIN thresholds ON thresholds.id = thresholds_id
     WHERE bin NOT IN (SELECT value FROM json_each(?))`,
    streams,
    ...days(span),
    JSON.stringify(torn),
  ).map((found) => cellOf(found, asked));
}

/** The parts of one bin, day by day. */
function fromBin(db: ReadableDb, streams: string, span: Span, asked: Thresholds, bin: number): ScoreCell[] {
  return rows<CellRow>(
    db,
    `SELECT thresholds_id, review_from, ng_from, ${byScoreSql} AS by_score, verdict, human, ? AS bin,
       ${thenSql} AS then_verdict, count(*) AS parts
     FROM json_each(?) AS streams CROSS JOIN json_each(?) AS days
       CROSS JOIN inspections INDEXED BY inspections_by_score
       JOIN thresholds ON thresholds.id = thresholds_id
     WHERE stream_id = streams.value AND time_ms / ${scoreDayMs} = days.value
       AND score >= ? AND score <= ? AND ${inScoreIndex} AND ${scoreBinSql} = ?
     GROUP BY thresholds_id, by_score, verdict, human, then_verdict`,
    bin,
    asked.ng,
    asked.review,
    streams,
    JSON.stringify(daysOf(db, streams, span)),
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
     WHERE stream_id = streams.value AND time_ms / ${scoreDayMs} = days.value AND ${inScoreIndex}
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

/** Days of a span, from the first to the last one that has parts: a span without an end has very many others. */
function daysOf(db: ReadableDb, streams: string, span: Span): number[] {
  const [first, end] = [Math.floor(span.fromMs / scoreDayMs), Math.ceil(span.toMs / scoreDayMs)];
  const known = rows<{ first: number | null; last: number | null }>(
    db,
    `SELECT (SELECT min(start) FROM score_days WHERE stream_id = streams.value) AS first,
       (SELECT max(start) FROM score_days WHERE stream_id = streams.value) AS last
     FROM json_each(?) AS streams`,
    streams,
  ).filter(({ first }) => first !== null);
  if (known.length === 0) return [];
  const from = Math.max(first, Math.min(...known.map((day) => day.first!)));
  const to = Math.min(end - 1, Math.max(...known.map((day) => day.last!)));
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
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
