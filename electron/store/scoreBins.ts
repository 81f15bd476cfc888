import type { HumanWord } from '../contract/domain.ts';
import { decide, type Thresholds, type Verdict } from '../contract/verdict.ts';
import { humanCodes, verdictCodes } from './codes.ts';
import { run, type WritableDb } from './db.ts';

/** Days of UTC, as in the index by score. */
export const scoreDayMs = 86_400_000;

/** 2⁴⁵ + 1: leaves 53 − 45 = 8 binary digits. */
const splitter = 35_184_372_088_833;

/** The same as `scoreBin` in SQL. */
export const scoreBinSql = `(score * ${splitter}.0 - (score * ${splitter}.0 - score))`;

/** Whether a part's verdict is what its score and its thresholds (joined) say. */
export const byScoreSql =
  'verdict = CASE WHEN score >= ng_from THEN 1 WHEN score < review_from THEN 0 ELSE 2 END';
/** The verdict by other thresholds; its values are NG, then review. */
export const thenSql = 'CASE WHEN score >= ? THEN 1 WHEN score < ? THEN 0 ELSE 2 END';
/** What the index by score holds. */
export const inScoreIndex = 'score IS NOT NULL AND thresholds_id IS NOT NULL';

/**
 * The bin of a score: the score to eight binary digits, so that a bin is less than 0.8 % of its score wide, whatever
 * the scale of a detector. It never falls where the score rises: scores of a lower bin are lower. (Veltkamp's splitting;
 * only multiplication and subtraction, so that SQLite finds the same.)
 */
export function scoreBin(score: number): number {
  const scaled = score * splitter;
  return scaled - (scaled - score);
}

/** The scores of a bin lie between these, with some of its neighbours'. */
export function aroundBin(bin: number): [low: number, high: number] {
  const reach = Math.abs(bin) / 128;
  return [bin - reach, bin + reach];
}

/** A part with a score, and the thresholds it was judged by. */
export interface BinnedPart {
  timeMs: number;
  streamId: number;
  thresholdsId: number;
  score: number;
  thresholds: Thresholds;
  verdict: Verdict;
}

/** Counts new parts, none of which has a human word yet. Part of the transaction that records them. */
export function addToScores(db: WritableDb, parts: readonly BinnedPart[]): void {
  const sums = new Map<string, { part: BinnedPart; count: number }>();
  for (const part of parts) {
    const { streamId, thresholdsId, score, verdict, timeMs } = part;
    const key = `${streamId}/${Math.floor(timeMs / scoreDayMs)}/${thresholdsId}/${verdict}/${scoreBin(score)}/${isByScore(part)}`;
    const sum = sums.get(key);
    if (sum) sum.count++;
    else sums.set(key, { part, count: 1 });
  }
  for (const { part, count } of sums.values()) add(db, part, null, count);
}

/** Moves one part from one human word to another. Part of the transaction that records the word. */
export function moveInScores(
  db: WritableDb,
  part: BinnedPart,
  from: HumanWord | null,
  to: HumanWord | null,
): void {
  add(db, part, from, -1);
  add(db, part, to, 1);
}

function add(db: WritableDb, part: BinnedPart, human: HumanWord | null, change: number): void {
  run(
    db,
    `INSERT INTO score_days (stream_id, start, thresholds_id, by_score, verdict, human, bin, parts)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (stream_id, start, thresholds_id, by_score, verdict, human, bin)
       DO UPDATE SET parts = parts + excluded.parts`,
    part.streamId,
    Math.floor(part.timeMs / scoreDayMs),
    part.thresholdsId,
    isByScore(part) ? 1 : 0,
    verdictCodes[part.verdict],
    humanCodes[human ?? 'none'],
    scoreBin(part.score),
    change,
  );
}

function isByScore({ score, thresholds, verdict }: BinnedPart): boolean {
  return decide(score, thresholds) === verdict;
}
