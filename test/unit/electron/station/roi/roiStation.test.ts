import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RoiPlan } from '../../../../../electron/contract/roi.ts';
import { usualCosts } from '../../../../../electron/contract/usualSettings.ts';
import { lineRates } from '../../../../../electron/engine/calls/lineRates.ts';
import { payback } from '../../../../../electron/engine/calls/payback.ts';
import { dataPaths } from '../../../../../electron/platform/paths.ts';
import { addShare } from '../../../../../electron/store/auditShares.ts';
import { giveFeedback } from '../../../../../electron/store/feedback.ts';
import { recordInspections } from '../../../../../electron/store/inspections.ts';
import { addLine, newPart, openForTest, startMs } from '../../../../store/support/station.ts';
import { temporaryFolder } from '../../../../support/temporaryFolder.ts';
import { testStation } from '../../../../support/testStation.ts';

const dayMs = 86_400_000;

/** 2,000 parts before and after a change: false alarms fall from 40 to 8, every tenth OK part is audited. */
async function line(isAudited = true) {
  const dataDir = join(await temporaryFolder(), 'data');
  await mkdir(dataDir);
  const { db } = await openForTest(dataPaths(dataDir));
  const added = addLine(db, 'disc');
  const share = addShare(db, {
    productId: added.productId,
    fromMs: startMs,
    perTenThousand: 1000,
    salt: 's',
  });
  [40, 8].forEach((falseAlarms, period) => {
    const parts = Array.from({ length: 2000 }, (_, i) => {
      const verdict = i < falseAlarms + 10 ? 'NG' : i < falseAlarms + 30 ? 'REVIEW' : 'OK';
      const part = newPart(added, period * 2000 + i, {
        verdict,
        timeMs: startMs + period * dayMs + i * 1000,
      });
      return { ...part, auditShareId: i % 10 === 0 ? share.id : null };
    });
    recordInspections(db, parts).forEach(({ inspection: { id, verdict } }, i) => {
      const isTold = verdict === 'NG' || (isAudited && verdict === 'OK' && i % 10 === 0);
      const word = verdict === 'NG' && i >= falseAlarms ? 'ng' : 'ok';
      if (isTold) giveFeedback(db, { inspectionId: id, word, reason: '' }, startMs);
    });
  });
  db.exec('UPDATE sources SET paused = 1');
  db.close();
  const on = await testStation({
    dataDir,
    prepare: ({ inspect, train }) => {
      inspect.handle('lineRates', (job) => lineRates(job as Parameters<typeof lineRates>[0]));
      train.handle('payback', (job) => payback(job as Parameters<typeof payback>[0]));
    },
  });
  return { on, productId: added.productId };
}

const { currency } = usualCosts;
const plan: RoiPlan = {
  before: { fromMs: startMs, toMs: startMs + dayMs },
  after: { fromMs: startMs + dayMs, toMs: startMs + 2 * dayMs },
  costs: {
    currency,
    falseAlarm: 100,
    escape: 10_000,
    review: 20,
    lineStop: { cost: 5000, ng: 3, parts: 20 },
  },
  ...{ partsPerMonth: 100_000, hardware: 200_000, work: 100_000, runningPerMonth: 0, months: 24 },
};

test('savings are what was counted times what it costs; what chance may explain is said', async () => {
  const { on, productId } = await line();
  const { payback: found, gaps, parts, unconfirmed } = await on.call('roi.reckon', { productId, plan });
  expect(parts).toEqual({ before: 2000, after: 2000 });
  expect(unconfirmed).toBe(0);
  expect(gaps).toEqual([]);
  const item = (name: string) => found.items.find((each) => each.name === name)!;
  expect(item('falseAlarms').monthly.value).toBeCloseTo(100_000 * 100 * (32 / 2000), 4);
  expect(item('falseAlarms').isShown).toBe(true);
  expect(item('reviews').monthly.value).toBeCloseTo(0, 6);
  expect(item('escapes').isShown).toBe(false);
  expect(item('stops').monthly.value).toBeGreaterThan(0);
  expect(found.paybackMonths.value).toBeGreaterThan(0);
  expect(await on.call('roi.reckon', { productId, plan })).toMatchObject({ payback: found });
});

test('escapes are left out, and named, while nothing of the audit sample is judged', async () => {
  const { on, productId } = await line(false);
  const { payback: found, gaps } = await on.call('roi.reckon', {
    productId,
    plan: { ...plan, costs: { ...plan.costs, lineStop: null } },
  });
  expect(gaps).toEqual([
    { item: 'stops', why: 'noStopRule' },
    { item: 'escapes', why: 'noneAudited' },
  ]);
  expect(found.items.map(({ name }) => name)).toEqual(['falseAlarms', 'reviews']);
});

test('a plan is saved with the product and exported as HTML, PDF and CSV in both languages', async () => {
  const { on, productId } = await line();
  expect((await on.station.assets(`/roi/${productId}.html?lang=en`))?.status).toBe(404);
  expect(await on.call('roi.read', { productId })).toMatchObject({ isSaved: false, areCostsStated: false });
  await on.call('roi.save', { productId, plan });
  expect(await on.call('roi.read', { productId })).toMatchObject({ isSaved: true, plan });
  const text = async (path: string) => {
    const asset = await on.station.assets(path);
    expect(asset?.status).toBe(200);
    return new TextDecoder().decode(asset!.body as Uint8Array);
  };
  expect(await text(`/roi/${productId}.html?lang=ja`)).toContain('投資回収期間');
  const english = await text(`/roi/${productId}.html?lang=en`);
  expect(english).toContain('not shown: the interval contains zero');
  expect(english).not.toMatch(/NaN|undefined/);
  expect(await text(`/roi/${productId}.pdf?lang=en`)).toMatch(/^%PDF/);
  const csv = await text(`/roi/${productId}.csv?lang=en`);
  expect(csv.split('\r\n').filter((line) => line.startsWith('month'))).toHaveLength(25);
  expect(csv).toMatch(/\nfalseAlarms,0\.02/);
});
