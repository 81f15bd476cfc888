import { rmSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { everything, type HistoryFilter } from '../../electron/contract/history.ts';
import { groupings, type Grouping, type TrendPeriod } from '../../electron/contract/trends.ts';
import type { Thresholds } from '../../electron/contract/verdict.ts';
import { systemClock } from '../../electron/platform/clock.ts';
import { dataPaths } from '../../electron/platform/paths.ts';
import type { WritableDb } from '../../electron/store/db.ts';
import { annotations } from '../../electron/store/annotations.ts';
import { falseAlarmCauses } from '../../electron/store/falseAlarmCauses.ts';
import { lineRates } from '../../electron/engine/calls/lineRates.ts';
import { groupLatencies } from '../../electron/store/groupLatencies.ts';
import { stopsOf } from '../../electron/store/lineStops.ts';
import { trendGroups, type SpanStarts } from '../../electron/store/trendGroups.ts';
import { countHistory, countersSince, trendPoints } from '../../electron/store/tallies.ts';
import { pageHistory, recentParts } from '../../electron/store/history.ts';
import { lastPartNumber, recordInspections, type NewPart } from '../../electron/store/inspections.ts';
import { latencySince } from '../../electron/store/latencies.ts';
import { readModel } from '../../electron/store/models.ts';
import { openStore } from '../../electron/store/open.ts';
import { gatherRecord } from '../../electron/station/lineRecord.ts';
import { shiftStarts } from '../../electron/station/shifts.ts';
import { readChart } from '../../electron/station/handlers/trendHandlers.ts';
import { controlChart } from '../../electron/station/trends/controlChart.ts';
import { replay, scoreHistogram } from '../../electron/station/scoreReplay.ts';
import { addLine, newPart, startMs, type Line } from '../store/support/station.ts';
import type { Figure } from './figure.ts';
import { linesOf, msPerPart, openManyParts } from './support/manyParts.ts';

/** Speed of the store: inserting in batches, and the screens' questions over `parts` parts. */
export async function benchStore(parts = 10_000_000): Promise<Figure[]> {
  const figures = [await insertIntoEmpty(500), await insertIntoEmpty(50)];
  const { db, megabytes } = await openManyParts(parts);
  try {
    figures.push({ name: `size of ${parts} parts`, value: megabytes, unit: 'MB' });
    figures.push(insertInto(db, linesOf(db)[0] as Line, 500, `into ${parts} parts`));
    figures.push(...questions(db, parts));
  } finally {
    db.close();
  }
  return figures;
}

const inserted = 60_000;

async function insertIntoEmpty(batch: number): Promise<Figure> {
  const root = mkdtempSync(join(tmpdir(), 'kenro-bench-'));
  const { db } = await openStore(dataPaths(root), { clock: systemClock, app: 'bench' });
  try {
    return insertInto(db, addLine(db, 'line'), batch, 'into a new database');
  } finally {
    db.close();
    rmSync(root, { recursive: true });
  }
}

/** Through the same function as the line, rollups included; every row with lot, serial and hash. */
function insertInto(db: WritableDb, line: Line, batch: number, where: string): Figure {
  const first = (lastPartNumber(db, line.sourceId) ?? 0) + 1;
  const batches: NewPart[][] = [];
  for (let number = first; number < first + inserted; number += batch) {
    batches.push(
      Array.from({ length: batch }, (_, i) =>
        newPart(line, number + i, {
          ...{ lot: 'LOT-99999', serial: `SN${number + i}` },
          // Spread as scores are: the index by score is not filled at its end.
          score: 0.1 + (((number + i) * 7919) % 10_000) * 3.5e-5,
        }),
      ),
    );
  }
  const begin = performance.now();
  for (const parts of batches) recordInspections(db, parts);
  const seconds = (performance.now() - begin) / 1000;
  return {
    name: `insert ${where}, batches of ${batch}`,
    value: inserted / seconds,
    unit: 'rows/s',
    goal: { atLeast: 20_000 },
  };
}

function questions(db: WritableDb, parts: number): Figure[] {
  const [line, , , , retired] = linesOf(db) as [Line, Line, Line, Line, Line];
  const endMs = startMs + parts * msPerPart;
  const day = 86_400_000;
  const filters: Record<string, Partial<HistoryFilter>> = {
    everything: {},
    'one product': { productId: line.productId },
    NG: { verdicts: ['NG'] },
    'NG and review of one model': { verdicts: ['NG', 'REVIEW'], modelId: line.modelId },
    'a retired source': { sourceId: retired.sourceId },
    'OK called NG (none)': { verdicts: ['OK'], human: 'overridden' },
    overridden: { human: 'overridden' },
    'NG of one day': { verdicts: ['NG'], fromMs: endMs - 40 * day, toMs: endMs - 39 * day },
    'one lot': { text: 'LOT-00100' },
    'reviews of one lot and product': { text: 'LOT-00100', verdicts: ['REVIEW'], productId: line.productId },
    'one serial': { text: 'SN05000001' },
    'unknown text': { text: 'nothing' },
  };
  const pages = Object.entries(filters).map(([name, given]) =>
    measured(`history page: ${name}`, () => firstMiddleLast(db, { ...everything, ...given }, parts)),
  );
  const trend = (name: string, bucket: 'minute' | 'hour' | 'day', fromMs: number, productId: number | null) =>
    measured(`trend: ${name}`, () => [
      () =>
        trendPoints(
          db,
          { filter: { productId, sourceId: null, modelId: null }, fromMs, toMs: endMs, bucket },
          utcDays,
        ),
    ]);
  return [
    ...pages,
    measured('history count', () =>
      Object.entries(filters).map(
        ([, given]) =>
          () =>
            countHistory(db, { ...everything, ...given }),
      ),
    ),
    trend('last hours by minute', 'minute', endMs - day / 3, null),
    trend('last month by hour', 'hour', endMs - 30 * day, null),
    trend('everything by hour', 'hour', startMs, null),
    trend('everything by day', 'day', startMs, null),
    trend('everything by day of one product', 'day', startMs, line.productId),
    measured('counters of today', () => [() => countersSince(db, endMs - day / 2)]),
    measured('counters of everything', () => [() => countersSince(db, 0)]),
    measured('latency of today', () => [() => latencySince(db, endMs - day / 2)]),
    measured('newest 300 parts', () => [() => recentParts(db, 300)]),
    ...trendPage(db, line, endMs),
    ...thresholdTool(db, line, endMs),
  ];
}

/** A page of 100 at the newest end, in the middle and at the oldest end of what the filter finds. */
function firstMiddleLast(db: WritableDb, filter: HistoryFilter, parts: number): Array<() => unknown> {
  const page = (before: number | null, after: number | null) => () =>
    pageHistory(db, { filter, before, after, limit: 100 });
  return [page(null, null), page(Math.floor(parts / 2), null), page(null, 1)];
}

export function measured(name: string, prepare: () => Array<() => unknown>): Figure {
  const times: number[] = [];
  for (let round = 0; round < 7; round++) {
    for (const work of prepare()) {
      const begin = performance.now();
      work();
      times.push(performance.now() - begin);
    }
  }
  times.sort((a, b) => a - b);
  const median = times[Math.floor(times.length / 2)] as number;
  return {
    name,
    value: times.at(-1) as number,
    unit: 'ms',
    goal: { below: 100 },
    note: `max; p50 ${median.toFixed(2)} ms`,
  };
}

/** What the trends page asks for one chart: over everything, and over the last 30 days of one product. */
export function trendPage(db: WritableDb, line: Line, endMs: number): Figure[] {
  const day = 86_400_000;
  const all = { productId: null, sourceId: null, modelId: null };
  const spans = {
    everything: { filter: all, fromMs: 0, toMs: endMs },
    '30 days of one product': {
      filter: { ...all, productId: line.productId },
      fromMs: endMs - 30 * day,
      toMs: endMs,
    },
  };
  const starts: SpanStarts = (by, span) =>
    by === 'day' ? utcDays(span.fromMs, span.toMs) : shiftStarts(span, ['06:00', '14:00', '22:00']);
  return Object.entries(spans).flatMap(([name, span]) => {
    const groups = (by: Grouping) => trendGroups(db, { ...span, by }, starts);
    return [
      ...groupings
        .filter((by) => by !== 'minute')
        .map((by) =>
          measured(`control chart by ${by}: ${name}`, () =>
            (['p', 'laney', 'cusum'] as const).map(
              (kind) => () => controlChart(groups(by), { by, measure: 'ng', kind, baseline: null }),
            ),
          ),
        ),
      ...(['day', 'lot'] as const).map((by) =>
        measured(`latency by ${by}: ${name}`, () => [() => groupLatencies(db, { ...span, by }, groups(by))]),
      ),
      ...groupings
        .filter((by) => by !== 'minute')
        .map((by) => escapeFigure(db, { ...span, by }, starts, name)),
      measured(`causes of false alarms: ${name}`, () => [() => falseAlarmCauses(db, span.filter, span)]),
      measured(`marks and line stops: ${name}`, () => [
        () => [annotations(db, span, span.filter.productId), stopsOf(db, span, span.filter)],
      ]),
    ];
  });
}

/** Everything that the chart of escapes asks of the store and of the engine. */
function escapeFigure(db: WritableDb, period: TrendPeriod, starts: SpanStarts, name: string): Figure {
  const request = { ...period, measure: 'escapes', kind: 'p', baseline: null } as const;
  return measured(`escapes by ${period.by}: ${name}`, () => [
    () => {
      const { groups, strata } = readChart(db, request, starts);
      const { periods } = lineRates({
        periods: strata.map((each) => ({
          ...{ strata: each, rejects: { parts: 0, falseAlarms: 0, confirmed: 0, unconfirmed: 0 } },
        })),
      });
      controlChart(
        groups,
        request,
        periods.slice(1).map(({ escapes }) => escapes),
      );
    },
  ]);
}

/** What the threshold tool asks of one model, over everything and over one day that is not one of UTC. */
function thresholdTool(db: WritableDb, line: Line, endMs: number): Figure[] {
  const model = readModel(db, line.modelId);
  const spans = {
    everything: { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER },
    'a local day': { fromMs: endMs - 33 * 3_600_000, toMs: endMs - 9 * 3_600_000 },
  };
  const pairs: Thresholds[] = [
    { review: 0.42, ng: 0.55 },
    { review: 0.3217, ng: 0.71 },
    { review: 0.5, ng: 0.601 },
  ];
  return Object.entries(spans).flatMap(([name, span]) => [
    measured(`scores: ${name}`, () => [() => scoreHistogram(db, model, span)]),
    measured(`replay of thresholds: ${name}`, () =>
      pairs.map((pair) => () => replay(db, model, span, pair, 48)),
    ),
    measured(`judged parts to weigh: ${name}`, () => [() => gatherRecord(db, model, span)]),
  ]);
}

function utcDays(fromMs: number, toMs: number): number[] {
  const day = 86_400_000;
  const starts = [];
  for (let start = Math.floor(fromMs / day) * day; start < toMs + day; start += day) starts.push(start);
  return starts;
}
