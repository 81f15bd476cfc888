import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Replay } from '../../../../electron/contract/operating.ts';
import { usualCosts } from '../../../../electron/contract/usualSettings.ts';
import { decide, type Thresholds } from '../../../../electron/contract/verdict.ts';
import { weighRecord } from '../../../../electron/engine/calls/weighRecord.ts';
import { dataPaths } from '../../../../electron/platform/paths.ts';
import { activateModel, setModelThresholds } from '../../../../electron/store/models.ts';
import { addLine, openForTest, startMs, type Line } from '../../../store/support/station.ts';
import { recordScores, stateCosts, type ScoredLineOptions } from '../../../support/scoredLine.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';
import { testStation, type TestStation } from '../../../support/testStation.ts';

const pair: Thresholds = { review: 0.5, ng: 0.6 };
const allTime = { fromMs: null, toMs: null };

interface Given extends Partial<ScoredLineOptions> {
  readonly costs?: boolean;
}

/** A station whose one line has 600 parts on record. */
async function scored({ costs = true, ...given }: Given = {}): Promise<{ on: TestStation; line: Line }> {
  const dataDir = join(await temporaryFolder(), 'data');
  await mkdir(dataDir);
  const paths = dataPaths(dataDir);
  const { db } = await openForTest(paths);
  const line = addLine(db, 'disc');
  activateModel(db, line.modelId);
  recordScores(db, line, { count: 600, endMs: startMs, thresholds: pair, audited: 0.1, ...given });
  db.exec('UPDATE sources SET paused = 1');
  db.close();
  if (costs) await stateCosts(paths.runs, line.productId, { ...usualCosts, escape: 1000, review: 0.5 });
  const on = await testStation({ dataDir });
  on.train.handle('weighRecord', (job) => weighRecord(job as Parameters<typeof weighRecord>[0]));
  return { on, line };
}

const partsOf = ({ moves }: Replay, isCounted: (move: Replay['moves'][number]) => boolean) =>
  moves.reduce((sum, move) => sum + (isCounted(move) ? move.parts : 0), 0);

describe('scores on record', () => {
  test('are shown by what people said, unconfirmed as such', async () => {
    const { on, line } = await scored();
    const { bins, unscored } = await on.call('thresholds.scores', { modelId: line.modelId, ...allTime });
    const sum = (word: 'none' | 'ok' | 'ng') => bins.reduce((total, bin) => total + bin[word], 0);
    expect(sum('none') + sum('ok') + sum('ng')).toBe(600);
    expect(sum('none')).toBeGreaterThan(400);
    expect(sum('ng')).toBeGreaterThan(10);
    expect(unscored).toBe(0);
    expect(bins.map(({ score }) => score)).toEqual(
      bins.map(({ score }) => score).sort((one, other) => one - other),
    );
  });

  test('are replayed at another pair: counts then and now, and the parts that change', async () => {
    const { on, line } = await scored();
    const asked = { review: 0.35, ng: 0.7 };
    const replay = await on.call('thresholds.replay', {
      ...{ modelId: line.modelId, ...allTime, thresholds: asked, limit: 200 },
    });
    const changes = partsOf(replay, ({ from, to }) => from !== to);
    expect(changes).toBeGreaterThan(20);
    expect(replay.changed).toHaveLength(Math.min(200, changes));
    for (const { inspection, to } of replay.changed) {
      expect(decide(inspection.score!, asked)).toBe(to);
      expect(to).not.toBe(inspection.verdict);
    }
    // What goes against a human's word comes first.
    const isJudged = replay.changed.map(({ inspection }) => inspection.human !== null);
    expect(isJudged.lastIndexOf(true)).toBe(isJudged.filter(Boolean).length - 1);
  });

  test('of parts that their defect type’s own thresholds judged stay as they were', async () => {
    const own = { review: 0.2, ng: 0.3 };
    const { on, line } = await scored({
      extras: (i) => (i % 10 === 0 ? { thresholds: own, score: 0.25, verdict: 'REVIEW', label: 'dent' } : {}),
    });
    await on.station.stop();
    const paths = dataPaths(on.dataDir);
    const { db } = await openForTest(paths);
    db.exec(`UPDATE models SET kind = 'classifier', classes =
      '{"labels":["ok","dent"],"okLabels":["ok"],"temperature":1,"thresholdsByLabel":{}}'`);
    setModelThresholds(db, line.modelId, pair, { dent: own });
    db.close();
    const again = await testStation({ dataDir: on.dataDir });
    const asked = { review: 0.9, ng: 0.95 };
    const request = { modelId: line.modelId, ...allTime, thresholds: asked, limit: 200 };
    const replay = await again.call('thresholds.replay', request);
    expect(replay.ownType).toBe(60);
    expect(replay.changed.every(({ inspection }) => inspection.label === null)).toBe(true);
  });
});

describe('the weight of what is on record', () => {
  test('is told with the costs that were stated last, the cheapest pair and what is not known', async () => {
    const { on, line } = await scored();
    const draft = { review: 0.45, ng: 0.6 };
    const request = { modelId: line.modelId, ...allTime, draft, places: [0.2, 0.5, 0.8] };
    const weighed = await on.call('thresholds.weigh', request);
    expect(weighed.stated?.escape).toBe(1000);
    expect(weighed.gaps).toEqual([]);
    expect(weighed.costs!.cheapest.value).toBeLessThanOrEqual(weighed.costs!.current.value);
    expect(weighed.costs!.curves.ng.map(({ threshold }) => threshold)).toEqual(request.places);
    expect(weighed.curves!.auroc.value).toBeGreaterThan(0.9);
    const passed = weighed.judged.find(({ verdict }) => verdict === 'OK')!;
    expect(passed.used).toBe(passed.judged);
    expect(passed.judged).toBeLessThan(passed.parts / 2);
    expect(weighed.grouping).toBe('part');
    expect(await on.call('thresholds.weigh', request)).toEqual(weighed);
  });

  test('names the bias of labels on rejects only, and proposes no lower review threshold', async () => {
    const { on, line } = await scored({ audited: 0 });
    const request = { modelId: line.modelId, ...allTime, draft: pair, places: [] };
    const { gaps, costs } = await on.call('thresholds.weigh', request);
    expect(gaps.map(({ kind }) => kind)).toEqual(['onlyRejects']);
    expect(costs!.cheapest.thresholds.review).toBeGreaterThanOrEqual(pair.review);
  });

  test('says where no costs were stated, and where nothing was judged', async () => {
    const { on, line } = await scored({ costs: false });
    const request = { modelId: line.modelId, ...allTime, draft: pair, places: [] };
    expect(await on.call('thresholds.weigh', request)).toMatchObject({ stated: null, costs: null });
    const before = { ...request, toMs: 1 };
    expect((await on.call('thresholds.weigh', before)).gaps).toEqual([{ kind: 'nothingJudged' }]);
  });

  test('draws whole lots where there are enough of them', async () => {
    const { on, line } = await scored({ extras: (i) => ({ lot: `L${Math.floor(i / 60)}` }) });
    const request = { modelId: line.modelId, ...allTime, draft: pair, places: [] };
    expect((await on.call('thresholds.weigh', request)).grouping).toBe('lot');
  });
});

describe('applying a pair', () => {
  const to = { review: 0.4, ng: 0.65 };

  test('is on the audit trail with both pairs and why, and one call takes it back', async () => {
    const { on, line } = await scored();
    const id = line.modelId;
    const applied = await on.call('thresholds.apply', { id, from: pair, to, reason: ' fewer reviews ' });
    expect(applied).toMatchObject({ thresholds: to, previousThresholds: pair });
    expect(on.told('models.changed').at(-1)![0]!.thresholds).toEqual(to);
    const undone = await on.call('thresholds.undo', { id, to: pair });
    expect(undone).toMatchObject({ thresholds: pair, previousThresholds: to });
    const { entries } = await on.call('audit.page', { before: null, limit: 2 });
    expect(entries.map(({ action, detail }) => ({ action, detail }))).toEqual([
      { action: 'model.thresholds', detail: { id, thresholds: pair, before: to, undo: true } },
      { action: 'model.thresholds', detail: { id, thresholds: to, before: pair, reason: 'fewer reviews' } },
    ]);
  });

  test('is refused where another pair is in force than the one looked at', async () => {
    const { on, line } = await scored();
    const id = line.modelId;
    const from = { review: 0.1, ng: 0.2 };
    const refused = { kind: 'thresholdsChanged' };
    await expect(on.call('thresholds.apply', { id, from, to, reason: 'why' })).rejects.toMatchObject(refused);
    await expect(on.call('thresholds.undo', { id, to })).rejects.toMatchObject(refused);
    const { models } = await on.call('station.snapshot', {});
    expect(models[0]).toMatchObject({ thresholds: pair });
    expect(models[0]!.previousThresholds).toBeUndefined();
  });

  test('wants a reason and a band that is not inside out', async () => {
    const { on, line } = await scored();
    const id = line.modelId;
    const bad = { kind: 'badRequest' };
    await expect(on.call('thresholds.apply', { id, from: pair, to, reason: '  ' })).rejects.toMatchObject(
      bad,
    );
    const inverted = { review: 0.7, ng: 0.6 };
    await expect(
      on.call('thresholds.apply', { id, from: pair, to: inverted, reason: 'why' }),
    ).rejects.toMatchObject(bad);
  });
});
