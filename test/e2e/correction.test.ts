import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawPart } from '../../native-models/images/procedural/draw.ts';
import { en } from '../../renderer/src/i18n/en.ts';
import { ja } from '../../renderer/src/i18n/ja.ts';
import { pickFolder } from '../support/pickFolder.ts';
import { browserPath, openStation, type StationPage } from '../support/stationPage.ts';

const goodImages = 44;

describe.skipIf(browserPath === null)('correcting position and light', () => {
  let station: StationPage;
  let good: string;
  const done = () => station.page.locator('article[data-job=done]');

  beforeAll(async () => {
    station = await openStation();
    good = join(station.folder, 'good');
    await mkdir(good);
    for (let index = 0; index < goodImages; index++) {
      const disturbances = { light: 0, blur: 0, noise: 0 };
      const { picture } = drawPart({ part: 'tile', seed: 3, index, defectRate: 0, disturbances });
      const { width, height, channels, data } = picture;
      await sharp(data, { raw: { width, height, channels } })
        .png()
        .toFile(join(good, `${index}.png`));
    }
  });
  afterAll(() => station?.close());

  it('is measured on the parts, and its figures stand on the model’s card', async () => {
    const { page } = station;
    await page.locator('.pause').first().click();
    await page.getByRole('link', { name: ja['nav.teach'], exact: true }).click();
    await page.getByRole('button', { name: ja['folder.choose'], exact: true }).first().click();
    await pickFolder(page, good);
    await page.getByLabel(ja['teach.size']).selectOption('128');
    expect(await page.getByRole('radio', { name: ja['correction.measure'] }).isChecked()).toBe(true);
    await page.getByRole('button', { name: ja['teach.start'] }).click();
    await done().waitFor({ timeout: 300_000 });
    const facts = done().locator('.correction');
    const text = await facts.innerText();
    expect(text).toContain(ja['correction.position']);
    expect(text).toMatch(/→/);
    await facts.scrollIntoViewIfNeeded();
    await station.screenshot('correction-card-ja');
    await page.getByRole('button', { name: 'English' }).click();
    await page.setViewportSize({ width: 1920, height: 1080 });
    await facts.getByText(en['correction.title']).waitFor();
    await station.screenshot('correction-card-en-1920');
    await page.getByRole('button', { name: '日本語' }).click();
    await page.setViewportSize({ width: 1280, height: 800 });
  }, 350_000);

  it('is decided by a person only for a reason, which the audit trail keeps', async () => {
    const { page } = station;
    await page.getByRole('radio', { name: ja['correction.decide'] }).check();
    const start = page.getByRole('button', { name: ja['teach.start'] });
    expect(await start.isDisabled()).toBe(true);
    await page.getByText(ja['teach.missing.reason'], { exact: true }).waitFor();
    await page.getByRole('combobox', { name: ja['correction.light'], exact: true }).selectOption('gain');
    await page.getByLabel(ja['correction.reason']).fill('照明を替えたばかり');
    await page.getByText(ja['correction.hint']).scrollIntoViewIfNeeded();
    await station.screenshot('correction-form-ja');
    await start.click();
    await expect.poll(() => done().count(), { timeout: 120_000 }).toBe(2);
    const text = await done().first().locator('.correction').innerText();
    expect(text).toContain(ja['correction.light.gain']);
    expect(text).toContain('照明を替えたばかり');
    await page.goto(`${page.url().replace(/#.*$/, '')}#/settings/audit`);
    await page.getByText('照明を替えたばかり').first().waitFor();
    expect(station.complaints).toEqual([]);
  }, 200_000);
});
