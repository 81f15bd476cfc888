import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WritableDb } from '../../electron/store/db.ts';
import { giveFeedback, listFeedback, withdrawFeedback } from '../../electron/store/feedback.ts';
import { pageHistory, readPart, recentParts } from '../../electron/store/history.ts';
import {
  arePartsKnown,
  lastPartNumber,
  partKeyOf,
  readInspection,
  recordInspections,
} from '../../electron/store/inspections.ts';
import { namedPartKey, numberedPartKey } from '../../electron/store/partKey.ts';
import { countersSince } from '../../electron/store/tallies.ts';
import { everything } from '../../electron/contract/history.ts';
import { KenroError } from '../../electron/contract/errors.ts';
import { addLine, newPart, openForTest, startMs, temporaryPaths, type Line } from './support/station.ts';

let folder: ReturnType<typeof temporaryPaths>;
let db: WritableDb;
let line: Line;

beforeEach(async () => {
  folder = temporaryPaths();
  ({ db } = await openForTest(folder.paths));
  line = addLine(db, 'disc');
});
afterEach(() => {
  db.close();
  folder.remove();
});

describe('recordInspections', () => {
  it('gives back what it was given, also when read again', () => {
    const map = {
      width: 2,
      height: 2,
      low: 0,
      high: 1.5,
      data: Buffer.from([0, 1, 2, 255]).toString('base64'),
    };
    const rich = newPart(line, 1, {
      lot: 'L-1',
      serial: 'S-1',
      verdict: 'NG',
      label: 'crack',
      votes: 12,
      radius: 0.25,
      patchHash: 'ef'.repeat(32),
      imageKept: true,
    });
    const bare = newPart(line, 2, {
      modelId: null,
      score: null,
      thresholds: null,
      verdict: 'REVIEW',
      reason: 'imageUnreadable',
      imageHash: null,
      imageWidth: null,
      imageHeight: null,
    });
    const recorded = recordInspections(db, [{ ...rich, map }, bare]);
    expect(recorded.map(({ known }) => known)).toEqual([false, false]);
    for (const [i, part] of [rich, bare].entries()) {
      const inspection = recorded[i]?.inspection;
      expect(inspection).toEqual({ id: i + 1, human: null, ...part.inspection });
      expect(readInspection(db, i + 1)).toEqual(inspection);
    }
    expect(readPart(db, 1).map).toEqual(map);
    expect(readPart(db, 2).map).toBeNull();
  });

  it('records a part once, within a batch and between batches', () => {
    const part = newPart(line, 1);
    const [first, again] = recordInspections(db, [part, part]);
    expect([first?.known, again?.known]).toEqual([false, true]);
    const [later, other] = recordInspections(db, [
      { ...part, inspection: { ...part.inspection, verdict: 'NG' } },
      newPart(line, 2),
    ]);
    expect(later).toEqual({ inspection: first?.inspection, known: true });
    expect(other?.known).toBe(false);
    expect(countersSince(db, 0)).toMatchObject({ parts: 2, ok: 2, ng: 0 });
  });

  it('records nothing of a batch of which one part fails', () => {
    const wrong = newPart({ ...line, productId: 99 }, 2);
    expect(() => recordInspections(db, [newPart(line, 1, { lot: 'new' }), wrong])).toThrow(/FOREIGN KEY/);
    expect(countersSince(db, 0).parts).toBe(0);
    expect(recentParts(db, 5)).toEqual([]);
    expect(recordInspections(db, [newPart(line, 1, { lot: 'new' })])[0]?.inspection.lot).toBe('new');
    expect(readInspection(db, 1).lot).toBe('new');
  });

  it('refuses what is not a part key', () => {
    expect(() => recordInspections(db, [{ ...newPart(line, 1), key: 'disc/1' }])).toThrow(/Not a part key/);
  });
});

describe('look-ups by part key', () => {
  it('tells which parts are on record', () => {
    const file = { ...newPart(line, 1), key: namedPartKey(line.sourceId, 'a.png', 10, 20) };
    recordInspections(db, [file]);
    const others = [
      namedPartKey(line.sourceId, 'a.png', 10, 21),
      namedPartKey(line.sourceId + 1, 'a.png', 10, 20),
    ];
    expect(arePartsKnown(db, [others[0] as string, file.key, others[1] as string])).toEqual([
      false,
      true,
      false,
    ]);
    expect(partKeyOf(db, 1)).toBe(file.key);
  });

  it('finds the last number of each counting source', () => {
    const second = addLine(db, 'tile');
    expect(lastPartNumber(db, line.sourceId)).toBeNull();
    recordInspections(db, [newPart(line, 3), newPart(line, 70_000), newPart(second, 12), newPart(line, 4)]);
    recordInspections(db, [{ ...newPart(line, 5), key: namedPartKey(line.sourceId, 'x') }]);
    expect(lastPartNumber(db, line.sourceId)).toBe(70_000);
    expect(lastPartNumber(db, second.sourceId)).toBe(12);
    expect(numberedPartKey(1, 2)).toHaveLength(32);
  });
});

describe('feedback', () => {
  it('stands until another word or its withdrawal, and nothing said is lost', () => {
    recordInspections(db, [newPart(line, 1, { verdict: 'NG' })]);
    expect(giveFeedback(db, { inspectionId: 1, word: 'ok', reason: 'dust' }, startMs + 1).human).toBe('ok');
    expect(countersSince(db, 0)).toMatchObject({ ng: 1, falseAlarms: 1, unconfirmed: 0 });
    giveFeedback(db, { inspectionId: 1, word: 'ng', reason: '' }, startMs + 2);
    expect(countersSince(db, 0)).toMatchObject({ ng: 1, falseAlarms: 0, unconfirmed: 0 });
    expect(withdrawFeedback(db, 1, startMs + 3).human).toBeNull();
    expect(withdrawFeedback(db, 1, startMs + 4).human).toBeNull();
    expect(countersSince(db, 0)).toMatchObject({ ng: 1, falseAlarms: 0, unconfirmed: 1 });
    expect(listFeedback(db, 1)).toEqual([
      { id: 1, inspectionId: 1, timeMs: startMs + 1, word: 'ok', reason: 'dust', withdrawnMs: startMs + 2 },
      { id: 2, inspectionId: 1, timeMs: startMs + 2, word: 'ng', reason: '', withdrawnMs: startMs + 3 },
    ]);
  });

  it('is refused for a part that is not on record', () => {
    expect(() => giveFeedback(db, { inspectionId: 7, word: 'ok', reason: '' }, startMs)).toThrow(KenroError);
  });

  it('cannot be deleted or reworded', () => {
    recordInspections(db, [newPart(line, 1)]);
    giveFeedback(db, { inspectionId: 1, word: 'ng', reason: '' }, startMs);
    expect(() => db.exec('DELETE FROM feedback')).toThrow(/append-only/);
    expect(() => db.exec('UPDATE feedback SET word = 1')).toThrow(/only be withdrawn/);
  });
});

it('pages newest first', () => {
  recordInspections(
    db,
    [1, 2, 3, 4, 5].map((number) => newPart(line, number)),
  );
  const page = (before: number | null, after: number | null) =>
    pageHistory(db, { filter: everything, before, after, limit: 2 });
  const ids = ({ rows, older, newer }: ReturnType<typeof page>) => [rows.map(({ id }) => id), older, newer];
  expect(ids(page(null, null))).toEqual([[5, 4], true, false]);
  expect(ids(page(4, null))).toEqual([[3, 2], true, true]);
  expect(ids(page(2, null))).toEqual([[1], false, true]);
  expect(ids(page(1, null))).toEqual([[], false, true]);
  expect(ids(page(null, 1))).toEqual([[3, 2], true, true]);
  expect(ids(page(null, 3))).toEqual([[5, 4], true, false]);
  expect(ids(page(null, 5))).toEqual([[], true, false]);
});
