import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { en } from '../../renderer/src/i18n/en.ts';
import { ja } from '../../renderer/src/i18n/ja.ts';
import { prepareRollout } from '../support/rolloutRecord.ts';
import { secondScreen, type SecondScreen } from '../support/secondScreen.ts';
import { browserPath, openStation, type StationPage } from '../support/stationPage.ts';

describe.skipIf(browserPath === null)('the report on a rollout', () => {
  let station: StationPage;
  let line: SecondScreen;

  beforeAll(async () => {
    station = await openStation({ width: 1920, height: 1080 }, prepareRollout);
    line = await secondScreen(station.page);
    await line.call('settings.change', { greeted: true });
  }, 200_000);
  afterAll(() => station?.close());

  for (const [language, t] of [
    ['ja', ja],
    ['en', en],
  ] as const) {
    describe(language, () => {
      it('is saved from the page: to be read, on paper and as a table', async () => {
        const { page } = station;
        await line.call('settings.change', { language });
        await expect.poll(() => page.locator('html').getAttribute('lang')).toBe(language);
        await page.getByRole('link', { name: t['nav.rollout'] }).click();
        const report = page.getByRole('group', { name: t['rollout.report'] });
        await report.waitFor();
        await page.locator('[data-step=rolledBack]').waitFor();
        for (const [width, height] of [
          [1920, 1080],
          [1280, 800],
        ] as const) {
          await page.setViewportSize({ width, height });
          await page.waitForTimeout(300);
          const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          expect(wider, String(width)).toBeLessThanOrEqual(0);
          await station.screenshot(`rollout-report-${language}-${width}`);
        }
        const saved = async (format: 'PDF' | 'HTML' | 'CSV'): Promise<Buffer> => {
          const button = report.getByRole('button', { name: format });
          const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
          expect(download.suggestedFilename()).toBe(
            `${t['rollout.report']} 1 タイル Tile.${format.toLowerCase()}`,
          );
          return readFile(await download.path());
        };
        const html = (await saved('HTML')).toString();
        expect(html).toContain(`<html lang="${language}">`);
        for (const phase of ['verification', 'limited', 'full']) {
          expect(html).toContain(`data-phase="${phase}"`);
        }
        expect(html.match(/条件をすべて満たした/g)!.length).toBeGreaterThanOrEqual(4);
        expect(html.match(/data-evidence/g)).toHaveLength(2);
        expect(html.match(/<img src="data:image\/jpeg;base64,/g)).toHaveLength(12);
        const pdf = await saved('PDF');
        expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
        await station.keep(`rollout-report-${language}.pdf`, pdf);
        const csv = (await saved('CSV')).toString();
        expect(csv).toMatch(/^audit,,rollout\.back,/m);
        expect(csv).toMatch(/^step,,rejects,,0\.6,,,,rolledBack,/m);
        expect(station.complaints).toEqual([]);
      }, 200_000);

      it('comes with the report on the shift, where that is wanted', async () => {
        const { page } = station;
        const folder = join(station.folder, `reports-${language}`);
        await mkdir(folder);
        await page.setViewportSize({ width: 1280, height: 800 });
        await line.call('settings.change', {
          shiftReports: { folder, formats: ['html'], rollouts: true },
        });
        await page.getByRole('link', { name: t['nav.settings'] }).click();
        await page.getByRole('link', { name: t['settings.reports'] }).click();
        const wanted = page.getByRole('checkbox', { name: t['reports.rollouts'] });
        await expect.poll(() => wanted.isChecked()).toBe(true);
        const write = page.getByRole('button', { name: t['reports.now'] });
        await write.click();
        await page.locator('[data-file]').nth(1).waitFor();
        await station.screenshot(`rollout-report-${language}-settings`);
        const files = await readdir(folder);
        expect(files.filter((name) => name.startsWith('kenro-rollout-1-'))).toHaveLength(1);
        const written = files.find((name) => name.startsWith('kenro-rollout-1-'))!;
        expect(await readFile(join(folder, written), 'utf8')).toContain(`<html lang="${language}">`);
        await wanted.uncheck();
        await expect
          .poll(async () => (await line.call('station.snapshot', {})).settings.shiftReports.rollouts)
          .toBe(false);
        await write.click();
        await expect.poll(() => page.locator('[data-file]').count()).toBe(1);
        expect(station.complaints).toEqual([]);
      }, 120_000);
    });
  }
});
