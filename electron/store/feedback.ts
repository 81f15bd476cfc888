import type { Feedback, HumanWord, Inspection } from '../contract/domain.ts';
import { moveInSample } from './auditSample.ts';
import { humanCodes, humanOf } from './codes.ts';
import { row, rows, run, transaction, type ReadableDb, type WritableDb } from './db.ts';
import { countDefect } from './defects.ts';
import { readInspection } from './inspections.ts';
import { moveInLots } from './lotSums.ts';
import { moveInRollups } from './rollups.ts';
import { moveInScores } from './scoreBins.ts';

/**
 * A human's word on a part. At most one stands; a new one takes the place of the one before. Nothing said is
 * ever deleted, only marked as withdrawn.
 * @throws {KenroError} `notFound`.
 */
export function giveFeedback(
  db: WritableDb,
  given: { inspectionId: number; word: HumanWord; reason: string },
  nowMs: number,
): Inspection {
  return transaction(db, () => {
    const part = readInspection(db, given.inspectionId);
    withdrawStanding(db, part.id, nowMs);
    run(
      db,
      'INSERT INTO feedback (inspection_id, time_ms, word, reason) VALUES (?, ?, ?, ?)',
      part.id,
      nowMs,
      humanCodes[given.word],
      given.reason,
    );
    return setWord(db, part, given.word);
  });
}

/** Takes the standing word back; does nothing when there is none. @throws {KenroError} `notFound`. */
export function withdrawFeedback(db: WritableDb, inspectionId: number, nowMs: number): Inspection {
  return transaction(db, () => {
    const part = readInspection(db, inspectionId);
    withdrawStanding(db, part.id, nowMs);
    return setWord(db, part, null);
  });
}

/** All that was said about a part, oldest first. */
export function listFeedback(db: ReadableDb, inspectionId: number): Feedback[] {
  return rows<{ id: number; time_ms: number; word: number; reason: string; withdrawn_ms: number | null }>(
    db,
    'SELECT id, time_ms, word, reason, withdrawn_ms FROM feedback WHERE inspection_id = ? ORDER BY id',
    inspectionId,
  ).map((said) => ({
    id: said.id,
    inspectionId,
    timeMs: said.time_ms,
    word: humanOf(said.word) as HumanWord,
    reason: said.reason,
    withdrawnMs: said.withdrawn_ms,
  }));
}

function withdrawStanding(db: WritableDb, inspectionId: number, nowMs: number): void {
  run(
    db,
    'UPDATE feedback SET withdrawn_ms = ? WHERE inspection_id = ? AND withdrawn_ms IS NULL',
    nowMs,
    inspectionId,
  );
}

interface Interned {
  stream_id: number;
  thresholds_id: number | null;
  lot_id: number | null;
}

function setWord(db: WritableDb, part: Inspection, word: HumanWord | null): Inspection {
  if (part.human === word) return part;
  run(db, 'UPDATE inspections SET human = ? WHERE id = ?', humanCodes[word ?? 'none'], part.id);
  const { stream_id, thresholds_id, lot_id } = row<Interned>(
    db,
    'SELECT stream_id, thresholds_id, lot_id FROM inspections WHERE id = ?',
    part.id,
  ) as Interned;
  const { timeMs, verdict, label, score, thresholds } = part;
  moveInRollups(db, { timeMs, streamId: stream_id, verdict }, part.human, word);
  moveInSample(db, { id: part.id, lotId: lot_id }, word);
  moveInLots(db, { lotId: lot_id, streamId: stream_id, verdict }, part.human, word);
  if (score !== null && thresholds !== null && thresholds_id !== null) {
    const scored = { timeMs, streamId: stream_id, thresholdsId: thresholds_id, score, thresholds, verdict };
    moveInScores(db, scored, part.human, word);
  }
  if (label !== null) {
    countDefect(db, { timeMs, streamId: stream_id, label, verdict }, part.human, -1);
    countDefect(db, { timeMs, streamId: stream_id, label, verdict }, word, 1);
  }
  return { ...part, human: word };
}
