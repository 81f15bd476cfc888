import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { en } from '../../renderer/src/i18n/en.ts';
import { ja } from '../../renderer/src/i18n/ja.ts';
import { writeClassFolders } from '../support/classPictures.ts';
import { pickFolder } from '../support/pickFolder.ts';
import { barriers } from '../support/screenChecks.ts';
import { browserPath, openStation, type StationPage } from '../support/stationPage.ts';

/** More of each class than the checks of labels need. */
const perClass = 16;

describe.skipIf(browserPath === null)('the screen of training parts', () => {
  let station: StationPage;
  let planted: string;
  const suspect = () => station.page.locator(`button.suspect[title="${planted}"]`);

  async function inLanguage(language: 'ja' | 'en') {
    const { page } = station;
    await page.getByRole('button', { name: language === 'en' ? 'English' : '日本語' }).click();
    await expect.poll(() => page.locator('html').getAttribute('lang')).toBe(language);
  }

  beforeAll(async () => {
    station = await openStation();
    await writeClassFolders(join(station.folder, 'classes'), perClass);
    planted = join(station.folder, 'classes', 'ok', 'planted.png');
    await copyFile(join(station.folder, 'classes', 'stripe', 'stripe-3.png'), planted);
    await station.page.locator('.pause').first().click();
  });
  afterAll(() => station?.close());

  it('shows a wrong label among the class folders as a picture, before anything is taught', async () => {
    const { page } = station;
    await page.getByRole('link', { name: ja['nav.teach'], exact: true }).click();
    await page.getByRole('radio', { name: ja['teach.way.classes'] }).check();
    await page.getByRole('button', { name: ja['product.add'] }).click();
    await page.getByLabel(ja['own.name']).fill('表面');
    await page.getByRole('button', { name: ja['common.add'], exact: true }).click();
    await page.getByRole('button', { name: ja['folder.choose'] }).click();
    await pickFolder(page, join(station.folder, 'classes'));
    await page.getByRole('checkbox', { name: 'spot' }).waitFor();
    await page.getByLabel(ja['teach.size']).selectOption('128');
    await page.getByRole('button', { name: ja['screen.make'] }).click();
    await suspect().waitFor({ timeout: 120_000 });
    expect(await suspect().innerText()).toContain('stripe');
    const picture = suspect().locator('img');
    await expect
      .poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth))
      .toBeGreaterThan(0);
    await suspect().scrollIntoViewIfNeeded();
    await station.screenshot('screening-teach');
  }, 200_000);

  it('takes keep and leave out by keyboard, and teaches on the rest', async () => {
    const { page } = station;
    await suspect().focus();
    await page.keyboard.press('d');
    await expect.poll(() => suspect().getAttribute('aria-pressed')).toBe('true');
    await suspect().focus();
    await page.keyboard.press('k');
    await expect.poll(() => suspect().getAttribute('aria-pressed')).toBe('false');
    await page.getByRole('button', { name: ja['screen.dropAll'] }).click();
    await expect.poll(() => suspect().getAttribute('aria-pressed')).toBe('true');
    await page.getByRole('button', { name: ja['feedback.undo'], exact: true }).click();
    await expect.poll(() => suspect().getAttribute('aria-pressed')).toBe('false');
    await suspect().focus();
    await page.keyboard.press('d');
    await page.keyboard.press('Control+z');
    await expect.poll(() => suspect().getAttribute('aria-pressed')).toBe('false');
    await suspect().focus();
    await page.keyboard.press('d');
    await page.getByRole('button', { name: ja['teach.start'] }).click();
    const done = page.locator('article[data-job=done]');
    await done.waitFor({ timeout: 200_000 });
    // The planted part was not among the good ones.
    const taughtFrom = done.locator('dt', { hasText: ja['model.images'] }).locator('+ dd');
    expect(await taughtFrom.innerText()).toMatch(new RegExp(`\\b${perClass}\\b`));
  }, 250_000);

  it('comes with the plan of a retraining, and its decision stays with the run', async () => {
    const { page } = station;
    await page.getByRole('link', { name: ja['nav.retrain'] }).click();
    await page.getByLabel(ja['top.product']).selectOption({ label: '表面' });
    await page.getByRole('button', { name: ja['folder.choose'] }).first().click();
    await pickFolder(page, join(station.folder, 'classes'));
    await page.locator('[data-class=stripe]').waitFor();
    await page.getByLabel(ja['plan.epochs']).fill('1');
    await page.getByRole('button', { name: ja['plan.make'] }).click();
    await suspect().waitFor({ timeout: 200_000 });
    await suspect().click();
    await expect.poll(() => suspect().getAttribute('aria-pressed')).toBe('true');
    await page.locator('[data-plan]').waitFor({ timeout: 200_000 });
    // The plan stands although a part was left out of it.
    expect(await suspect().getAttribute('aria-pressed')).toBe('true');
    for (const [language, words] of [
      ['en', en],
      ['ja', ja],
    ] as const) {
      await inLanguage(language);
      expect(await barriers(page)).toEqual([]);
      for (const size of [
        { width: 1280, height: 800 },
        { width: 1920, height: 1080 },
      ]) {
        await page.setViewportSize(size);
        await suspect().scrollIntoViewIfNeeded();
        await page.getByRole('button', { name: words['screen.keepAll'] }).waitFor();
        await station.screenshot(`screening-retrain-${language}-${size.width}`);
      }
    }
    await page.getByRole('button', { name: ja['plan.start'] }).click();
    await page.locator('[data-job=done] [data-result]').waitFor({ timeout: 300_000 });
    const decided = page.locator('summary', { hasText: ja['screen.decided'].split(':')[0]! });
    expect(await decided.innerText()).toMatch(/1\s枚$/);
    await page.goto(`${page.url().replace(/#.*$/, '')}#/settings/audit`);
    await page.getByText(ja['audit.action.retrain.screen']).first().waitFor();
  }, 500_000);
});
