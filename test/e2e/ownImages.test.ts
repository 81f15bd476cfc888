import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ja } from '../../renderer/src/i18n/ja.ts';
import { writePart } from '../support/partImages.ts';
import { pickFolder } from '../support/pickFolder.ts';
import { browserPath, openStation, type StationPage } from '../support/stationPage.ts';

const goodImages = 24;

describe.skipIf(browserPath === null)('the way to own images', () => {
  let station: StationPage;
  let watched: string;

  beforeAll(async () => {
    station = await openStation();
    watched = join(station.folder, 'line');
    for (let index = 0; index < goodImages; index++) {
      await writePart(join(station.folder, 'good'), `good-${index}.png`, index, true);
    }
    await writePart(watched, 'first.png', 1000, true);
    await station.page.locator('[data-verdict]').waitFor();
  });
  afterAll(() => station?.close());

  it('teaches from a folder of good parts in one dialog', async () => {
    const { page } = station;
    await page.getByRole('button', { name: ja['guide.ownImages'] }).click();
    await page.getByRole('button', { name: ja['folder.choose'] }).click();
    await pickFolder(page, join(station.folder, 'good'));
    await page.getByLabel(ja['own.name']).fill('研磨板');
    await page.getByRole('button', { name: ja['own.teach'] }).click();
    await page.getByText(ja['own.watchFolder']).waitFor({ timeout: 400_000 });
    await station.screenshot('own-images');
  }, 450_000);

  it('judges the folder it is given and pauses the demo line', async () => {
    const { page } = station;
    await page.getByRole('button', { name: ja['folder.choose'] }).click();
    await pickFolder(page, watched);
    await page.getByRole('button', { name: ja['own.judge'] }).click();
    await page.locator('header dd', { hasText: '研磨板' }).first().waitFor();
    await expect.poll(() => page.locator('.facts').textContent(), { timeout: 30_000 }).toContain('研磨板');
  });

  it('tells a good part from a broken one, and an unreadable file from both', async () => {
    const { page } = station;
    await writePart(watched, 'second.png', 2000, true);
    await writePart(watched, 'broken.png', 3000, false);
    await writeFile(join(watched, 'text.png'), 'this is no picture');
    await page.getByRole('link', { name: ja['nav.history'] }).click();
    await page
      .getByRole('search')
      .getByRole('combobox', { name: ja['top.product'] })
      .selectOption({ label: '研磨板' });
    const row = (name: string) => page.locator('.row', { hasText: name });
    await expect
      .poll(
        async () => {
          const news = page.getByRole('button', { name: ja['history.news'] });
          // It may be gone again by itself between the look and the click.
          if (await news.isVisible()) await news.click({ timeout: 1_000 }).catch(() => null);
          return page.locator('.row').count();
        },
        { timeout: 30_000 },
      )
      .toBe(4);
    expect(await row('first.png').textContent()).toContain('OK');
    expect(await row('second.png').textContent()).toContain('OK');
    expect(await row('broken.png').textContent()).toContain('NG');
    expect(await row('text.png').textContent()).toContain(ja['verdict.REVIEW']);
    await row('text.png').click();
    await page.locator('article[data-part]').getByText('画像').first().waitFor();
    await station.screenshot('own-images-history');
  });

  it('teaches again from the teaching room and comes back to the previous model with a click', async () => {
    const { page } = station;
    await page.getByRole('link', { name: ja['nav.teach'], exact: true }).click();
    await page.getByRole('combobox', { name: ja['teach.product'] }).selectOption({ label: '研磨板' });
    await page.getByRole('button', { name: ja['folder.choose'] }).first().click();
    await pickFolder(page, join(station.folder, 'good'));
    await page.getByLabel(ja['teach.seed']).fill('2');
    await page.getByRole('button', { name: ja['teach.start'] }).click();
    const done = page.locator('article[data-job=done]');
    await expect.poll(() => done.count(), { timeout: 400_000 }).toBeGreaterThanOrEqual(2);
    const activate = done.first().getByRole('button', { name: ja['model.activate'] });
    await activate.click();
    await done.first().getByText(ja['model.active']).waitFor();
    await station.screenshot('teach');
    await done.nth(1).getByRole('button', { name: ja['model.activate'] }).click();
    await done.nth(1).getByText(ja['model.active']).waitFor();
  }, 450_000);

  it('names the folder and the remedy when there is none', async () => {
    const { page } = station;
    await page.getByRole('button', { name: ja['folder.choose'] }).first().click();
    const field = page.getByLabel(ja['folder.path']);
    await field.fill(join(station.folder, 'nowhere'));
    await field.press('Enter');
    const note = page.getByRole('dialog').getByRole('alert');
    await note.waitFor();
    expect(await note.textContent()).toContain('nowhere');
    expect(station.complaints).toEqual([]);
    expect(station.strayRequests).toEqual([]);
  });
});
