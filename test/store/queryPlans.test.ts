import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { everything, type HistoryFilter } from '../../electron/contract/history.ts';
import { connectWritable } from '../../electron/store/connect.ts';
import type { WritableDb } from '../../electron/store/db.ts';
import { defectCounts } from '../../electron/store/defects.ts';
import { giveFeedback } from '../../electron/store/feedback.ts';
import { iterateHistory, pageHistory, readPart, recentParts } from '../../electron/store/history.ts';
import { arePartsKnown, lastPartNumber, recordInspections } from '../../electron/store/inspections.ts';
import { latencySince } from '../../electron/store/latencies.ts';
import { numberedPartKey } from '../../electron/store/partKey.ts';
import { findChanged, judgedScores } from '../../electron/store/scoredParts.ts';
import { groupLatencies } from '../../electron/store/groupLatencies.ts';
import { countedFrom, openStops, stopsOf } from '../../electron/store/lineStops.ts';
import { scoreCells } from '../../electron/store/scores.ts';
import { falseAlarmCauses } from '../../electron/store/falseAlarmCauses.ts';
import { annotations } from '../../electron/store/annotations.ts';
import { groupings } from '../../electron/contract/trends.ts';
import { trendGroups } from '../../electron/store/trendGroups.ts';
import { countersSince, countHistory, trendPoints } from '../../electron/store/tallies.ts';
import { addLine, newPart, openForTest, startMs, temporaryPaths, type Line } from './support/station.ts';
import { planOf, queriesOf } from './support/queries.ts';

const folder = temporaryPaths();
let db: WritableDb;
let line: Line;

beforeAll(async () => {
  const made = await openForTest(folder.paths);
  line = addLine(made.db, 'disc');
  recordInspections(
    made.db,
    Array.from({ length: 200 }, (_, i) =>
      newPart(line, i, {
        lot: 'L',
        serial: `S${i}`,
        verdict: i % 9 === 0 ? 'NG' : 'OK',
        label: i % 9 === 0 ? 'dent' : null,
      }),
    ),
  );
  giveFeedback(made.db, { inspectionId: 1, word: 'ok', reason: '' }, startMs);
  made.db.close();
  // A new connection has prepared nothing yet, so that every query is seen.
  db = connectWritable(folder.paths.database);
});
afterAll(() => {
  db.close();
  folder.remove();
});

const filters: Record<string, Partial<HistoryFilter>> = {
  everything: {},
  time: { fromMs: startMs, toMs: startMs + 5000 },
  product: { productId: 1 },
  'source and verdict': { sourceId: 1, verdicts: ['NG'] },
  'model, human and time': { modelId: 1, human: 'overridden', fromMs: startMs },
  verdict: { verdicts: ['NG', 'REVIEW'] },
  text: { text: 'L' },
  label: { label: 'dent' },
  'label, verdict and product': { label: 'dent', verdicts: ['NG'], productId: 1 },
  'text and verdict': { text: 'S9', verdicts: ['NG'], productId: 1 },
};

/**
 * Reads through all rows of a big table. A SCAN of a small one (streams), of an index that holds only a few of its rows,
 * or along an index in order, is fine.
 */
const readsAll =
  /SCAN (inspections|heatmaps|feedback|rollup_\w+|defect_\w+|score_\w+|audit|line_stops|line_stop_parts)(?! USING (COVERING )?INDEX (inspections_by_time|line_stops_open))/;

describe('queries of the history page', () => {
  for (const [name, given] of Object.entries(filters)) {
    it(`leap to their rows and need no sorting: ${name}`, () => {
      const fresh = connectWritable(folder.paths.database);
      const filter = { ...everything, ...given };
      const queries = queriesOf(fresh, () => {
        pageHistory(fresh, { filter, before: null, after: null, limit: 3 });
        pageHistory(fresh, { filter, before: 100, after: null, limit: 3 });
        pageHistory(fresh, { filter, before: null, after: 100, limit: 3 });
        iterateHistory(fresh, filter, 10).next();
      });
      const plans = queries.map((sql) => planOf(fresh, sql));
      fresh.close();
      expect(plans.join('\n')).toMatch(/SEARCH inspections USING COVERING INDEX inspections_by_/);
      for (const plan of plans) {
        expect(plan).not.toMatch(readsAll);
        expect(plan).not.toContain('SCAN inspections');
        expect(plan).not.toContain('TEMP B-TREE');
      }
    });
  }
});

it('no other question of the screens and sources reads a big table through', () => {
  const filter = { productId: null, sourceId: null, modelId: null };
  const trend = { fromMs: startMs, toMs: startMs + 1e7 };
  const days = (fromMs: number, toMs: number) => [fromMs, toMs];
  const queries = queriesOf(db, () => {
    for (const given of Object.values(filters)) defectCounts(db, { ...everything, ...given });
    recentParts(db, 5);
    readPart(db, 3);
    arePartsKnown(db, [numberedPartKey(1, 1)]);
    lastPartNumber(db, 1);
    countersSince(db, startMs + 1);
    countersSince(db, startMs + 1, { productId: 1 });
    latencySince(db, startMs + 1);
    trendPoints(db, { filter, ...trend, bucket: 'minute' }, days);
    trendPoints(db, { filter: { ...filter, sourceId: 1 }, ...trend, bucket: 'hour' }, days);
    trendPoints(db, { filter, ...trend, bucket: 'day' }, days);
    for (const by of groupings) {
      for (const own of [filter, { ...filter, productId: 1 }]) {
        const period = { by, filter: own, fromMs: startMs, toMs: startMs + 1e7 };
        groupLatencies(
          db,
          period,
          trendGroups(db, period, () => [startMs, startMs + 1e7]),
        );
        falseAlarmCauses(db, own, period);
        annotations(db, period, own.productId);
        stopsOf(db, period, own);
      }
    }
    openStops(db);
    countedFrom(db, 1, 1);
    const spans = [{ fromMs: 0, toMs: Number.MAX_SAFE_INTEGER }, trend];
    for (const span of spans) {
      const question = { modelId: line.modelId, span };
      scoreCells(db, question);
      const cells = scoreCells(db, question, { review: 0.2, ng: 0.25 });
      findChanged(db, question, { review: 0.2, ng: 0.25 }, cells, { human: null, to: null }, 10);
      judgedScores(db, question, 'OK', 10);
    }
    for (const given of Object.values(filters)) countHistory(db, { ...everything, ...given });
  });
  expect(queries.length).toBeGreaterThan(15);
  for (const sql of queries) expect(planOf(db, sql)).not.toMatch(readsAll);
});

it('parts are looked up by their score within a day', () => {
  const question = { modelId: line.modelId, span: { fromMs: 1, toMs: Number.MAX_SAFE_INTEGER } };
  const fresh = connectWritable(folder.paths.database);
  const queries = queriesOf(fresh, () => {
    const cells = scoreCells(fresh, question, { review: 0.2, ng: 0.4 });
    findChanged(fresh, question, { review: 0.2, ng: 0.25 }, cells, { human: null, to: null }, 10);
  });
  const plans = queries
    .map((sql) => planOf(fresh, sql))
    .filter((plan) => plan.includes('inspections_by_score'));
  fresh.close();
  expect(plans).toHaveLength(3);
  for (const plan of plans) expect(plan).toMatch(/inspections_by_score \(stream_id=\? AND <expr>=\?/);
});

it('the test itself notices a query that reads everything', () => {
  expect(planOf(db, 'SELECT * FROM inspections WHERE origin = ?')).toMatch(readsAll);
  expect(planOf(db, 'SELECT id FROM inspections WHERE origin = ? ORDER BY score')).toContain('TEMP B-TREE');
});
