import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pageFolder } from '../../build/folders.ts';
import { freshPage } from '../../build/freshness.ts';
import type { ChannelName } from '../../electron/contract/channels.ts';
import { en } from '../../renderer/src/i18n/en.ts';
import { serveFakeStation, type FakeServer } from '../support/fakeServer.ts';
import { browserPath, launch, outputFolder } from '../support/stationPage.ts';

/** Places that ask the station for what they show. */
const places = [
  'trends',
  'review/queue',
  'review/grid',
  'review/limits',
  'review/results',
  'review/sampling',
  'retrain',
  'rollout',
  'history',
  'roi',
  'settings/thresholds/1',
  'settings/backup',
  'settings/reports',
  'settings/keys',
  'settings/check',
  'settings/audit',
  'settings/about',
];
/** Asked in the background; where they fail, something else says so or nothing is missed. */
const aside: readonly ChannelName[] = ['people.stay', 'station.snapshot'];
/** Longer than a word of loading holds back. */
const aMomentMs = 600;
const page1280 = { width: 1280, height: 800 };

describe.skipIf(browserPath === null)('a place whose data is', () => {
  let server: FakeServer;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    await freshPage(() => undefined);
    server = await serveFakeStation(pageFolder);
    server.station.snapshot.settings.language = 'en';
    server.station.snapshot.settings.greeted = true;
    browser = await launch(browserPath as string);
    page = await browser.newPage({ viewport: page1280 });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  const open = async (place: string) => {
    await page.goto('about:blank');
    await page.goto(`${server.url}#/${place}`);
    await page.locator('[data-ready=true]').waitFor();
    await page.waitForTimeout(aMomentMs);
  };
  const empty = () =>
    page
      .locator('main [data-empty]')
      .evaluateAll((all) => all.map((element) => element.getAttribute('data-empty')));
  const loading = () => page.locator('main [data-loading]:not(:empty)').count();
  const again = () => page.locator('main [role=alert]').getByRole('button', { name: en['common.again'] });

  it.each(places)('on its way, then not to be had, then there: %s', async (place) => {
    const { station } = server;
    station.failures.clear();
    const release = station.hold();
    const before = station.calls.length;
    await open(place);
    expect(await empty(), 'nothing is called empty before an answer').toEqual([]);
    expect(await loading(), 'it is said to be on its way').toBeGreaterThan(0);
    await page.screenshot({ path: join(outputFolder, `state-loading-${place.replaceAll('/', '-')}.png`) });

    const asked = new Set(station.calls.slice(before).map(({ name }) => name));
    for (const name of asked) {
      if (!aside.includes(name)) station.failures.set(name, { kind: 'databaseLocked', params: {} });
    }
    release();
    await again().first().waitFor();
    expect(await empty(), 'a failure is not nothing').toEqual([]);
    expect(await loading(), 'a failure is not on its way').toBe(0);
    await page.screenshot({ path: join(outputFolder, `state-failed-${place.replaceAll('/', '-')}.png`) });

    station.failures.clear();
    // That product has no return on investment in the stand-in.
    if (place === 'roi') return;
    await expect
      .poll(async () => {
        // It may be gone already, because of the click before.
        await again()
          .first()
          .click({ timeout: aMomentMs })
          .catch(() => undefined);
        return again().count();
      })
      .toBe(0);
    await expect.poll(loading).toBe(0);
    await page.screenshot({ path: join(outputFolder, `state-there-${place.replaceAll('/', '-')}.png`) });
  });

  it('not to be had in one panel, beside others that are there', async () => {
    const { station } = server;
    station.failures.set('drift.report', { kind: 'databaseLocked', params: {} });
    await open('trends');
    const drift = page.getByRole('region', { name: en['drift.title'] });
    await drift.getByRole('alert').waitFor();
    expect(await again().count()).toBe(1);
    expect(await drift.locator('[data-empty]').count()).toBe(0);
    station.failures.clear();
    await again().click();
    await drift.locator('[data-empty=drift]').waitFor();
  });

  it('rules of line stops that cannot be read are not taken for none, and not saved over', async () => {
    const { station } = server;
    station.failures.set('lineStop.rules', { kind: 'databaseLocked', params: {} });
    await open('trends');
    await page.getByRole('button', { name: en['lineStop.rules'] }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('alert').waitFor();
    expect(await dialog.getByRole('checkbox').count()).toBe(0);
    await dialog.getByLabel(en['lineStop.reason']).fill('a reason');
    expect(await dialog.getByRole('button', { name: en['common.save'] }).isDisabled()).toBe(true);
    station.failures.clear();
    await dialog.getByRole('button', { name: en['common.again'] }).click();
    await dialog.getByRole('checkbox').first().waitFor();
    await expect.poll(() => dialog.getByRole('button', { name: en['common.save'] }).isDisabled()).toBe(false);
  });
});
