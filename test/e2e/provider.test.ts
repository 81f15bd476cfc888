import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { en } from '../../renderer/src/i18n/en.ts';
import { ja } from '../../renderer/src/i18n/ja.ts';
import { browserPath, openStation, type StationPage } from '../support/stationPage.ts';

const measureMs = 240_000;

describe.skipIf(browserPath === null)('the compute device', () => {
  let station: StationPage;

  beforeAll(async () => {
    station = await openStation();
    await station.page.locator('[data-verdict]').waitFor();
  });
  afterAll(() => station?.close());

  it(
    'is measured on the models in use, and why one judges is said',
    async () => {
      const { page } = station;
      await page.getByRole('link', { name: ja['nav.settings'], exact: true }).click();
      await page.getByRole('link', { name: ja['settings.provider'] }).click();
      await page.getByText(ja['empty.provider']).waitFor();
      await station.screenshot('provider-empty');
      await page.getByRole('button', { name: ja['provider.measure'] }).click();
      await page.getByRole('button', { name: ja['provider.measuring'] }).waitFor();
      const processor = page.getByRole('row', { name: ja['provider.name.cpu'] });
      await processor.waitFor({ timeout: measureMs });
      // Whatever else this computer has: its processor was timed.
      expect(await processor.textContent()).toMatch(/\d+(\.\d)? ms/);
      await page.getByRole('button', { name: ja['provider.measure'] }).waitFor();
      await station.screenshot('provider');
    },
    measureMs + 60_000,
  );

  it('is kept within the memory that is allowed for it', async () => {
    const { page } = station;
    await page.getByLabel(ja['provider.limit']).selectOption({ label: '1,024 MB' });
    await page.getByRole('link', { name: ja['settings.audit'] }).click();
    await page.getByText(ja['audit.action.settings.change']).first().waitFor();
    await page.getByRole('link', { name: ja['settings.provider'] }).click();
    expect(await page.getByLabel(ja['provider.limit']).inputValue()).toBe('1024');
  });

  it('stays the processor when a device is asked for that has not passed', async () => {
    const { page } = station;
    const row = page.getByRole('row', { name: ja['provider.name.webgpu'] });
    const hasDevice = /\d+(\.\d)? ms/.test((await row.textContent()) ?? '');
    await page.getByLabel(ja['provider.wish']).selectOption('webgpu');
    if (!hasDevice) await page.getByRole('alert').waitFor();
    const name = ja[hasDevice ? 'provider.name.webgpu' : 'provider.name.cpu'];
    await page.getByText(ja['provider.active'].replace('{provider}', name)).waitFor();
    await page.setViewportSize({ width: 1920, height: 1080 });
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByText(en['provider.hint']).waitFor();
    await station.screenshot('provider-en');
    await page.getByLabel(en['provider.wish']).selectOption('cpu');
    expect(station.complaints).toEqual([]);
    expect(station.strayRequests).toEqual([]);
  });

  it('trusts no measurement of another version of onnxruntime, and says so', async () => {
    const { page } = station;
    const file = join(station.folder, 'data', 'providers.json');
    await station.stopShell();
    const measured = JSON.parse(await readFile(file, 'utf8')) as { runtime: string };
    await writeFile(file, JSON.stringify({ ...measured, runtime: '1.0.0' }));
    await station.restart();
    await page.getByRole('link', { name: en['nav.settings'], exact: true }).click();
    await page.getByRole('link', { name: en['settings.provider'] }).click();
    await page.getByRole('status').filter({ hasText: '1.0.0' }).waitFor();
    await station.screenshot('provider-outdated-en');
  });

  it('is told on the card of every model, with what was compared there', async () => {
    const { page } = station;
    await page.getByRole('link', { name: en['settings.models'] }).click();
    const cards = page.locator('article[data-model]');
    await cards.getByText(en['model.parity.made']).first().waitFor();
    // Those of the lines that have not run yet.
    expect(await cards.getByText(en['model.parity.none']).count()).toBe(2);
    await station.screenshot('model-parity-en');
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.getByRole('button', { name: '日本語' }).click();
    await cards.getByText(ja['model.parity.made']).first().waitFor();
    await station.screenshot('model-parity');
  });
});
