import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ja } from '../../renderer/src/i18n/ja.ts';
import { browserPath, openStation, type StationPage } from '../support/stationPage.ts';

describe.skipIf(browserPath === null)('an engine killed in the middle of a run', () => {
  let station: StationPage;

  beforeAll(async () => {
    station = await openStation();
    await station.page.waitForFunction(() => document.querySelectorAll('.strip button').length >= 3);
  });
  afterAll(() => station?.close());

  const chip = () => station.page.locator('.chip', { hasText: ja['top.engine'] });

  it('is replaced; the page says so and parts go on', async () => {
    const { page } = station;
    const pid = Number(/\d+/.exec((await chip().getAttribute('title')) ?? '')?.[0]);
    expect(pid).toBeGreaterThan(1);
    const newest = () =>
      page
        .locator('.strip button')
        .last()
        .getAttribute('aria-label')
        .then((label) => Number(/\d+/.exec(label ?? '')?.[0]));
    const before = await newest();
    process.kill(pid, 'SIGKILL');
    await chip().getByText('再起動 1 回').waitFor({ timeout: 10_000 });
    await expect.poll(() => chip().textContent()).toContain(ja['engine.ready']);
    await expect.poll(newest, { timeout: 20_000 }).toBeGreaterThan(before + 2);
    await station.screenshot('engine-restarted');
  });

  it('loses no part and judges none twice', async () => {
    const { page } = station;
    await page.locator('.pause').first().click();
    await page.getByText(ja['source.status.paused']).first().waitFor();
    await page.getByRole('link', { name: ja['nav.history'] }).click();
    await page.locator('.row').first().waitFor();
    const origins = (await page.locator('.row > span:nth-child(5)').allTextContents()).map(Number);
    expect(origins.length).toBeGreaterThan(3);
    const expected = origins.map((_, index) => (origins[0] ?? 0) - index);
    expect(origins).toEqual(expected);
    // Pictures that only the killed engine still held are gone; the browser notes each of them.
    expect(station.complaints.filter((text) => !text.includes('/picture/'))).toEqual([]);
  });
});
