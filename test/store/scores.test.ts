import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HumanWord, Inspection } from '../../electron/contract/domain.ts';
import { everything } from '../../electron/contract/history.ts';
import { decide, verdicts, type Thresholds, type Verdict } from '../../electron/contract/verdict.ts';
import type { WritableDb } from '../../electron/store/db.ts';
import { giveFeedback, withdrawFeedback } from '../../electron/store/feedback.ts';
import { iterateHistory } from '../../electron/store/history.ts';
import { recordInspections } from '../../electron/store/inspections.ts';
import { scoreBin } from '../../electron/store/scoreBins.ts';
import { findChanged, judgedScores } from '../../electron/store/scoredParts.ts';
import { isOwnType, scoreCells } from '../../electron/store/scores.ts';
import { seededRandom } from '../../native-models/random.ts';
import { addLine, newPart, openForTest, startMs, temporaryPaths, type Line } from './support/station.ts';

const folder = temporaryPaths();
let db: WritableDb;
let lines: Line[];
const pairs: Thresholds[] = [
  { review: 0.5, ng: 0.6 },
  { review: 0.45, ng: 0.45 },
  { review: 0.2, ng: 0.9 },
];
const count = 900;
const stepMs = 7 * 60_000;

/** Two lines for four days. Every ninth verdict is not what its score says; some parts have no score. */
beforeAll(async () => {
  ({ db } = await openForTest(folder.paths));
  const random = seededRandom(9);
  lines = ['disc', 'tile'].map((name) => addLine(db, name));
  for (let number = 0; number < count; number++) {
    const thresholds = pairs[Math.floor((number * pairs.length) / count)]!;
    const score = random.integer(12) === 0 ? null : random.uniform();
    const isOtherwise = random.integer(9) === 0;
    const verdict = score === null || isOtherwise ? 'REVIEW' : decide(score, thresholds);
    const [recorded] = recordInspections(db, [
      newPart(lines[number % 2]!, number, {
        timeMs: startMs + number * stepMs,
        ...{ score, verdict, thresholds, lot: number % 3 === 0 ? 'A' : '' },
      }),
    ]);
    const inspectionId = recorded!.inspection.id;
    if (random.integer(3) > 0) continue;
    giveFeedback(db, { inspectionId, word: random.integer(2) === 0 ? 'ok' : 'ng', reason: '' }, startMs);
    if (random.integer(4) === 0) withdrawFeedback(db, inspectionId, startMs);
  }
});
afterAll(() => {
  db.close();
  folder.remove();
});

const allTime = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
const time = fc.integer({ min: -10, max: count * 7 + 10 }).map((minutes) => startMs + minutes * 60_000);
const span = fc.tuple(time, time).map(([a, b]) => ({ fromMs: Math.min(a, b), toMs: Math.max(a, b) }));
const unit = fc.double({ min: 0, max: 1, noNaN: true });
const pair = fc.tuple(unit, unit).map(([a, b]) => ({
  review: Math.min(a, b),
  ng: Math.max(a, b),
}));

function partsIn(modelId: number, { fromMs, toMs }: { fromMs: number; toMs: number }): Inspection[] {
  const filter = { ...everything, modelId, fromMs, toMs };
  return [...iterateHistory(db, filter)].flat().filter(({ score }) => score !== null);
}

/** How often each key occurs, without those that do not. */
function tally<T>(items: readonly T[], keyOf: (item: T) => string, countOf: (item: T) => number) {
  const counts: Record<string, number> = {};
  for (const item of items) counts[keyOf(item)] = (counts[keyOf(item)] ?? 0) + countOf(item);
  return Object.fromEntries(Object.entries(counts).filter(([, value]) => value !== 0));
}

describe('bins of scores', () => {
  it('rise with the score, on any scale, and are narrow', () => {
    const score = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(score, score, (a, b) => {
        if (a <= b) expect(scoreBin(a)).toBeLessThanOrEqual(scoreBin(b));
        expect(Math.abs(scoreBin(a) - a)).toBeLessThanOrEqual(Math.abs(a) / 256);
      }),
      { seed: 1 },
    );
    expect(scoreBin(0)).toBe(0);
  });
});

describe('counts of scores', () => {
  it('are those of the parts on record, for any period, after words were given and taken back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1 }), fc.option(span, { nil: allTime }), (line, span) => {
        const { modelId } = lines[line]!;
        const cells = scoreCells(db, { modelId, span });
        const counted = tally(
          cells,
          ({ verdict, human, bin, isByScore }) => `${verdict} ${human} ${bin} ${isByScore}`,
          ({ parts }) => parts,
        );
        const recounted = tally(
          partsIn(modelId, span),
          ({ verdict, human, score, thresholds }) =>
            `${verdict} ${human} ${scoreBin(score!)} ${decide(score!, thresholds!) === verdict}`,
          () => 1,
        );
        expect(counted).toEqual(recounted);
      }),
      { seed: 2, numRuns: 120 },
    );
  });

  it('say exactly what any other pair of thresholds would have made of them', () => {
    const onScore = fc.integer({ min: 0, max: count - 1 }).map((i) => {
      const parts = partsIn(lines[0]!.modelId, allTime);
      const review = parts[i % parts.length]!.score!;
      return { review, ng: Math.max(review, 0.7) };
    });
    fc.assert(
      fc.property(fc.oneof(pair, onScore), fc.option(span, { nil: allTime }), (asked, span) => {
        const { modelId } = lines[0]!;
        const counted = tally(
          scoreCells(db, { modelId, span }, asked),
          ({ verdict, then, human }) => `${verdict} ${then} ${human}`,
          ({ parts }) => parts,
        );
        const recounted = tally(
          partsIn(modelId, span),
          ({ verdict, score, human }) => `${verdict} ${decide(score!, asked)} ${human}`,
          () => 1,
        );
        expect(counted).toEqual(recounted);
      }),
      { seed: 3, numRuns: 200 },
    );
  });
});

describe('parts that change', () => {
  const wanted = fc.record({
    human: fc.constantFrom<HumanWord | null>(null, 'ok', 'ng'),
    to: fc.option(fc.constantFrom(...verdicts), { nil: null }),
  });

  it('are those that the other pair judges otherwise, newest days first', () => {
    fc.assert(
      fc.property(pair, fc.option(span, { nil: allTime }), wanted, (asked, span, { human, to }) => {
        const { modelId } = lines[0]!;
        const cells = scoreCells(db, { modelId, span }).filter(({ isByScore }) => isByScore);
        const found = findChanged(db, { modelId, span }, asked, cells, { human, to }, 10_000);
        const expected = partsIn(modelId, span).flatMap((part) => {
          const then: Verdict = decide(part.score!, asked);
          const isByScore = decide(part.score!, part.thresholds!) === part.verdict;
          const isWanted = isByScore && then !== part.verdict && part.human === human;
          return isWanted && (to === null || then === to) ? [{ id: part.id, to: then }] : [];
        });
        expect(found).toEqual(expected);
        expect(findChanged(db, { modelId, span }, asked, cells, { human, to }, 3)).toEqual(found.slice(0, 3));
      }),
      { seed: 4, numRuns: 120 },
    );
  });
});

describe('judged scores', () => {
  it('are the newest parts of a verdict that people have judged', () => {
    const { modelId } = lines[0]!;
    for (const verdict of verdicts) {
      const expected = partsIn(modelId, allTime).filter(
        (part) => part.verdict === verdict && part.human !== null,
      );
      const found = judgedScores(db, { modelId, span: allTime }, verdict, 10_000);
      expect(found.map(({ score, human, lot }) => [score, human, lot ?? ''])).toEqual(
        expected.map(({ score, human, lot }) => [score, human, lot]),
      );
      expect(judgedScores(db, { modelId, span: allTime }, verdict, 2)).toEqual(found.slice(0, 2));
    }
  });
});

describe('thresholds of a defect type’s own', () => {
  const own = { review: 0.3, ng: 0.4 };
  const model = { thresholds: { review: 0.5, ng: 0.6 }, thresholdsByLabel: { dent: own } };

  it('are told from those of the model', () => {
    expect(isOwnType({ ...own }, model)).toBe(true);
    expect(isOwnType({ review: 0.5, ng: 0.6 }, model)).toBe(false);
    expect(isOwnType({ review: 0.4, ng: 0.6 }, model)).toBe(false);
    expect(isOwnType(own, { ...model, thresholdsByLabel: { dent: model.thresholds } })).toBe(false);
  });
});
