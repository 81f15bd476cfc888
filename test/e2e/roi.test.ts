import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../electron/platform/clock.ts';
import { dataPaths } from '../../electron/platform/paths.ts';
import { listModels } from '../../electron/store/models.ts';
import { openStore } from '../../electron/store/open.ts';
import { listProducts } from '../../electron/store/products.ts';
import { listSources } from '../../electron/store/sources.ts';
import { en } from '../../renderer/src/i18n/en.ts';
import { ja } from '../../renderer/src/i18n/ja.ts';
import { recordScores } from '../support/scoredLine.ts';
import { browserPath, openStation, type StationPage } from '../support/stationPage.ts';

const hourMs = 3_600_000;

describe.skipIf(browserPath === null)('the return on investment', () => {
  let station: StationPage;

  beforeAll(async () => {
    station = await openStation();
    await station.page.waitForFunction(() => document.querySelectorAll('.strip button').length >= 1);
    await station.stopShell();
    const { db } = await openStore(dataPaths(join(station.folder, 'data')), {
      clock: systemClock,
      app: 'test',
    });
    const product = listProducts(db)[0]!;
    const model = listModels(db).find(({ id }) => id === product.activeModelId)!;
    const source = listSources(db).find(({ productId }) => productId === product.id)!;
    db.exec('UPDATE sources SET paused = 1');
    const line = { productId: product.id, sourceId: source.id, modelId: model.id };
    const nowMs = systemClock.nowMs();
    const { thresholds } = model;
    recordScores(db, line, { count: 800, endMs: nowMs - 6 * hourMs, thresholds, goodAt: 0.7, audited: 0 });
    recordScores(db, line, { count: 800, endMs: nowMs, thresholds, audited: 0 });
    db.close();
    await station.restart();
    station.complaints.length = 0;
  });
  afterAll(() => station?.close());

  for (const [language, words, width, height] of [
    ['ja', ja, 1280, 800],
    ['en', en, 1920, 1080],
  ] as const) {
    it(`is reckoned from before and after, saved and exported: ${language}`, async () => {
      const { page } = station;
      await page.setViewportSize({ width, height });
      await page.evaluate(() => (location.hash = '#/settings/display'));
      await page.locator('select:has(option[value=ja])').selectOption(language);
      await expect.poll(() => page.locator('html').getAttribute('lang')).toBe(language);
      await page.evaluate(() => (location.hash = '#/roi'));
      await page.locator('[data-roi]').waitFor();
      const changed = new Date(systemClock.nowMs() - 5.5 * hourMs);
      const local = new Date(changed.getTime() - changed.getTimezoneOffset() * 60_000);
      await page.getByLabel(words['roi.change']).fill(local.toISOString().slice(0, 16));
      const work = page.getByLabel(
        new RegExp(`^${words['roi.work'].split('{')[0]!.replace(/[(,（]/g, '.')}`),
      );
      await work.fill('500000');
      await page.getByRole('button', { name: words['roi.reckon'], exact: true }).click();
      await page.locator('[data-item=falseAlarms]').waitFor();
      await expect
        .poll(() => page.locator('[data-item=falseAlarms] .unsure').count(), { timeout: 30_000 })
        .toBe(0);
      expect(await page.locator('[data-payback]').textContent()).toMatch(/\d/);
      await page.getByText(words['roi.gap.noneAudited']).waitFor();
      const save = page.getByRole('button', { name: words['roi.save'], exact: true });
      if (await save.isEnabled()) await save.click();
      const csv = page.getByRole('button', { name: 'CSV', exact: true });
      await expect.poll(() => csv.isEnabled()).toBe(true);
      const [download] = await Promise.all([page.waitForEvent('download'), csv.click()]);
      expect(await readFile(await download.path(), 'utf8')).toContain('falseAlarms');
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(wider).toBeLessThanOrEqual(0);
      await station.screenshot(`roi-${language}-${width}`);
      await page.locator('[data-roi] canvas').scrollIntoViewIfNeeded();
      await station.screenshot(`roi-curve-${language}-${width}`);
      // Parts put on record without a picture have none to show.
      expect(station.complaints.filter((complaint) => !complaint.includes('/picture/'))).toEqual([]);
    });
  }
});
