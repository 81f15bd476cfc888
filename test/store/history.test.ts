import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { everything, type HistoryFilter } from '../../electron/contract/history.ts';
import { verdicts, type Verdict } from '../../electron/contract/verdict.ts';
import type { Inspection } from '../../electron/contract/domain.ts';
import { KenroError } from '../../electron/contract/errors.ts';
import type { WritableDb } from '../../electron/store/db.ts';
import { giveFeedback } from '../../electron/store/feedback.ts';
import { iterateHistory, pageHistory, recentParts } from '../../electron/store/history.ts';
import { recordInspections } from '../../electron/store/inspections.ts';
import { countHistory } from '../../electron/store/tallies.ts';
import { seededRandom } from '../../native-models/random.ts';
import { addLine, newPart, openForTest, startMs, temporaryPaths } from './support/station.ts';

const folder = temporaryPaths();
let db: WritableDb;
/** All parts in the order of the history, oldest first. */
let parts: Inspection[];

/** Three lines for four minutes, with a clock that is set back once and several parts in one millisecond. */
beforeAll(async () => {
  ({ db } = await openForTest(folder.paths));
  const random = seededRandom(7);
  const lines = ['disc', 'tile', 'label'].map((name) => addLine(db, name));
  const names = ['', '', 'A', 'B', 'C'];
  const labels = [null, 'dent', 'scratch'];
  for (let number = 0; number < 600; number++) {
    const line = lines[random.integer(3)] as (typeof lines)[0];
    const [recorded] = recordInspections(db, [
      newPart(line, number, {
        timeMs: startMs + Math.floor(number / 3) * 1200 - (number > 400 ? 100_000 : 0),
        modelId: random.integer(4) === 0 ? null : line.modelId,
        verdict: verdicts[random.integer(3)] as Verdict,
        label: labels[random.integer(3)] as string | null,
        lot: names[random.integer(5)] as string,
        serial: names[random.integer(5)] as string,
      }),
    ]);
    if (random.integer(3) === 0) {
      const word = random.integer(2) === 0 ? 'ok' : 'ng';
      giveFeedback(db, { inspectionId: recorded?.inspection.id as number, word, reason: '' }, startMs);
    }
  }
  parts = [...iterateHistory(db, everything)].flat().reverse();
});
afterAll(() => {
  db.close();
  folder.remove();
});

const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const time = fc.integer({ min: -10, max: 250 }).map((seconds) => startMs + seconds * 1000);
const anyFilter: fc.Arbitrary<HistoryFilter> = fc.record({
  fromMs: some(time),
  toMs: some(time),
  productId: some(fc.integer({ min: 1, max: 4 })),
  sourceId: some(fc.integer({ min: 1, max: 4 })),
  modelId: some(fc.integer({ min: 1, max: 4 })),
  verdicts: some(fc.subarray([...verdicts])),
  human: some(fc.constantFrom('any', 'none', 'overridden')),
  text: some(fc.constantFrom('A', 'B', 'nobody')),
  label: some(fc.constantFrom('dent', 'scratch', 'rust')),
});

function matches(part: Inspection, filter: HistoryFilter): boolean {
  const { human, verdict } = part;
  const disagrees = (verdict === 'OK' && human === 'ng') || (verdict === 'NG' && human === 'ok');
  return (
    (filter.fromMs === null || part.timeMs >= filter.fromMs) &&
    (filter.toMs === null || part.timeMs < filter.toMs) &&
    (filter.productId === null || part.productId === filter.productId) &&
    (filter.sourceId === null || part.sourceId === filter.sourceId) &&
    (filter.modelId === null || part.modelId === filter.modelId) &&
    (filter.verdicts === null || filter.verdicts.includes(verdict)) &&
    (filter.human === null ||
      { any: human !== null, none: human === null, overridden: disagrees }[filter.human]) &&
    (filter.label === null || part.label === filter.label) &&
    (filter.text === null || part.lot === filter.text || part.serial === filter.text)
  );
}

const ids = (list: readonly Inspection[]) => list.map(({ id }) => id);
const matching = (filter: HistoryFilter) => parts.filter((part) => matches(part, filter)).reverse();

describe('the history', () => {
  it('is in order of time, and within a millisecond of recording', () => {
    expect(parts).toHaveLength(600);
    const inOrder = parts.toSorted((a, b) => a.timeMs - b.timeMs || a.id - b.id);
    expect(ids(parts)).toEqual(ids(inOrder));
    expect(ids(parts)).not.toEqual(ids(parts).toSorted((a, b) => a - b));
  });

  it('gives all and only what any filter lets through, walking to the oldest and back', () => {
    fc.assert(
      fc.property(anyFilter, fc.integer({ min: 1, max: 90 }), (filter, limit) => {
        const expected = matching(filter);
        const back: number[] = [];
        let page = pageHistory(db, { filter, before: null, after: null, limit });
        expect(page.newer).toBe(false);
        const there = ids(page.rows);
        while (page.older) {
          page = pageHistory(db, { filter, before: there.at(-1) as number, after: null, limit });
          expect(page.newer).toBe(true);
          there.push(...ids(page.rows));
        }
        expect(there).toEqual(ids(expected));
        back.unshift(...ids(page.rows));
        while (page.newer) {
          page = pageHistory(db, { filter, before: null, after: back[0] as number, limit });
          expect(page.older).toBe(true);
          back.unshift(...ids(page.rows));
        }
        expect(back).toEqual(there);
      }),
      { seed: 1, numRuns: 150 },
    );
  });

  it('is counted exactly for any filter', () => {
    fc.assert(
      fc.property(anyFilter, (filter) => {
        expect(countHistory(db, filter)).toBe(matching(filter).length);
      }),
      { seed: 2, numRuns: 300 },
    );
  });

  it('is exported completely in chunks of any length', () => {
    fc.assert(
      fc.property(anyFilter, fc.integer({ min: 1, max: 700 }), (filter, chunkLength) => {
        const chunks = [...iterateHistory(db, filter, chunkLength)];
        expect(ids(chunks.flat())).toEqual(ids(matching(filter)));
        expect(chunks.every((chunk) => chunk.length > 0 && chunk.length <= chunkLength)).toBe(true);
      }),
      { seed: 3, numRuns: 60 },
    );
  });

  it('can be continued from a part that the filter does not let through', () => {
    const filter: HistoryFilter = { ...everything, verdicts: ['NG'] };
    const middle = parts.findLastIndex((part, i) => i < 300 && part.verdict === 'OK');
    const from = (parts[middle] as Inspection).id;
    const older = pageHistory(db, { filter, before: from, after: null, limit: 5 });
    const newer = pageHistory(db, { filter, before: null, after: from, limit: 5 });
    const ngs = (list: readonly Inspection[]) => list.filter(({ verdict }) => verdict === 'NG');
    expect(ids(older.rows)).toEqual(
      ids(ngs(parts.slice(0, middle)))
        .reverse()
        .slice(0, 5),
    );
    expect(ids(newer.rows)).toEqual(
      ids(ngs(parts.slice(middle)))
        .slice(0, 5)
        .reverse(),
    );
  });

  it('ends with the newest parts', () => {
    expect(recentParts(db, 7)).toEqual(parts.slice(-7));
  });

  it('refuses to continue from a part that is not on record', () => {
    const request = { filter: everything, before: 12_345, after: null, limit: 5 };
    expect(() => pageHistory(db, request)).toThrow(new KenroError('notFound', { what: 'part', id: 12_345 }));
  });
});
