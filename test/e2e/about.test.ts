import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pageFolder } from '../../build/folders.ts';
import { freshPage } from '../../build/freshness.ts';
import { en } from '../../renderer/src/i18n/en.ts';
import { ja } from '../../renderer/src/i18n/ja.ts';
import { serveFakeStation, type FakeServer } from '../support/fakeServer.ts';
import { browserPath, launch, openStation, outputFolder, type StationPage } from '../support/stationPage.ts';

describe.skipIf(browserPath === null)('About Kenro', () => {
  let station: StationPage;

  beforeAll(async () => {
    station = await openStation();
    await station.page.locator('[data-verdict]').waitFor();
  });
  afterAll(() => station?.close());

  it('says which version runs, and why it is not updated from a file here', async () => {
    const { page } = station;
    await page.getByRole('link', { name: ja['nav.settings'], exact: true }).click();
    await page.getByRole('link', { name: ja['settings.about'] }).click();
    await page.getByRole('heading', { name: /^Kenro \d+\.\d+\.\d+$/ }).waitFor();
    await page.getByText(ja['update.obstacle.notInstalled']).waitFor();
    expect(await page.getByRole('button', { name: ja['update.choose'] }).count()).toBe(0);
  });

  it('names the software of others, finds it, and shows each licence', async () => {
    const { page } = station;
    const packages = page.locator('[data-package]');
    await packages.first().waitFor();
    expect(await packages.count()).toBeGreaterThan(15);
    await station.screenshot('about');
    await page.getByLabel(ja['about.find']).fill('LGPL');
    await expect.poll(() => packages.count()).toBe(1);
    await packages.locator('summary').click();
    await page.getByText('GNU LESSER GENERAL PUBLIC LICENSE').waitFor();

    await page.setViewportSize({ width: 1920, height: 1080 });
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByLabel(en['about.find']).fill('nothing is called this');
    await page.getByText(en['empty.packages']).waitFor();
    await page.getByLabel(en['about.find']).fill('svelte');
    await expect.poll(() => packages.count()).toBe(1);
    await station.screenshot('about-en');
    expect(station.complaints).toEqual([]);
    expect(station.strayRequests).toEqual([]);
  });
});

// An installed program cannot be had everywhere; what its page shows of updates can.
describe.skipIf(browserPath === null)(
  'updates from a file, as the page of an installed Kenro shows them',
  () => {
    let server: FakeServer;
    let browser: Browser;
    let page: Page;

    beforeAll(async () => {
      await freshPage(() => undefined);
      server = await serveFakeStation(pageFolder);
      browser = await launch(browserPath as string);
    });
    afterAll(async () => {
      await browser?.close();
      await server?.close();
    });
    async function open(width: number, height: number) {
      await page?.close();
      page = await browser.newPage({ viewport: { width, height } });
      await page.goto(`${server.url}#/settings/about`);
      await page.getByRole('heading', { name: 'Kenro 0.2.0' }).waitFor();
    }

    it('a file is looked at first, says what it is, and is installed for a reason', async () => {
      await open(1280, 800);
      await page.getByRole('button', { name: ja['update.choose'] }).click();
      await page.getByText('Kenro-0.3.0.kenroupdate').click();
      await page.getByText(ja['update.step.newer']).waitFor();
      await page.screenshot({ path: join(outputFolder, 'update-offer.png') });
      await page.getByRole('button', { name: '0.3.0' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('button', { name: ja['update.reason.new'] }).click();
      await dialog.getByRole('button', { name: '0.3.0' }).click();
      await page.getByText('sudo apt install "/home/line/Kenro/updates/install/kenro_0.3.0.deb"').waitFor();
    });

    it('the version before says which copy of the database it goes on with', async () => {
      await open(1920, 1080);
      await page.getByRole('button', { name: 'English' }).click();
      await page.getByText(en['update.before']).waitFor();
      await page.screenshot({ path: join(outputFolder, 'update-before-en.png') });
      await page.getByRole('button', { name: 'Go back to 0.1.0' }).click();
      await page.getByText(/goes on with the copy of/).waitFor();
      await page.getByRole('button', { name: 'Install 0.1.0' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel(en['update.reason']).fill('it hangs');
      await dialog.getByRole('button', { name: 'Install 0.1.0' }).click();
      await page.getByText(en['update.started']).waitFor();
    });
  },
);
