import { afterEach, beforeEach, expect, it } from 'vitest';
import type { WritableDb } from '../../electron/store/db.ts';
import { recordInspections } from '../../electron/store/inspections.ts';
import { addLine, newPart, openForTest, temporaryPaths, type Line } from '../store/support/station.ts';
import { breaches } from './support/oracle.ts';

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

const wrong = (delivered: string[]) => breaches(folder.paths.database, line.sourceId, delivered).wrong;

it('finds nothing where each part is on record once, judged or for review', () => {
  const review = { verdict: 'REVIEW', score: null, reason: 'engineLost' } as const;
  recordInspections(db, [newPart(line, 1), newPart(line, 2, review)]);
  expect(wrong(['1', '2'])).toEqual([]);
});

it('finds what is lost, doubled, not delivered, and OK without being judged', () => {
  recordInspections(db, [
    newPart(line, 1),
    newPart(line, 2, { origin: '1' }),
    newPart(line, 3, { score: null }),
    newPart(line, 4, { score: 0.55 }),
    newPart(line, 5, { reason: 'engineLost' }),
  ]);
  expect(wrong(['1', '2', '3', '4'])).toEqual([
    '2 is lost',
    '1: 2 times',
    '5 was never delivered',
    '3 was called OK without being judged',
    '4 was called OK without being judged',
    '5 was called OK without being judged',
  ]);
});
