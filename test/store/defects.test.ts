import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Inspection } from '../../electron/contract/domain.ts';
import { everything, type DefectCount, type HistoryFilter } from '../../electron/contract/history.ts';
import { verdicts, type Verdict } from '../../electron/contract/verdict.ts';
import type { WritableDb } from '../../electron/store/db.ts';
import { defectCounts } from '../../electron/store/defects.ts';
import { giveFeedback, withdrawFeedback } from '../../electron/store/feedback.ts';
import { iterateHistory } from '../../electron/store/history.ts';
import { recordInspections } from '../../electron/store/inspections.ts';
import { countHistory } from '../../electron/store/tallies.ts';
import { seededRandom } from '../../native-models/random.ts';
import { addLine, newPart, openForTest, startMs, temporaryPaths } from './support/station.ts';

const folder = temporaryPaths();
let db: WritableDb;
const step = 8 * 60_000;
const labels = [null, null, 'dent', 'scratch', 'burr'];

/** Two lines for four days, a part every eight minutes. */
beforeAll(async () => {
  ({ db } = await openForTest(folder.paths));
  const random = seededRandom(3);
  const lines = ['disc', 'tile'].map((name) => addLine(db, name));
  for (let number = 0; number < 720; number++) {
    const [recorded] = recordInspections(db, [
      newPart(lines[random.integer(2)] as (typeof lines)[0], number, {
        timeMs: startMs + number * step,
        verdict: verdicts[random.integer(3)] as Verdict,
        label: labels[random.integer(5)] as string | null,
        lot: random.integer(2) === 0 ? 'A' : '',
        serial: random.integer(3) === 0 ? 'A' : '',
      }),
    ]);
    const id = recorded!.inspection.id;
    if (random.integer(3) > 0) continue;
    giveFeedback(db, { inspectionId: id, word: random.integer(2) === 0 ? 'ok' : 'ng', reason: '' }, startMs);
    if (random.integer(2) === 0) giveFeedback(db, { inspectionId: id, word: 'ok', reason: '' }, startMs);
    if (random.integer(4) === 0) withdrawFeedback(db, id, startMs);
  }
});
afterAll(() => {
  db.close();
  folder.remove();
});

const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const time = fc.integer({ min: -5, max: 725 * 60 }).map((steps) => startMs + steps * 8000);
const anyFilter: fc.Arbitrary<HistoryFilter> = fc.record({
  fromMs: some(time),
  toMs: some(time),
  productId: some(fc.integer({ min: 1, max: 3 })),
  sourceId: some(fc.integer({ min: 1, max: 3 })),
  modelId: some(fc.integer({ min: 1, max: 3 })),
  verdicts: some(fc.subarray([...verdicts])),
  human: some(fc.constantFrom('any', 'none', 'overridden')),
  text: some(fc.constantFrom('A', 'nobody')),
  label: some(fc.constantFrom('dent', 'rust')),
});

/** From the parts themselves, which another test holds against the filter. */
function recounted(filter: HistoryFilter): DefectCount[] {
  const found = new Map<string, Inspection[]>();
  for (const part of [...iterateHistory(db, filter)].flat()) {
    if (part.label !== null) found.set(part.label, [...(found.get(part.label) ?? []), part]);
  }
  const ng = (parts: Inspection[]) => parts.filter(({ verdict }) => verdict === 'NG').length;
  return [...found]
    .map(([label, parts]) => ({ label, parts: parts.length, ng: ng(parts) }))
    .sort((a, b) => b.parts - a.parts || (a.label < b.label ? -1 : 1));
}

describe('counts of defect types', () => {
  it('are those of the parts on record, for any filter, also after words were given and taken back', () => {
    expect(
      recounted(everything)
        .map(({ label }) => label)
        .sort(),
    ).toEqual(['burr', 'dent', 'scratch']);
    fc.assert(
      fc.property(anyFilter, (filter) => {
        expect(defectCounts(db, filter)).toEqual(recounted(filter));
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  it('agree with the number of parts of that type', () => {
    const filter = {
      ...everything,
      label: 'dent',
      fromMs: startMs + 90 * step,
      toMs: startMs + 500 * step,
    };
    expect(countHistory(db, filter)).toBe(recounted(filter)[0]?.parts);
    expect(countHistory(db, { ...filter, label: 'rust' })).toBe(0);
  });
});
