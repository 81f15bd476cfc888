import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Counters, HumanWord, Inspection } from '../../electron/contract/domain.ts';
import { everything, type TrendPoint, type TrendRequest } from '../../electron/contract/history.ts';
import { verdicts } from '../../electron/contract/verdict.ts';
import type { WritableDb } from '../../electron/store/db.ts';
import { giveFeedback, withdrawFeedback } from '../../electron/store/feedback.ts';
import { iterateHistory } from '../../electron/store/history.ts';
import { recordInspections } from '../../electron/store/inspections.ts';
import { latencySince } from '../../electron/store/latencies.ts';
import { countersSince, trendPoints } from '../../electron/store/tallies.ts';
import { addLine, newPart, openForTest, startMs, temporaryPaths, type Line } from './support/station.ts';

let folder: ReturnType<typeof temporaryPaths>;
let db: WritableDb;
let lines: Line[];

beforeEach(async () => {
  folder = temporaryPaths();
  ({ db } = await openForTest(folder.paths));
  lines = ['disc', 'tile'].map((name) => addLine(db, name));
});
afterEach(() => {
  db.close();
  folder.remove();
});

const hour = 3_600_000;
const allLines = { productId: null, sourceId: null, modelId: null };
/** Days of a place 5 h 30 min ahead of UTC: they do not begin on a full hour. */
const indianDays = (fromMs: number, toMs: number) => {
  const offset = 5.5 * hour;
  const starts = [Math.floor((fromMs + offset) / (24 * hour)) * 24 * hour - offset];
  while ((starts.at(-1) as number) < toMs) starts.push((starts.at(-1) as number) + 24 * hour);
  return starts;
};

const processingMs = ({ latency }: Inspection) =>
  latency.decodeMs + latency.inferMs + latency.smoothMs + latency.storeMs;

function recount(parts: readonly Inspection[]): Counters {
  const count = (test: (part: Inspection) => boolean) => parts.filter(test).length;
  return {
    parts: parts.length,
    ok: count(({ verdict }) => verdict === 'OK'),
    ng: count(({ verdict }) => verdict === 'NG'),
    review: count(({ verdict }) => verdict === 'REVIEW'),
    errors: count(({ reason }) => reason !== null),
    falseAlarms: count(({ verdict, human }) => verdict === 'NG' && human === 'ok'),
    escapes: count(({ verdict, human }) => verdict === 'OK' && human === 'ng'),
    unconfirmed: count(({ verdict, human }) => verdict !== 'OK' && human === null),
  };
}

function recountedTrend(parts: readonly Inspection[], request: TrendRequest): TrendPoint[] {
  const ms = { minute: 60_000, hour, day: 24 * hour }[request.bucket];
  const startOf = ({ timeMs }: { timeMs: number }) =>
    request.bucket === 'day' ? (indianDays(timeMs, timeMs)[0] as number) : Math.floor(timeMs / ms) * ms;
  const firstMs = startOf({ timeMs: request.fromMs });
  const counted = parts.filter(
    (part) =>
      startOf(part) >= firstMs &&
      startOf(part) < request.toMs &&
      (request.filter.productId === null || part.productId === request.filter.productId),
  );
  const groups = Map.groupBy(counted, startOf);
  return [...groups]
    .sort(([a], [b]) => a - b)
    .map(([start, group]) => {
      const scores = group.flatMap(({ score }) => score ?? []);
      const times = group.map(processingMs);
      const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
      return {
        ...recount(group),
        startMs: start,
        scoreMean: scores.length > 0 ? expect.closeTo(sum(scores) / scores.length, 9) : null,
        latencyMeanMs: expect.closeTo(sum(times) / times.length, 6),
        latencyMaxMs: expect.closeTo(Math.max(...times), 6),
      } as TrendPoint;
    });
}

type Step =
  | {
      do: 'record';
      parts: Array<{
        number: number;
        line: number;
        minute: number;
        verdict: number;
        score: number | null;
        ms: number;
      }>;
    }
  | { do: 'say'; which: number; word: HumanWord }
  | { do: 'withdraw'; which: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('record' as const),
      parts: fc.array(
        fc.record({
          number: fc.integer({ min: 0, max: 150 }),
          line: fc.integer({ min: 0, max: 1 }),
          // Four days, so that whole hours, whole minutes and rests all occur.
          minute: fc.oneof(fc.integer({ min: 0, max: 5760 }), fc.integer({ min: 100, max: 110 })),
          verdict: fc.integer({ min: 0, max: 2 }),
          score: fc.option(fc.double({ min: 0, max: 2, noNaN: true }), { nil: null }),
          ms: fc.double({ min: 0.01, max: 500, noNaN: true }),
        }),
        { maxLength: 20 },
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('say' as const),
      which: fc.nat(),
      word: fc.constantFrom<HumanWord>('ok', 'ng'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('withdraw' as const), which: fc.nat() }) },
);

function perform(steps: readonly Step[]): Inspection[] {
  const known: number[] = [];
  for (const one of steps) {
    if (one.do === 'record') {
      const batch = one.parts.map((part) =>
        newPart(lines[part.line] as Line, part.number, {
          timeMs: startMs + part.minute * 60_000 + ((part.number * 7919) % 60_000),
          verdict: verdicts[part.verdict] as (typeof verdicts)[number],
          score: part.score,
          reason: part.verdict === 2 && part.score === null ? 'imageUnreadable' : null,
          latency: { waitMs: 9, decodeMs: part.ms / 2, inferMs: part.ms / 2, smoothMs: 0, storeMs: 0 },
        }),
      );
      for (const { inspection, known: again } of recordInspections(db, batch))
        if (!again) known.push(inspection.id);
    } else if (known.length > 0) {
      const inspectionId = known[one.which % known.length] as number;
      if (one.do === 'say') giveFeedback(db, { inspectionId, word: one.word, reason: '' }, startMs);
      else withdrawFeedback(db, inspectionId, startMs);
    }
  }
  return [...iterateHistory(db, everything)].flat();
}

const emptied = ['feedback_kept', 'feedback_unchanged'];
function forgetParts(): void {
  for (const trigger of emptied) db.exec(`DROP TRIGGER IF EXISTS ${trigger}`);
  for (const table of ['feedback', 'heatmaps', 'inspections', 'rollup_minutes', 'rollup_hours']) {
    db.exec(`DELETE FROM ${table}`);
  }
}

describe('rollups', () => {
  it('equal a recount of the parts after any sequence of recording, words and withdrawals', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 40 }),
        fc.integer({ min: 0, max: 4 * 24 * 3_600_000 }),
        fc.integer({ min: 1, max: 4 * 24 * 3_600_000 }),
        (steps, from, length) => {
          forgetParts();
          const parts = perform(steps);
          const fromMs = startMs + from;
          const since = parts.filter(({ timeMs }) => timeMs >= fromMs);
          expect(countersSince(db, 0)).toEqual(recount(parts));
          expect(countersSince(db, fromMs)).toEqual(recount(since));
          const { productId } = lines[0] as Line;
          expect(countersSince(db, fromMs, { productId })).toEqual(
            recount(since.filter((part) => part.productId === productId)),
          );
          for (const bucket of ['minute', 'hour', 'day'] as const) {
            for (const filter of [allLines, { ...allLines, productId }]) {
              const request: TrendRequest = { filter, fromMs, toMs: fromMs + length, bucket };
              expect(trendPoints(db, request, indianDays)).toEqual(recountedTrend(parts, request));
            }
          }
        },
      ),
      { seed: 5, numRuns: 40 },
    );
  });

  it('refuses a trend of more points than can be shown', () => {
    const request = { filter: allLines, fromMs: 0, toMs: startMs, bucket: 'minute' as const };
    expect(() => trendPoints(db, request, indianDays)).toThrow(/badRequest/);
  });
});

describe('latencySince', () => {
  it('is empty without parts', () => {
    expect(latencySince(db, 0)).toEqual({ parts: 0, averageMs: null, p95Ms: null, maxMs: null });
  });

  it('finds average and maximum exactly and the 95th percentile within 9 %', () => {
    const latencies = Array.from({ length: 1000 }, (_, i) => 10 + ((i * 619) % 1000) / 10);
    const batch = latencies.map((inferMs, number) =>
      newPart(lines[0] as Line, number, {
        timeMs: startMs + number * 10_000,
        latency: { waitMs: 500, decodeMs: 0, inferMs, smoothMs: 0, storeMs: 0 },
      }),
    );
    recordInspections(db, batch);
    // Two whole hours and some minutes of the first.
    const summary = latencySince(db, startMs + 40 * 60_000 + 1);
    const counted = latencies.slice(240).sort((a, b) => a - b);
    expect(summary.parts).toBe(counted.length);
    expect(summary.averageMs).toBeCloseTo(counted.reduce((sum, ms) => sum + ms, 0) / counted.length, 6);
    expect(summary.maxMs).toBeCloseTo(counted.at(-1) as number, 6);
    const exact = counted[Math.ceil(0.95 * counted.length) - 1] as number;
    expect(Math.abs((summary.p95Ms as number) / exact - 1)).toBeLessThan(0.09);
  });
});
