import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ja } from '../../renderer/src/i18n/ja.ts';
import { writeClassFolders } from '../support/classPictures.ts';
import { pickFolder } from '../support/pickFolder.ts';
import { browserPath, openStation, type StationPage } from '../support/stationPage.ts';

const fresh = 300;

describe.skipIf(browserPath === null)('a classifier', () => {
  let station: StationPage;
  let watched: string;
  const deliver = async (kind: string, number: number) => {
    const name = `${kind}-${number}.png`;
    await copyFile(join(station.folder, 'fresh', kind, name), join(watched, name));
  };

  beforeAll(async () => {
    station = await openStation();
    watched = join(station.folder, 'line');
    await mkdir(watched);
    await writeClassFolders(join(station.folder, 'classes'), 14);
    await writeClassFolders(join(station.folder, 'fresh'), 4, fresh);
    await station.page.locator('.pause').first().click();
  });
  afterAll(() => station?.close());

  it('is made from class folders, after a look at what was read', async () => {
    const { page } = station;
    await page.getByRole('link', { name: ja['nav.teach'], exact: true }).click();
    await page.getByRole('radio', { name: ja['teach.way.classes'] }).check();
    await page.getByRole('button', { name: ja['product.add'] }).click();
    await page.getByLabel(ja['own.name']).fill('表面');
    await page.getByRole('button', { name: ja['common.add'], exact: true }).click();
    await page.getByText(ja['empty.classes']).waitFor();
    const start = page.getByRole('button', { name: ja['teach.start'] });
    expect(await start.isDisabled()).toBe(true);

    await page.getByRole('button', { name: ja['folder.choose'] }).click();
    await pickFolder(page, join(station.folder, 'classes'));
    await page.getByRole('checkbox', { name: 'spot' }).waitFor();
    expect(await page.getByRole('checkbox', { name: 'ok' }).isChecked()).toBe(true);
    expect(await page.getByRole('checkbox', { name: 'spot' }).isChecked()).toBe(false);
    expect(await page.locator('form').innerText()).toContain('14 枚');
    await page.getByRole('checkbox', { name: 'ok' }).uncheck();
    await page.getByText(ja['teach.missing.okClass'], { exact: true }).waitFor();
    await page.getByRole('checkbox', { name: 'ok' }).check();
    await page.getByLabel(ja['teach.size']).selectOption('128');
    await station.screenshot('classifier-teach');
    await start.click();
    const done = page.locator('article[data-job=done]');
    await done.waitFor({ timeout: 200_000 });
    expect(await done.innerText()).toContain('stripe');
    expect(await done.innerText()).toContain(ja['model.heldOut']);
    await done.getByText(ja['model.active']).waitFor();
    await station.screenshot('classifier-made');
  }, 250_000);

  it('names the defect type on the part, large beside the verdict', async () => {
    const { page } = station;
    await page.goto(`${page.url().replace(/#.*$/, '')}#/settings/sources`);
    await page.getByRole('button', { name: ja['source.add'] }).click();
    await page.getByRole('dialog').getByRole('button', { name: ja['source.kind.folder'] }).click();
    await page.getByRole('dialog').getByRole('button', { name: ja['folder.choose'] }).click();
    await pickFolder(page, watched);
    await page.getByRole('dialog').getByLabel(ja['top.product']).selectOption({ label: '表面' });
    await page.getByRole('dialog').getByRole('button', { name: ja['common.add'], exact: true }).click();
    await page.getByRole('link', { name: ja['nav.inspect'], exact: true }).click();
    for (const kind of ['ok', 'stripe', 'spot']) await deliver(kind, fresh);
    await deliver('stripe', fresh + 1);
    const panel = page.locator('[data-verdict]');
    await expect.poll(() => panel.innerText(), { timeout: 60_000 }).toContain('stripe');
    expect(await panel.locator('.label').innerText()).toContain(ja['verdict.defect']);
    await station.screenshot('classifier-inspect');
  });

  it('has its defect types counted and listed', async () => {
    const { page } = station;
    await page.getByRole('link', { name: ja['nav.history'], exact: true }).click();
    await page.getByRole('combobox', { name: ja['top.product'] }).selectOption({ label: '表面' });
    const rows = async () => {
      const news = page.getByRole('button', { name: ja['history.news'] });
      if (await news.isVisible()) await news.click({ timeout: 1_000 }).catch(() => null);
      return page.locator('.row').count();
    };
    await expect.poll(rows, { timeout: 30_000 }).toBe(4);
    await page.getByRole('button', { name: ja['pareto.title'] }).click();
    const pareto = page.getByRole('region', { name: ja['pareto.title'] });
    await expect.poll(() => pareto.locator('li').allInnerTexts()).toHaveLength(2);
    const [first, second] = await pareto.locator('li').allInnerTexts();
    expect(first?.split(/\s+/)).toEqual(['stripe', '2', '66.7%']);
    expect(second?.split(/\s+/)).toEqual(['spot', '1', '100.0%']);
    await station.screenshot('classifier-pareto');
    await pareto.getByRole('button', { name: 'spot' }).click();
    await expect.poll(() => page.locator('.row').count()).toBe(1);
    expect(await page.getByRole('combobox', { name: ja['history.label'] }).inputValue()).toBe('spot');
    await page.locator('.row').click();
    const detail = page.locator('article[data-part]');
    await detail.waitFor();
    expect(await detail.locator('header').innerText()).toContain('spot');
    await expect.poll(() => detail.locator('canvas').count()).toBeGreaterThan(0);
    await station.screenshot('classifier-part');
    expect(station.complaints).toEqual([]);
    expect(station.strayRequests).toEqual([]);
  });
});
