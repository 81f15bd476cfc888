import type { Model } from '../contract/domain.ts';
import type { LineRecord, WeighedRecord } from '../contract/operating.ts';
import { judgedByModel, verdicts, type Verdict } from '../contract/verdict.ts';
import { areLotsEnough } from '../learning/splitGroups.ts';
import { snapshot, type ReadableDb } from '../store/db.ts';
import { judgedScores, type JudgedScore } from '../store/scoredParts.ts';
import { isOwnType, scoreCells, type ScoreCell } from '../store/scores.ts';
import type { Span } from '../store/spans.ts';

/** Judged parts of each verdict that are counted, the newest: more would hold up the line while they are read. */
const mostJudged = 4000;
/** Unjudged parts called OK that stand for all of them. */
const passedSample = 1000;

export interface GatheredRecord extends Pick<WeighedRecord, 'judged' | 'grouping'> {
  readonly record: LineRecord;
}

/**
 * What there is to weigh of a model's scores in a period. Parts that a defect type's own thresholds judged are left
 * out: they tell nothing about those of the model.
 */
export function gatherRecord(db: ReadableDb, model: Model, span: Span): GatheredRecord {
  const isOwn = ({ thresholds }: Pick<ScoreCell, 'thresholds'>) =>
    isOwnType(thresholds, judgedByModel(model));
  const question = { modelId: model.id, span };
  const { cells, scores } = snapshot(db, () => ({
    cells: scoreCells(db, question).filter((cell) => cell.parts > 0 && !isOwn(cell)),
    scores: verdicts.flatMap((verdict) =>
      judgedScores(db, question, verdict, mostJudged).filter((score) => !isOwn(score)),
    ),
  }));
  const partsOf = (verdict: Verdict, isCounted: (cell: ScoreCell) => boolean = () => true) =>
    cells.reduce((sum, cell) => sum + (cell.verdict === verdict && isCounted(cell) ? cell.parts : 0), 0);
  const byLot = areLotsEnough(scores.map(({ lot }) => lot ?? ''));
  const reviews = cells.map(({ thresholds }) => thresholds.review);
  return {
    record: {
      judged: scores.map((score) => judgedPart(score, byLot)),
      parts: { OK: partsOf('OK'), NG: partsOf('NG'), REVIEW: partsOf('REVIEW') },
      passed: samplePassed(cells),
      lowestReview: reviews.length === 0 ? null : Math.min(...reviews),
    },
    judged: verdicts.map((verdict) => ({
      verdict,
      parts: partsOf(verdict),
      judged: partsOf(verdict, ({ human }) => human !== null),
      used: scores.filter((score) => score.verdict === verdict).length,
    })),
    grouping: byLot ? 'lot' : 'part',
  };
}

function judgedPart({ score, verdict, human, label, lot }: JudgedScore, byLot: boolean) {
  return { score, verdict, label: human === 'ok' ? 'ok' : (label ?? 'ng'), group: byLot ? lot : null };
}

/** At even steps through the scores of parts called OK that nobody has judged, as precisely as their bins say. */
function samplePassed(cells: readonly ScoreCell[]): number[] {
  const passed = cells
    .filter(({ verdict, human, isByScore }) => verdict === 'OK' && human === null && isByScore)
    .sort((one, other) => one.bin - other.bin);
  const all = passed.reduce((sum, { parts }) => sum + parts, 0);
  const size = Math.min(all, passedSample);
  const scores: number[] = [];
  let reached = 0;
  for (const { bin, thresholds, parts } of passed) {
    reached += parts;
    // The middle of a bin may lie above the threshold that its scores lie below.
    const score = bin < thresholds.review ? bin : below(thresholds.review);
    while (scores.length < size && ((scores.length + 0.5) * all) / size <= reached) scores.push(score);
  }
  return scores;
}

/** A little below a threshold, on its own scale. */
function below(threshold: number): number {
  return threshold - Math.max(Math.abs(threshold), Number.MIN_VALUE) * 2 ** -20;
}
