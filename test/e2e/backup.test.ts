import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { en } from '../../renderer/src/i18n/en.ts';
import { ja } from '../../renderer/src/i18n/ja.ts';
import { withSignature } from '../support/carriedParts.ts';
import { barriers } from '../support/screenChecks.ts';
import { browserPath, openStation, type StationPage } from '../support/stationPage.ts';

describe.skipIf(browserPath === null)('backups', () => {
  let station: StationPage;
  beforeAll(async () => {
    station = await openStation();
    mkdirSync(join(station.folder, 'share'));
    await station.page.waitForFunction(() => document.querySelectorAll('.strip button').length >= 1);
  });
  afterAll(() => station?.close());

  /** At both sizes, nothing of it outside the window. */
  async function pictures(name: string, show = () => Promise.resolve()): Promise<void> {
    for (const [width, height] of [
      [1280, 800],
      [1920, 1080],
    ] as const) {
      await station.page.setViewportSize({ width, height });
      await show();
      const wider = await station.page.evaluate(
        () => document.documentElement.scrollWidth - window.innerWidth,
      );
      expect(wider).toBeLessThanOrEqual(0);
      await station.screenshot(`${name}-${width}`);
    }
    expect(await barriers(station.page), name).toEqual([]);
  }

  for (const [language, words] of [
    ['ja', ja],
    ['en', en],
  ] as const) {
    it(`are made, checked and restored: ${language}`, async () => {
      const { page, folder } = station;
      const button = (name: string) => page.getByRole('button', { name, exact: true });
      await page.evaluate(() => (location.hash = '#/settings/display'));
      await page.locator('select:has(option[value=ja])').selectOption(language);
      await expect.poll(() => page.locator('html').getAttribute('lang')).toBe(language);
      await page.evaluate(() => (location.hash = '#/settings/backup'));
      await page.locator('[data-forecast]').waitFor();
      if (language === 'ja') {
        await button(words['folder.choose']).click();
        const path = page.getByLabel(words['folder.path']);
        await path.fill(join(folder, 'share'));
        await button(words['folder.open']).click();
        await button(words['folder.use']).click();
      }
      await button(words['backup.now']).click();
      await page.locator('[data-job=backup][data-state=done]').waitFor();
      await page.locator('[data-backup]').first().waitFor();
      await pictures(`backup-${language}`);
      await button(words['backup.check']).first().click();
      await page.locator('[data-job=backupCheck][data-state=done]').waitFor();
      await button(words['backup.database.now']).click();
      await page.locator('[data-check=true]').waitFor();
      await page.locator('[data-forecast]').scrollIntoViewIfNeeded();
      await pictures(`backup-storage-${language}`);

      await button(words['backup.restore']).first().click();
      await page.getByLabel(words['backup.restore.reason']).fill('e2e');
      await pictures(`backup-restore-${language}`);
      await button(words['backup.restore.do']).click();
      await page.locator('.notice').first().waitFor();
      await station.ready();
      await pictures(`backup-restored-${language}`);
      await button(words['common.understood']).first().click();
      const kept = readdirSync(join(folder, 'data')).filter((name) => name.startsWith('before-restore-'));
      expect(kept.length).toBe(language === 'ja' ? 1 : 2);
    });
  }

  it('take a product to a file, and bring it back under another name', async () => {
    const { page, folder } = station;
    const button = (name: string) => page.getByRole('button', { name, exact: true });
    const openShare = async () => {
      await page.getByLabel(en['folder.path']).fill(join(folder, 'share'));
      await button(en['folder.open']).click();
    };
    await button(en['carry.export']).click();
    await openShare();
    await button(en['folder.use']).click();
    await page.locator('[data-job=productExport][data-state=done]').waitFor();
    const [file] = readdirSync(join(folder, 'share')).filter((name) => name.endsWith('.kenro'));
    await page.getByLabel(en['carry.name']).fill('From the other line');
    await button(en['carry.import']).click();
    await openShare();
    await page.getByRole('dialog').getByText(file!).click();
    await page.locator('[data-job=productImport][data-state=done]').waitFor();
    await page.locator('option', { hasText: 'From the other line' }).first().waitFor({ state: 'attached' });
    await page.locator('[data-job=productImport]').scrollIntoViewIfNeeded();
    await pictures('backup-carry-en');
  });

  it('refuse a product whose signature was taken away, until an administrator answers for it', async () => {
    const { page, folder } = station;
    const button = (name: string) => page.getByRole('button', { name, exact: true });
    const [file] = readdirSync(join(folder, 'share')).filter((name) => name.endsWith('.kenro'));
    await withSignature(join(folder, 'share', file!), 'null');
    await page.getByLabel(en['carry.name']).fill('Unsigned');
    await button(en['carry.import']).click();
    await page.getByLabel(en['folder.path']).fill(join(folder, 'share'));
    await button(en['folder.open']).click();
    await page.getByRole('dialog').getByText(file!).click();
    await page.locator('[data-job=productImport][data-state=failed]').waitFor();
    for (const [language, words] of Object.entries({ ja, en })) {
      await page.getByRole('button', { name: language === 'en' ? 'English' : '日本語' }).click();
      await button(words['carry.allow']).click();
      await page.getByRole('dialog').getByText(words['carry.allowText']).waitFor();
      await pictures(`backup-untrusted-${language}`);
      await button(words['common.cancel']).last().click();
      await pictures(`backup-refused-${language}`, () =>
        button(words['carry.allow']).scrollIntoViewIfNeeded(),
      );
    }
    await button(en['carry.allow']).click();
    await page.getByLabel(en['lineStop.reason']).fill('fetched it myself');
    await page.getByRole('dialog').getByRole('button', { name: en['carry.allow'] }).click();
    await page.locator('[data-job=productImport][data-state=done]').waitFor();
    await page.locator('option', { hasText: 'Unsigned' }).first().waitFor({ state: 'attached' });
  });

  it('leave no complaint on the page', () => {
    expect(station.complaints).toEqual([]);
    expect(station.strayRequests).toEqual([]);
  });
});
