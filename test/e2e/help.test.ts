import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { en } from '../../renderer/src/i18n/en.ts';
import { ja } from '../../renderer/src/i18n/ja.ts';
import { browserPath, openStation, type StationPage } from '../support/stationPage.ts';

describe.skipIf(browserPath === null)('the handbook', () => {
  let station: StationPage;

  beforeAll(async () => {
    station = await openStation();
  });
  afterAll(() => station?.close());

  const heading = () => station.page.locator('article h1');
  const focused = () =>
    station.page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset['section']);

  it('opens at the screen that is open, by key, and leads back', async () => {
    const { page } = station;
    await page.getByRole('link', { name: ja['nav.rollout'] }).click();
    await page.keyboard.press('F1');
    await expect.poll(() => heading().innerText()).toBe('展開');
    await page.getByRole('link', { name: ja['help.back'].replace('{screen}', ja['nav.rollout']) }).click();
    await page.getByRole('heading', { level: 1, name: ja['rollout.title'] }).waitFor();
    await page.getByRole('link', { name: ja['nav.review'] }).click();
    const limits = page.getByRole('link', { name: ja['review.limits'] });
    await limits.click();
    await expect.poll(() => limits.getAttribute('aria-current')).toBe('page');
    await page.keyboard.press('?');
    await expect.poll(focused).toBe('limits');
  });

  it('opens from the mark in the bar, at the section of the tab', async () => {
    const { page } = station;
    await page.evaluate(() => (location.hash = '#/settings/backbones'));
    await page.getByRole('link', { name: ja['help.here'] }).click();
    await expect.poll(() => heading().innerText()).toBe('モデルとバックボーン');
    await expect.poll(focused).toBe('backbones');
    // The handbook has no help of its own.
    expect(await page.getByRole('link', { name: ja['help.here'] }).count()).toBe(0);
  });

  it('has a table of contents by reader, for which the rail opens it', async () => {
    const { page } = station;
    await page.getByRole('link', { name: ja['nav.help'] }).click();
    const contents = page.getByRole('navigation', { name: ja['help.contents'] });
    for (const reader of ['everybody', 'operator', 'engineer', 'administrator', 'developer'] as const) {
      await contents.getByText(ja[`help.reader.${reader}`], { exact: true }).waitFor();
    }
    await contents.getByRole('link', { name: '構成' }).click();
    const drawing = page.locator('article img');
    await expect
      .poll(() => drawing.evaluate((image: HTMLImageElement) => image.naturalWidth))
      .toBeGreaterThan(500);
    await station.screenshot('help-architecture');
  });

  it('finds Japanese inside words, whatever the width and the kana, and marks it', async () => {
    const { page } = station;
    const field = page.getByRole('searchbox', { name: ja['help.search'] });
    await field.fill('かめら');
    await expect.poll(() => page.locator('.found mark').allInnerTexts()).toContain('カメラ');
    await field.fill('過検出 ﾄﾞﾘﾌﾄ');
    const found = page.locator('.found a');
    await found.first().waitFor();
    await station.screenshot('help-found-ja');
    expect(await page.getByRole('status').filter({ hasText: '件' }).innerText()).toBe(
      ja['help.found'].replace('{count}', String(await found.count())),
    );
    await field.press('Enter');
    await expect.poll(() => page.locator('article mark').count()).toBeGreaterThan(0);
    await field.fill('ぬるぽ');
    await page.getByText(ja['empty.pages'].replace('{text}', 'ぬるぽ')).waitFor();
    await station.screenshot('help-nothing');
    await field.press('Escape');
    await heading().waitFor();
    expect(await field.inputValue()).toBe('');
  });

  it('is there in English, and a result opens by a touch', async () => {
    const { page } = station;
    await page.getByRole('button', { name: 'English' }).click();
    const field = page.getByRole('searchbox', { name: en['help.search'] });
    await field.fill('audit sample');
    await page.locator('.found a').first().click();
    await expect.poll(() => page.locator('article mark').first().innerText()).toMatch(/audit|sample/i);
    await station.screenshot('help-topic-en');
  });

  it('is saved as PDF, a part and the whole', async () => {
    const { page } = station;
    const sizes: number[] = [];
    for (const label of ['help.savePart', 'help.saveWhole'] as const) {
      const [download] = await Promise.all([
        page.waitForEvent('download', { timeout: 120_000 }),
        page.getByRole('button', { name: en[label] }).click(),
      ]);
      expect(download.suggestedFilename()).toMatch(/^Kenro Handbook.*[.]pdf$/);
      const file = await readFile(await download.path());
      expect(file.subarray(0, 5).toString()).toBe('%PDF-');
      await station.keep(`${label}.pdf`, file);
      sizes.push(file.length);
    }
    expect(sizes[1]).toBeGreaterThan(sizes[0] ?? 0);
    expect(station.complaints).toEqual([]);
    expect(station.strayRequests).toEqual([]);
  }, 240_000);
});
