import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeModel } from '../../native-models/onnx/write.ts';
import { seededRandom } from '../../native-models/random.ts';
import { en } from '../../renderer/src/i18n/en.ts';
import { ja } from '../../renderer/src/i18n/ja.ts';
import { writeClassFolders } from '../support/classPictures.ts';
import { pickFolder } from '../support/pickFolder.ts';
import { smallClassifier } from '../support/smallClassifier.ts';
import { browserPath, openStation, type StationPage } from '../support/stationPage.ts';

const sizes = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
] as const;

describe.skipIf(browserPath === null)('somebody’s classifier', () => {
  let station: StationPage;
  const texts = { ja, en };
  const room = (hash: string) => station.page.goto(`${station.page.url().replace(/#.*$/, '')}#/${hash}`);

  /** Shows the page in both languages and at both sizes, each without anything cut off sideways. */
  const inBoth = async (name: string, look: (t: typeof ja | typeof en) => Promise<unknown>) => {
    const { page } = station;
    for (const language of ['en', 'ja'] as const) {
      await page.getByRole('button', { name: language === 'en' ? 'English' : '日本語' }).click();
      await expect.poll(() => page.locator('html').getAttribute('lang')).toBe(language);
      for (const size of sizes) {
        await page.setViewportSize(size);
        await look(texts[language]);
        await station.screenshot(`${name}-${language}-${size.width}`);
        const wide = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
        expect(wide).toBe(false);
      }
    }
    await page.setViewportSize(sizes[0]);
  };

  beforeAll(async () => {
    station = await openStation();
    const network = smallClassifier({ side: 32, channels: [4, 6], classes: 3, random: seededRandom(1) });
    await writeFile(join(station.folder, 'sorter.onnx'), writeModel(network));
    await writeFile(join(station.folder, 'labels.csv'), '0,ok\n1,spot\n2,stripe\n');
    await writeClassFolders(join(station.folder, 'classes'), 8);
    await station.page.locator('.pause').first().click();
  });
  afterAll(() => station?.close());

  it('is read, named, ticked for OK, and imported with what it is to be calibrated with', async () => {
    const { page } = station;
    await room('teach');
    await page.getByRole('radio', { name: ja['teach.way.import'] }).check();
    const start = page.getByRole('button', { name: ja['classes.import'], exact: true });
    expect(await start.isDisabled()).toBe(true);
    await page.getByText(ja['teach.missing.file'], { exact: true }).waitFor();

    const pickFile = async (button: string, name: string) => {
      await page.getByRole('button', { name: button }).click();
      const field = page.getByLabel(ja['folder.path']);
      await expect.poll(() => field.inputValue()).not.toBe('');
      await field.fill(station.folder);
      await field.press('Enter');
      await page.getByRole('dialog').getByRole('button', { name }).click();
    };
    await pickFile(ja['backbone.chooseFile'], 'sorter.onnx');
    await page.getByText(ja['teach.missing.labels'], { exact: true }).waitFor();
    // Two names for three classes are told, with both numbers.
    await page.locator('textarea').fill('ok\nspot');
    await expect.poll(() => page.locator('form .wrong').innerText()).toMatch(/2.*3|3.*2/);
    await page.locator('textarea').fill('ok\nspot\nspot');
    await page.getByText(ja['teach.missing.twice'], { exact: true }).first().waitFor();
    await pickFile(ja['classes.labelFile'], 'labels.csv');
    await expect.poll(() => page.locator('textarea').inputValue()).toBe('ok\nspot\nstripe');
    await expect.poll(() => page.getByRole('checkbox', { name: 'ok' }).isChecked()).toBe(true);
    await page.getByRole('button', { name: ja['folder.choose'], exact: true }).click();
    await pickFolder(page, join(station.folder, 'classes'));

    await inBoth('import-form', (t) => page.getByText(t['classes.heldOutHint']).waitFor());
    await start.click();
    const done = page.locator('article[data-job=done]');
    await done.waitFor({ timeout: 120_000 });
    expect(await done.innerText()).toContain('stripe');
  }, 200_000);

  it('says how each type came to its thresholds, and takes others in pairs only', async () => {
    const { page } = station;
    await room('settings/models');
    const card = page.locator('article', { hasText: 'stripe' }).first();
    const types = card.locator('details', { has: page.locator('form') });
    await types.locator('summary').click();
    // 8 images a class are all held back: enough of both kinds for some type, if it looks like it.
    const reasons = await types.locator('li').allInnerTexts();
    expect(reasons).toHaveLength(2);
    expect(reasons.map((text) => text.split(':')[0])).toEqual(['spot', 'stripe']);
    await inBoth('type-thresholds', (t) => card.getByText(t['model.byLabelHint']).scrollIntoViewIfNeeded());

    const field = (key: 'verdict.reviewThreshold' | 'verdict.ngThreshold') =>
      card.getByLabel(`stripe ${ja[key]}`);
    await field('verdict.reviewThreshold').fill('0.9');
    await field('verdict.ngThreshold').fill('0.4');
    await card.getByText(ja['model.byLabelWrong']).waitFor();
    const save = types.getByRole('button', { name: ja['common.save'] });
    expect(await save.isDisabled()).toBe(true);
    await field('verdict.ngThreshold').fill('0.95');
    expect(await save.isDisabled()).toBe(true);
    await types.getByLabel(ja['thresholds.reason']).fill('縞が浅い');
    await save.click();
    await expect.poll(() => save.isDisabled()).toBe(true);
    await page.reload();
    await station.ready();
    await types.locator('summary').click();
    await expect.poll(() => field('verdict.ngThreshold').inputValue()).toBe('0.95');
    expect(station.complaints).toEqual([]);
  });
});
