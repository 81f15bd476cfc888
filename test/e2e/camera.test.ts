import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ja } from '../../renderer/src/i18n/ja.ts';
import { browserPath, openStation, type StationPage } from '../support/stationPage.ts';

/** Chromium's own test camera stands in for a real one. */
describe.skipIf(browserPath === null)('a camera', () => {
  let station: StationPage;

  beforeAll(async () => {
    station = await openStation();
    const { page } = station;
    await page.locator('[data-verdict]').waitFor();
    await page.locator('.pause').first().click();
    await page.getByRole('link', { name: ja['nav.settings'] }).click();
    await page.getByRole('button', { name: ja['source.add'] }).click();
    await page.getByRole('button', { name: ja['source.kind.camera'] }).click();
    await page.getByLabel(ja['source.name']).fill('検査カメラ');
    await page.getByRole('dialog').getByRole('button', { name: ja['common.add'], exact: true }).click();
    await page.locator('article', { hasText: '検査カメラ' }).waitFor();
    await page.getByRole('link', { name: ja['nav.inspect'] }).click();
    await page
      .getByRole('button', { name: /検査カメラ/ })
      .first()
      .click();
    await page.waitForFunction(() => (document.querySelector('video')?.videoWidth ?? 0) > 0);
  });
  afterAll(() => station?.close());

  const facts = () => station.page.locator('.facts').textContent();

  it('takes a part when a barcode reader has typed its serial and Enter', async () => {
    const { page } = station;
    const serial = page.getByLabel(ja['camera.serial']);
    await serial.focus();
    await page.keyboard.type('SN-0042\n');
    await expect.poll(facts, { timeout: 20_000 }).toContain('SN-0042');
    expect(await serial.inputValue()).toBe('');
    await expect.poll(() => page.locator('.stage[data-part]').count()).toBe(1);
    await station.screenshot('camera');
  });

  it('takes one with the space key, but not while a field or button has the focus', async () => {
    const { page } = station;
    const before = await page.locator('.strip button').count();
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await page.keyboard.press('Space');
    await expect.poll(() => page.locator('.strip button').count(), { timeout: 20_000 }).toBe(before + 1);
    await page.getByLabel(ja['camera.serial']).focus();
    await page.keyboard.press('Space');
    await page.waitForTimeout(1500);
    expect(await page.locator('.strip button').count()).toBe(before + 1);
  });

  it('lets go of the camera when its source is paused', async () => {
    const { page } = station;
    await page.getByRole('button', { name: '検査カメラ を一時停止' }).click();
    await expect.poll(() => page.locator('video').count()).toBe(0);
    expect(station.complaints).toEqual([]);
  });
});
