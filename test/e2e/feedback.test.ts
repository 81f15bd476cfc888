import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ja } from '../../renderer/src/i18n/ja.ts';
import { browserPath, openStation, type StationPage } from '../support/stationPage.ts';

describe.skipIf(browserPath === null)("the human's word", () => {
  let station: StationPage;

  beforeAll(async () => {
    station = await openStation();
    await station.page.waitForFunction(() => document.querySelectorAll('.strip button').length >= 4);
  });
  afterAll(() => station?.close());

  const inHistory = async (human: 'any' | 'none') => {
    const { page } = station;
    await page.getByRole('link', { name: ja['nav.history'] }).click();
    await page.getByRole('combobox', { name: ja['history.human'] }).selectOption(human);
    await expect.poll(() => page.locator('.bar p').textContent()).not.toContain(ja['common.loading']);
    return page.locator('.bar p').textContent();
  };

  it('is recorded with one key on the part held, and shown on it', async () => {
    const { page } = station;
    await page.locator('.strip button').nth(1).click();
    await page.getByText(ja['inspect.held']).waitFor();
    await page.keyboard.press('n');
    await page.locator('.strip button .human', { hasText: 'N' }).waitFor();
    await page.getByRole('status').getByRole('button', { name: ja['feedback.undo'] }).waitFor();
    await station.screenshot('feedback');
    expect(await inHistory('any')).toBe('1 件');
  });

  it('is taken back with one key', async () => {
    const { page } = station;
    await page.getByRole('link', { name: ja['nav.inspect'] }).click();
    await page.keyboard.press('u');
    await expect.poll(() => page.locator('.strip button .human').count()).toBe(0);
    expect(await inHistory('any')).toBe('0 件');
  });

  it('goes back to live with Escape', async () => {
    const { page } = station;
    await page.getByRole('link', { name: ja['nav.inspect'] }).click();
    await page.locator('.strip button').nth(1).click();
    await page.getByText(ja['inspect.held']).waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByText(ja['inspect.held']).count()).toBe(0);
  });

  it('belongs to the field while one is typed in', async () => {
    const { page } = station;
    await page.getByRole('textbox', { name: ja['top.lot'], exact: true }).fill('');
    await page.getByRole('textbox', { name: ja['top.lot'], exact: true }).pressSequentially('on-7');
    await page.keyboard.press('Enter');
    expect(await inHistory('any')).toBe('0 件');
    await page.reload();
    await station.ready();
    expect(await page.getByRole('textbox', { name: ja['top.lot'], exact: true }).inputValue()).toBe('on-7');
    expect(station.complaints).toEqual([]);
  });
});
