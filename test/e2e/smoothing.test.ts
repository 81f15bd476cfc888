import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smoothingLimits } from '../../electron/contract/smoothing.ts';
import { en } from '../../renderer/src/i18n/en.ts';
import { ja } from '../../renderer/src/i18n/ja.ts';
import { browserPath, openStation, type StationPage } from '../support/stationPage.ts';

const large = { width: 1920, height: 1080 };
const small = { width: 1280, height: 800 };
const certifiedMs = 120_000;
const previewMs = 30_000;

describe.skipIf(browserPath === null)('looks under noise', () => {
  let station: StationPage;

  beforeAll(async () => {
    station = await openStation(small);
    await station.page.locator('[data-verdict]').waitFor();
  });
  afterAll(() => station?.close());

  const inBothSizes = async (name: string) => {
    await station.screenshot(name);
    await station.page.setViewportSize(large);
    await station.screenshot(`${name}-large`);
    await station.page.setViewportSize(small);
  };

  it('are set for a product, with a preview on its own parts', async () => {
    const { page } = station;
    await page.getByRole('link', { name: ja['nav.settings'], exact: true }).click();
    await page.getByRole('link', { name: ja['settings.products'] }).click();
    await page.getByText(ja['smoothing.off']).first().waitFor();
    await page.getByRole('button', { name: ja['smoothing.title'] }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(ja['smoothing.light']).waitFor();
    await dialog.getByLabel(ja['smoothing.use']).check();
    const noisy = dialog.locator('img[data-noisy]');
    await noisy.waitFor();
    const weak = await noisy.getAttribute('src');

    const save = dialog.getByRole('button', { name: ja['common.save'] });
    await dialog.getByLabel(ja['smoothing.sigma']).fill('0');
    await dialog.getByRole('alert').waitFor();
    expect(await save.isDisabled()).toBe(true);
    await dialog.getByLabel(ja['smoothing.sigma']).fill('0.1');
    await expect.poll(() => noisy.getAttribute('src'), { timeout: previewMs }).not.toBe(weak);
    expect(await save.isDisabled()).toBe(false);
    await dialog.getByLabel(ja['smoothing.budget']).fill(String(smoothingLimits.budgetMs.min));
    await dialog.getByText(ja['smoothing.tooSlow']).waitFor();
    await inBothSizes('smoothing-settings');

    await dialog.getByLabel(ja['smoothing.sigma']).fill('0.01');
    await dialog.getByLabel(ja['smoothing.margin']).fill(String(100 * smoothingLimits.margin.max));
    await dialog.getByLabel(ja['smoothing.budget']).fill(String(smoothingLimits.budgetMs.max));
    await dialog.getByText(ja['smoothing.tooSlow']).waitFor({ state: 'detached' });
    await save.click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByText(ja['smoothing.on'].replace('{radius}', '0.0025')).waitFor();
    await station.screenshot('smoothing-products');
  });

  it(
    'say beside the verdict what it withstands',
    async () => {
      const { page } = station;
      await page.getByRole('link', { name: ja['nav.inspect'], exact: true }).click();
      await page.locator('.withstands').waitFor({ timeout: certifiedMs });
      await inBothSizes('smoothing-inspect');
    },
    certifiedMs + 60_000,
  );

  it(
    'are told on the page of a part, and repeated there with the same result',
    async () => {
      const { page } = station;
      const certified = ja['verdict.withstands'].split('{radius}')[1]!;
      await page.locator('.withstands', { hasText: certified }).waitFor({ timeout: certifiedMs });
      await page.locator('.pause').first().click();
      await page.getByRole('link', { name: ja['nav.history'], exact: true }).click();
      await page.getByRole('search').getByRole('button', { name: ja['verdict.OK'], exact: true }).click();
      await page.locator('.row').first().click();
      const note = page.locator('[data-certificate=certified]');
      await note.waitFor();
      await note.getByRole('button', { name: ja['certificate.repeat'] }).click();
      await note.locator('[data-same=true]').waitFor({ timeout: certifiedMs });
      await inBothSizes('smoothing-part');
      await page.getByRole('button', { name: 'English' }).click();
      await note.getByText(en['certificate.same']).waitFor();
      await note.scrollIntoViewIfNeeded();
      await inBothSizes('smoothing-part-en');
    },
    certifiedMs * 2 + 60_000,
  );

  it('are counted', async () => {
    const { page } = station;
    await page.getByRole('link', { name: en['nav.settings'], exact: true }).click();
    await page.getByRole('link', { name: en['settings.products'] }).click();
    await page.getByRole('button', { name: en['smoothing.title'] }).first().click();
    const [today] = en['smoothing.today'].split(' {share}');
    await page.getByRole('dialog').getByText(today!).waitFor();
    await inBothSizes('smoothing-settings-en');
    expect(station.complaints).toEqual([]);
    expect(station.strayRequests).toEqual([]);
  });
});
