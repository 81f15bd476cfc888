import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { en } from '../../renderer/src/i18n/en.ts';
import { ja } from '../../renderer/src/i18n/ja.ts';
import { browserPath, openStation, type StationPage } from '../support/stationPage.ts';

describe.skipIf(browserPath === null)('the first run', () => {
  let station: StationPage;

  beforeAll(async () => {
    station = await openStation({ width: 1920, height: 1080 });
  });
  afterAll(() => station?.close());

  const guide = () => station.page.getByRole('region', { name: ja['guide.title'] });
  const counted = async () => {
    const text = await station.page.locator('dl dd').nth(2).textContent();
    return Number(text?.replaceAll(/\D/g, ''));
  };

  it('greets with the demo line running: verdict, picture, score and counters', async () => {
    const { page } = station;
    const verdict = page.locator('[data-verdict]');
    await verdict.waitFor();
    await page.waitForFunction(() => document.querySelectorAll('.strip button').length >= 5);
    expect(['OK', 'NG', 'REVIEW']).toContain(await verdict.getAttribute('data-verdict'));
    expect(await verdict.textContent()).toContain(ja['verdict.score']);
    await expect.poll(() => page.locator('.stage[data-part]').count()).toBe(1);
    expect(await guide().isVisible()).toBe(true);
    const before = await counted();
    await expect.poll(counted, { timeout: 20_000 }).toBeGreaterThan(before);
  });

  it('judges good parts of the demo line as OK', async () => {
    const { page } = station;
    await page.waitForFunction(() => document.querySelectorAll('.strip button').length >= 10, null, {
      timeout: 60_000,
    });
    const ok = await page.locator('.strip button.OK').count();
    expect(ok).toBeGreaterThan((await page.locator('.strip button').count()) / 2);
    await station.screenshot('inspect-ja');
  });

  it('shows no scrollbar at either size', async () => {
    const { page } = station;
    for (const size of [
      { width: 1280, height: 800 },
      { width: 1920, height: 1080 },
    ]) {
      await page.setViewportSize(size);
      const scrolling = await page.evaluate(() =>
        [...document.querySelectorAll('*')]
          .filter((element) => ['auto', 'scroll'].includes(getComputedStyle(element).overflowY))
          .filter((element) => element.scrollHeight > element.clientHeight + 1)
          .map((element) => element.className),
      );
      expect(scrolling).toEqual([]);
    }
  });

  it('changes the language both ways with one click each', async () => {
    const { page } = station;
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('link', { name: en['nav.history'] }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    await station.screenshot('inspect-en');
    await page.getByRole('button', { name: '日本語' }).click();
    await page.getByRole('link', { name: ja['nav.history'] }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('ja');
  });

  it('keeps the language and the theme over a reload', async () => {
    const { page } = station;
    const before = await page.locator('html').getAttribute('data-theme');
    await page
      .getByRole('button', { name: ja[before === 'dark' ? 'settings.toLight' : 'settings.toDark'] })
      .click();
    await expect.poll(() => page.locator('html').getAttribute('data-theme')).not.toBe(before);
    await page.reload();
    await station.ready();
    expect(await page.locator('html').getAttribute('data-theme')).not.toBe(before);
    expect(await page.locator('html').getAttribute('lang')).toBe('ja');
  });

  it('toggles the heatmap with H', async () => {
    const { page } = station;
    const button = page.getByRole('button', { name: ja['inspect.heatmap'] });
    const before = await button.getAttribute('aria-pressed');
    await page.keyboard.press('h');
    await expect.poll(() => button.getAttribute('aria-pressed')).not.toBe(before);
    await page.keyboard.press('h');
    await expect.poll(() => button.getAttribute('aria-pressed')).toBe(before);
  });

  it('turns up the disturbance and tells the station', async () => {
    const { page } = station;
    const slider = page.getByRole('slider', { name: ja['disturbance.noise'] });
    await slider.focus();
    await page.keyboard.press('End');
    await page.reload();
    await station.ready();
    expect(await page.getByRole('slider', { name: ja['disturbance.noise'] }).inputValue()).toBe('1');
  });

  it('pauses and resumes the line', async () => {
    const { page } = station;
    const pause = page.locator('.pause').first();
    await pause.click();
    await page.getByText(ja['source.status.paused']).first().waitFor();
    await expect
      .poll(
        async () => {
          const before = await counted();
          await page.waitForTimeout(2500);
          return (await counted()) - before;
        },
        { timeout: 20_000 },
      )
      .toBe(0);
    const before = await counted();
    await pause.click();
    await expect.poll(counted, { timeout: 20_000 }).toBeGreaterThan(before);
  });

  it('closes the guide for good', async () => {
    const { page } = station;
    await page.getByRole('button', { name: ja['guide.close'] }).click();
    await expect.poll(() => guide().count()).toBe(0);
    await page.reload();
    await station.ready();
    expect(await guide().count()).toBe(0);
  });

  it('complained about nothing and asked nothing of other computers', () => {
    expect(station.complaints).toEqual([]);
    expect(station.strayRequests).toEqual([]);
  });
});
