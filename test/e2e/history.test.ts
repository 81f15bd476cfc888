import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ja } from '../../renderer/src/i18n/ja.ts';
import { browserPath, openStation, type StationPage } from '../support/stationPage.ts';

describe.skipIf(browserPath === null)('the history', () => {
  let station: StationPage;

  beforeAll(async () => {
    station = await openStation();
    const { page } = station;
    await page.waitForFunction(() => document.querySelectorAll('.strip button').length >= 12, null, {
      timeout: 60_000,
    });
    await page.locator('.pause').first().click();
    await page.getByRole('link', { name: ja['nav.history'] }).click();
    await page.locator('.row').first().waitFor();
  });
  afterAll(() => station?.close());

  const total = async () => {
    const { page } = station;
    await expect.poll(() => page.locator('.bar p').textContent()).not.toContain(ja['common.loading']);
    return Number((await page.locator('.bar p').textContent())?.replaceAll(/\D/g, ''));
  };

  it('lists every part and counts them', async () => {
    expect(await total()).toBeGreaterThanOrEqual(12);
  });

  it('filters by verdict: the three counts add up to all', async () => {
    const { page } = station;
    const all = await total();
    const counts: number[] = [];
    for (const verdict of ['OK', 'NG', 'REVIEW'] as const) {
      const button = page.getByRole('search').getByRole('button', { name: ja[`verdict.${verdict}`] });
      await button.click();
      counts.push(await total());
      await button.click();
      await total();
    }
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(all);
  });

  it('says so when nothing matches', async () => {
    const { page } = station;
    const field = page.getByLabel(ja['history.text']);
    await field.fill('no such serial');
    await field.press('Enter');
    await page.getByText(ja['empty.recordFound']).waitFor();
    await field.fill('');
    await field.press('Enter');
    await page.locator('.row').first().waitFor();
  });

  it('opens one part with picture and data by keyboard, and walks on', async () => {
    const { page } = station;
    await page.getByRole('listbox').focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const detail = page.locator('article[data-part]');
    await detail.waitFor();
    const first = Number(await detail.getAttribute('data-part'));
    await page.keyboard.press('ArrowDown');
    await expect.poll(async () => Number(await detail.getAttribute('data-part'))).toBeLessThan(first);
    await expect.poll(() => detail.locator('.stage[data-part]').count()).toBe(1);
    expect(await detail.textContent()).toContain(ja['history.origin']);
    await station.screenshot('history');
    await page.keyboard.press('Escape');
    await expect.poll(() => detail.count()).toBe(0);
  });

  it('exports what the filter finds as CSV', async () => {
    const { page } = station;
    const all = await total();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: ja['history.csv'] }).click(),
    ]);
    const path = join(station.folder, 'history.csv');
    await download.saveAs(path);
    const lines = (await readFile(path, 'utf8')).trimEnd().split(/\r?\n/);
    expect(lines.length - 1).toBe(all);
    expect(station.complaints).toEqual([]);
  });
});
