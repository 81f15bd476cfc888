import { afterEach, beforeEach, expect, it } from 'vitest';
import type { HumanWord } from '../../electron/contract/domain.ts';
import type { Verdict } from '../../electron/contract/verdict.ts';
import { defectRateOver } from '../../electron/store/defectRate.ts';
import { giveFeedback } from '../../electron/store/feedback.ts';
import { recordInspections } from '../../electron/store/inspections.ts';
import type { Store } from '../../electron/store/open.ts';
import { addLine, newPart, openForTest, startMs, temporaryPaths, type Line } from './support/station.ts';

const folder = temporaryPaths();
const always = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
let db: Store['db'];
let disc: Line;
let tile: Line;
let number = 0;

beforeEach(async () => {
  ({ db } = await openForTest(folder.paths));
  [disc, tile] = [addLine(db, 'disc'), addLine(db, 'tile')];
});
afterEach(() => {
  db.close();
  folder.remove();
});

function record(line: Line, verdict: Verdict, word: HumanWord | null = null, times = 1): void {
  for (let i = 0; i < times; i++) {
    const [recorded] = recordInspections(db, [newPart(line, number++, { verdict })]);
    const inspectionId = recorded!.inspection.id;
    if (word) giveFeedback(db, { inspectionId, word, reason: '' }, startMs);
  }
}

const rate = (line = disc, span = always) => defectRateOver(db, span, { productId: line.productId });

it('takes rejects that nobody looked at for as often defective as those that somebody did', () => {
  record(disc, 'OK', null, 60);
  record(disc, 'NG', 'ok', 6);
  record(disc, 'NG', 'ng', 3);
  record(disc, 'REVIEW', 'ng', 3);
  record(disc, 'NG', null, 8);
  // Half of the twelve looked at, hence ten of twenty.
  expect(rate()).toBeCloseTo(10 / 80, 12);
  record(disc, 'OK', 'ng', 2);
  expect(rate()).toBeCloseTo(12 / 82, 12);
});

it('says nothing of a product or a period that humans hardly looked at', () => {
  record(disc, 'NG', 'ng', 9);
  expect(rate()).toBeNull();
  record(disc, 'NG', 'ng');
  expect(rate()).toBe(1);
  expect(rate(tile)).toBeNull();
  expect(rate(disc, { fromMs: 0, toMs: startMs })).toBeNull();
});
