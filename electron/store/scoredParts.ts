import type { HumanWord } from '../contract/domain.ts';
import type { Thresholds, Verdict } from '../contract/verdict.ts';
import { humanCodes, humanOf, verdictCodes, verdictOf } from './codes.ts';
import { rows, snapshot, type ReadableDb, type SqlValue } from './db.ts';
import { findStreams } from './intern.ts';
import { byScoreSql, inScoreIndex, scoreBin, scoreDayMs, thenSql } from './scoreBins.ts';
import type { ScoreCell, ScoreQuestion } from './scores.ts';

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
         WHERE stream_id = ? AND time_ms / ${scoreDayMs} = ? AND score >= ? AND score <= ? AND ${inScoreIndex}
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
