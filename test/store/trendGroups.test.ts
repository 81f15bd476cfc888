import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Inspection } from '../../electron/contract/domain.ts';
import { everything } from '../../electron/contract/history.ts';
import type { Grouping, TrendPeriod } from '../../electron/contract/trends.ts';
import { annotations } from '../../electron/store/annotations.ts';
import { appendAudit } from '../../electron/store/audit.ts';
import type { WritableDb } from '../../electron/store/db.ts';
import { addOddPictures } from '../../electron/store/drift.ts';
import { falseAlarmCauses } from '../../electron/store/falseAlarmCauses.ts';
import { giveFeedback, withdrawFeedback } from '../../electron/store/feedback.ts';
import { groupLatencies } from '../../electron/store/groupLatencies.ts';
import { iterateHistory } from '../../electron/store/history.ts';
import { recordInspections } from '../../electron/store/inspections.ts';
import { trendGroups, type SpanStarts } from '../../electron/store/trendGroups.ts';
import { addLine, newPart, openForTest, startMs, temporaryPaths, type Line } from './support/station.ts';

let folder: ReturnType<typeof temporaryPaths>;
let db: WritableDb;
let lines: Line[];
const hour = 3_600_000;
const all = { productId: null, sourceId: null, modelId: null };

beforeEach(async () => {
  folder = temporaryPaths();
  ({ db } = await openForTest(folder.paths));
  lines = ['disc', 'tile'].map((name) => addLine(db, name));
  recordInspections(
    db,
    Array.from({ length: 600 }, (_, i) =>
      newPart(lines[i % 2] as Line, i, {
        timeMs: startMs + i * 90_000,
        lot: i < 250 ? 'A' : i < 500 ? 'B' : '',
        verdict: i % 7 === 0 ? 'NG' : i % 11 === 0 ? 'REVIEW' : 'OK',
        label: i % 14 === 0 ? 'dent' : null,
        score: i % 7 === 0 ? 0.6 + (i % 5) * 0.05 : 0.3,
      }),
    ),
  );
  const parts = [...iterateHistory(db, everything)].flat();
  parts.forEach(({ id, verdict }, i) => {
    if (i % 3 === 0 && verdict === 'NG')
      giveFeedback(
        db,
        { inspectionId: id, word: i % 2 === 0 ? 'ok' : 'ng', reason: i % 4 === 0 ? ' dust ' : '' },
        startMs,
      );
    if (i % 50 === 1 && verdict === 'OK')
      giveFeedback(db, { inspectionId: id, word: 'ng', reason: '' }, startMs);
  });
});
afterEach(() => {
  db.close();
  folder.remove();
});

const starts: SpanStarts = (by, { fromMs, toMs }) => {
  // Shifts of eight hours from half past six.
  const [length, offset] = by === 'day' ? [24 * hour, 0] : [8 * hour, 6.5 * hour];
  const found = [Math.floor((fromMs - offset) / length) * length + offset];
  while ((found.at(-1) as number) < toMs) found.push((found.at(-1) as number) + length);
  return found;
};
const period = (by: Grouping, given: Partial<TrendPeriod> = {}): TrendPeriod => ({
  ...{ by, filter: all, fromMs: 0, toMs: Number.MAX_SAFE_INTEGER },
  ...given,
});
const onRecord = (): Inspection[] => [...iterateHistory(db, everything)].flat();

const keys: Record<Grouping, (part: Inspection) => string | null> = {
  minute: ({ timeMs }) => String(Math.floor(timeMs / 60_000)),
  hour: ({ timeMs }) => String(Math.floor(timeMs / hour)),
  shift: ({ timeMs }) => String(Math.floor((timeMs - 6.5 * hour) / (8 * hour))),
  day: ({ timeMs }) => String(Math.floor(timeMs / (24 * hour))),
  lot: ({ lot }) => lot || null,
  product: ({ productId }) => String(productId),
  model: ({ modelId }) => String(modelId),
};

describe('the parts of a period in groups', () => {
  it.each(Object.keys(keys) as Grouping[])('by %s are those on record, counted one by one', (by) => {
    const groups = trendGroups(db, period(by), starts);
    const counted = Map.groupBy(onRecord(), keys[by]);
    counted.delete(null);
    expect(groups).toHaveLength(counted.size);
    const sum = (parts: Inspection[], test: (part: Inspection) => boolean) => parts.filter(test).length;
    for (const group of groups) {
      const inGroup = onRecord().filter(
        (part) =>
          (group.lot === null || part.lot === group.lot) &&
          (group.productId === null || part.productId === group.productId) &&
          (group.modelId === null || part.modelId === group.modelId) &&
          part.timeMs >= group.fromMs &&
          part.timeMs < group.toMs,
      );
      expect(group).toMatchObject({
        parts: inGroup.length,
        ng: sum(inGroup, ({ verdict }) => verdict === 'NG'),
        falseAlarms: sum(inGroup, ({ verdict, human }) => verdict === 'NG' && human === 'ok'),
        ngUnconfirmed: sum(inGroup, ({ verdict, human }) => verdict === 'NG' && human === null),
        escapes: sum(inGroup, ({ verdict, human }) => verdict === 'OK' && human === 'ng'),
        scoreMean: expect.closeTo(
          inGroup.reduce((total, { score }) => total + score!, 0) / inGroup.length,
          9,
        ) as number,
      });
    }
  });

  it('hold only what the filter lets through, and only groups that overlap the period', () => {
    const [line] = lines as [Line, Line];
    const filter = { ...all, productId: line.productId };
    expect(trendGroups(db, period('product', { filter }), starts)).toMatchObject([
      { productId: line.productId, parts: 300 },
    ]);
    const lots = trendGroups(db, period('lot', { fromMs: startMs + 400 * 90_000 }), starts);
    expect(lots).toMatchObject([{ lot: 'B', parts: 250 }]);
    expect(trendGroups(db, period('hour', { fromMs: startMs, toMs: startMs + hour }), starts)).toHaveLength(
      1,
    );
    expect(trendGroups(db, period('hour', { toMs: startMs - hour }), starts)).toEqual([]);
  });

  it('follow a word that is taken back', () => {
    const before = trendGroups(db, period('lot'), starts);
    const part = onRecord().find(
      ({ verdict, human, lot }) => verdict === 'NG' && human === 'ok' && lot === 'A',
    );
    withdrawFeedback(db, part!.id, startMs);
    const after = trendGroups(db, period('lot'), starts);
    expect(after[0]!.falseAlarms).toBe(before[0]!.falseAlarms - 1);
    expect(after[0]!.ngUnconfirmed).toBe(before[0]!.ngUnconfirmed + 1);
  });

  it('are refused where a chart could not show them', () => {
    recordInspections(db, [newPart(lines[0] as Line, 9999, { timeMs: startMs + 6000 * hour })]);
    expect(() => trendGroups(db, period('hour'), starts)).toThrow(/tooManyPoints/);
    expect(trendGroups(db, period('day'), starts).length).toBeGreaterThan(1);
  });
});

it('latency of groups is the 95th percentile of their hours, and not told where it is not known', () => {
  const told = (by: Grouping) => groupLatencies(db, period(by), trendGroups(db, period(by), starts));
  const truth = 2.5 + 30.125 + 0.375;
  for (const by of ['minute', 'hour', 'day', 'lot', 'product', 'model'] as const) {
    for (const p95 of told(by)) expect(p95! / truth).toBeCloseTo(1, 0.7);
  }
  expect(new Set(told('shift'))).toEqual(new Set([null]));
  // A lot that was begun before its latencies were kept is not told of by its last parts alone.
  db.exec('UPDATE rollup_lots SET latencies = NULL');
  recordInspections(db, [newPart(lines[0] as Line, 9999, { timeMs: startMs + 9999, lot: 'A' })]);
  expect(told('lot')).toEqual([null, null]);
});

it('false alarms have one cause each, by the first that is known', () => {
  const span = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
  const causes = falseAlarmCauses(db, {}, span);
  const alarms = onRecord().filter(({ verdict, human }) => verdict === 'NG' && human === 'ok');
  expect(causes.reduce((sum, { parts }) => sum + parts, 0)).toBe(alarms.length);
  expect(causes.find(({ kind }) => kind === 'said')).toMatchObject({ text: 'dust' });
  expect(new Set(causes.map(({ kind }) => kind)).size).toBeGreaterThan(2);
  expect(falseAlarmCauses(db, { productId: lines[1]!.productId }, { fromMs: 0, toMs: startMs })).toEqual([]);
});

it('false alarms with a picture outside the usual are told apart: by themselves, and beside what people said', () => {
  const span = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
  const before = falseAlarmCauses(db, {}, span);
  expect(before.every(({ likely }) => likely.length === 0)).toBe(true);
  const alarms = onRecord().filter(({ verdict, human }) => verdict === 'NG' && human === 'ok');
  addOddPictures(
    db,
    alarms.map(({ id }, i) => ({
      inspectionId: id,
      feature: i % 3 === 0 ? 'brightness' : 'noise',
      shift: 5,
    })),
  );
  const causes = falseAlarmCauses(db, {}, span);
  const said = causes.find(({ kind }) => kind === 'said')!;
  expect(said.parts).toBe(before.find(({ kind }) => kind === 'said')!.parts);
  expect(said.likely.reduce((sum, { parts }) => sum + parts, 0)).toBe(said.parts);
  const others = causes.filter(({ kind }) => kind !== 'said');
  expect(others.map(({ kind, text }) => [kind, text]).toSorted()).toEqual([
    ['picture', 'brightness'],
    ['picture', 'noise'],
  ]);
  expect(causes.reduce((sum, { parts }) => sum + parts, 0)).toBe(alarms.length);
  expect(causes.map(({ parts }) => parts)).toEqual(
    causes.map(({ parts }) => parts).toSorted((a, b) => b - a),
  );
});

it('annotations are what was done to the line in the span, without what concerns another product', () => {
  const [disc, tile] = lines as [Line, Line];
  const add = (
    action: Parameters<typeof appendAudit>[1]['action'],
    detail: Record<string, unknown>,
    at: number,
  ) => appendAudit(db, { actor: 'operator', action, detail }, startMs + at);
  add('model.activate', { id: disc.modelId, name: 'new', productId: disc.productId }, 1000);
  add('model.thresholds', { id: tile.modelId, reason: 'too strict' }, 2000);
  add('settings.change', {}, 3000);
  add('intervention.note', { text: 'lens cleaned', productId: null }, 4000);
  const span = { fromMs: startMs, toMs: startMs + 10_000 };
  expect(annotations(db, span, null).map(({ what }) => what)).toEqual(['new', 'too strict', 'lens cleaned']);
  expect(annotations(db, span, disc.productId).map(({ what }) => what)).toEqual(['new', 'lens cleaned']);
  expect(annotations(db, { fromMs: startMs + 5000, toMs: startMs + 10_000 }, null)).toEqual([]);
});
