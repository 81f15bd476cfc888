import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { en } from '../../renderer/src/i18n/en.ts';
import { ja } from '../../renderer/src/i18n/ja.ts';
import { browserPath, openStation, type StationPage } from '../support/stationPage.ts';
import { prepareTrend } from '../support/trendRecord.ts';

describe.skipIf(browserPath === null)('trends and line stops', () => {
  let station: StationPage;

  beforeAll(async () => {
    station = await openStation({ width: 1920, height: 1080 }, prepareTrend);
  });
  afterAll(() => station?.close());

  it('raise a stop of parts that were recorded before a start, over the whole width', async () => {
    const { page } = station;
    const alarm = page.locator('[data-line-stop]');
    await alarm.waitFor();
    expect(await alarm.textContent()).toContain(ja['lineStop.title']);
    expect(await alarm.textContent()).toContain('NG 3');
    expect((await alarm.boundingBox())!.width).toBeGreaterThan(1700);
    await station.screenshot('line-stop-ja');
  });

  it('switch the sound off only with a reason, and keep the alarm', async () => {
    const { page } = station;
    await page.getByRole('button', { name: ja['lineStop.mute'] }).click();
    const save = page.locator('dialog').getByRole('button', { name: ja['lineStop.mute'], exact: true });
    expect(await save.isDisabled()).toBe(true);
    await page.getByRole('button', { name: ja['lineStop.usual.known'] }).click();
    await save.click();
    const muted = ja['lineStop.muted'].replace('{reason}', ja['lineStop.usual.known']);
    await page.getByText(muted).waitFor();
    expect(await page.locator('[data-line-stop]').count()).toBe(1);
  });

  it('keep the alarm over a restart, and let it go with a reason that the audit trail keeps', async () => {
    const { page } = station;
    await station.restart();
    station.complaints.length = 0;
    await page.locator('[data-line-stop]').waitFor();
    await page.getByRole('button', { name: ja['lineStop.acknowledge'] }).click();
    await page.locator('dialog input').fill('治具を直した');
    await station.screenshot('line-stop-acknowledge-ja');
    await page
      .locator('dialog')
      .getByRole('button', { name: ja['lineStop.acknowledge'], exact: true })
      .click();
    await expect.poll(() => page.locator('[data-line-stop]').count()).toBe(0);
    await page.evaluate(() => (location.hash = '#/settings/audit'));
    await page.getByText(ja['audit.action.lineStop.acknowledge']).waitFor();
    expect(await page.locator('table').textContent()).toContain('治具を直した');
  });

  const choose = async (name: string, value: string) => {
    const { page } = station;
    // By the word above it alone: the label of a select holds the words of its options too.
    const field = page.locator('.field', { has: page.locator('.label').getByText(name, { exact: true }) });
    await field.locator('select').selectOption(value);
  };

  it('name the rule on the point that breaks it, mark the intervention and count the stop', async () => {
    const { page } = station;
    await page.getByRole('link', { name: ja['nav.trends'] }).click();
    await choose(ja['trends.by'], 'hour');
    await page.locator('[data-measure=ng]').click();
    await choose(ja['trends.baseline'], 'true');
    await page.locator('[data-broken~=beyond3Sigma]').first().waitFor();
    const told = await page.locator('[data-broken~=beyond3Sigma]').first().textContent();
    expect(told).toContain(ja['trends.rule.beyond3Sigma']);
    await page.locator('summary', { hasNotText: ja['chart.table'] }).click();
    await page.getByText('レンズを清掃').waitFor();
    expect(await page.locator('[data-raised]').textContent()).toContain('1');
    await station.screenshot('trends-ja');
  });

  it('say that false alarms are provisional, and how many there may be at most', async () => {
    const { page } = station;
    await page.locator('[data-measure=falseAlarms]').click();
    await page.locator('h2 small', { hasText: ja['trends.provisional.word'] }).waitFor();
    expect(await page.locator('[data-measure=falseAlarms]').textContent()).toMatch(/暫定:最大 .*%/);
    await page.getByText('油の付着').first().waitFor();
    // Beside what people said, and by itself where nobody gave a reason.
    const likely = page.locator('[data-likely] li', { hasText: '油の付着' }).first();
    expect(await likely.textContent()).toContain('推定で、確定ではありません');
    expect(await page.getByText(`推定: ${ja['drift.feature.brightness']}`).count()).toBeGreaterThan(0);
    await page.locator('[data-likely]').scrollIntoViewIfNeeded();
    await station.screenshot('trends-causes-ja');
  });

  it('estimate the escapes from the audit sample, with a gap where nobody has looked', async () => {
    const { page } = station;
    await page.locator('[data-measure=escapes]').click();
    const basis = page.locator('[data-escapes=basis]');
    await basis.waitFor();
    expect(await basis.textContent()).toMatch(/抜取確認 \d+ 個\(うち不良 [1-9]\d* 個\)/);
    // Of the hours after the first day no part was judged.
    await expect.poll(() => basis.textContent()).toMatch(/区分のうち 1\d 区分は抜取確認がなく/);
    expect(await page.locator('[data-measure=escapes]').textContent()).toMatch(/[\d.]+ ?%.*95 % 信頼区間/);
    await page.getByText(ja['trends.escapes.band'], { exact: true }).waitFor();
    await station.screenshot('trends-escapes-ja');
    for (const by of ['shift', 'day', 'lot', 'product', 'model']) {
      await choose(ja['trends.by'], by);
      await expect.poll(() => basis.textContent()).toMatch(/抜取確認 \d+ 個/);
    }
    await station.screenshot('trends-escapes-model-ja');
    await choose(ja['trends.by'], 'hour');
    await page.locator('[data-measure=ng]').click();
    await choose(ja['history.period'], 'hour');
    await page.locator('[data-measure=escapes]').click();
    await page.locator('[data-escapes=none]').waitFor();
    expect(await page.locator('[data-measure=escapes]').textContent()).toContain(ja['trends.escapes.none']);
    await choose(ja['history.period'], 'week');
    await choose(ja['trends.by'], 'hour');
  });

  it('list the parts of a point on the record', async () => {
    const { page } = station;
    await page.locator('[data-measure=ng]').click();
    const point = page.locator('[data-broken~=beyond3Sigma]').first();
    await point.click();
    await expect.poll(() => page.evaluate(() => location.hash)).toBe('#/history');
    const total = async () => Number((await page.locator('.bar p').textContent())?.replaceAll(/\D/g, ''));
    await expect.poll(total).toBeGreaterThan(5);
    expect(await total()).toBeLessThan(60);
    expect(await page.locator('input[type=datetime-local]').first().inputValue()).not.toBe('');
  });

  it('hold every chart, grouping and measure, in English too', async () => {
    const { page } = station;
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('link', { name: en['nav.trends'] }).click();
    for (const kind of ['laney', 'ewma', 'cusum', 'p']) {
      await choose(en['trends.kind'], kind);
      await page.locator('[data-broken]').first().waitFor();
      await station.screenshot(`trends-en-${kind}`);
    }
    for (const by of ['shift', 'day', 'lot', 'product', 'model']) {
      await choose(en['trends.by'], by);
      await expect.poll(() => page.getByText(en['empty.trend']).count()).toBe(0);
    }
    await choose(en['trends.by'], 'hour');
    await page.locator('[data-measure=latency]').click();
    await page.locator('[data-p95]').waitFor();
    await page.setViewportSize({ width: 1280, height: 800 });
    await station.screenshot('trends-en-1280');
    expect(await page.locator('.error').count()).toBe(0);
    // The parts on record were never photographed.
    expect(station.complaints.filter((complaint) => !complaint.includes('/picture/'))).toEqual([]);
    expect(station.strayRequests).toEqual([]);
  });

  it('set the rules of a product with a reason', async () => {
    const { page } = station;
    await page.getByRole('button', { name: en['lineStop.rules'] }).click();
    const dialog = page.locator('dialog');
    await expect.poll(() => dialog.getByLabel(en['lineStop.rules.ng']).first().isVisible()).toBe(true);
    await dialog.getByLabel(en['lineStop.rules.consecutive']).check();
    await dialog.getByLabel(en['lineStop.reason']).fill('trial');
    await station.screenshot('line-stop-rules-en');
    await dialog.getByRole('button', { name: en['common.save'] }).click();
    await expect.poll(() => dialog.count()).toBe(0);
    await page.getByRole('button', { name: en['lineStop.rules'] }).click();
    await expect
      .poll(() => page.locator('dialog').getByLabel(en['lineStop.rules.consecutive']).isChecked())
      .toBe(true);
  });
});
