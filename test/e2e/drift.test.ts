import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DemoConfig } from '../../electron/contract/domain.ts';
import { en } from '../../renderer/src/i18n/en.ts';
import { ja } from '../../renderer/src/i18n/ja.ts';
import { recordReference } from '../support/driftReference.ts';
import { secondScreen } from '../support/secondScreen.ts';
import { barriers } from '../support/screenChecks.ts';
import { browserPath, openStation, type StationPage } from '../support/stationPage.ts';

const large = { width: 1920, height: 1080 };
const small = { width: 1280, height: 800 };
/** For the parts of a window or two, on a computer that is busy with other tests. */
const windowMs = 150_000;
const driftMs = 240_000;

describe.skipIf(browserPath === null)('drift on the demo line', () => {
  let station: StationPage;

  beforeAll(async () => {
    station = await openStation(small);
    await station.page.locator('[data-verdict]').waitFor();
  });
  afterAll(() => station?.close());

  const inBothSizes = async (name: string) => {
    await station.page.locator('[data-drift]').scrollIntoViewIfNeeded();
    await station.screenshot(name);
    await station.page.setViewportSize(large);
    await station.page.locator('[data-drift]').scrollIntoViewIfNeeded();
    await station.screenshot(`${name}-large`);
    await station.page.setViewportSize(small);
    expect(await barriers(station.page), name).toEqual([]);
  };

  const open = (room: string) => station.page.getByRole('link', { name: room, exact: true }).click();

  it(
    'gathers a reference first',
    async () => {
      const { page } = station;
      await open(ja['nav.trends']);
      await page.locator('[data-gathering]').waitFor({ timeout: windowMs });
      await inBothSizes('drift-gathering');
    },
    windowMs + 60_000,
  );

  it(
    'says that nothing has moved, feature by feature, once the reference is complete',
    async () => {
      const { page } = station;
      await page.locator('[data-gathering]').waitFor();
      await station.stopShell();
      await recordReference(join(station.folder, 'data'));
      await station.restart();
      station.complaints.length = 0;
      await speedUp();
      await open(ja['nav.trends']);
      await page.locator('[data-feature=brightness]').waitFor({ timeout: windowMs });
      expect(await page.locator('[data-drift]').getAttribute('data-drift')).toBe('steady');
      expect(await page.locator('[data-feature]').count()).toBe(7);
      expect(await page.locator('[data-embedding]').getAttribute('data-embedding')).toBe('known');
      await inBothSizes('drift-steady');
    },
    windowMs + 120_000,
  );

  it(
    'raises an alarm for a noisier camera: what moved, since when, parts before and after, and what to do',
    async () => {
      const { page } = station;
      await open(ja['nav.inspect']);
      const noise = page.getByRole('slider', { name: ja['disturbance.noise'] });
      if (!(await noise.isVisible())) await page.locator('button.name').first().click();
      await noise.fill('0.3');
      await open(ja['nav.trends']);
      const alarm = page.locator('[data-alarm]');
      await alarm.waitFor({ timeout: driftMs });
      expect(await alarm.getAttribute('data-alarm')).toBe('camera');
      const risen = ja['drift.alarm.up'].replace('{feature}', ja['drift.feature.noise']);
      await alarm.getByText(risen).waitFor();
      await alarm.getByText(ja['drift.after']).waitFor();
      await inBothSizes('drift-alarm');
      await page.getByRole('button', { name: 'English' }).click();
      await alarm.getByText(en['drift.advice.camera']).waitFor();
      await inBothSizes('drift-alarm-en');
    },
    driftMs + 60_000,
  );

  it('is acknowledged with a reason, which is audited, and a new reference begins', async () => {
    const { page } = station;
    await page.locator('[data-alarm]').getByRole('button', { name: en['drift.acknowledge'] }).click();
    const dialog = page.getByRole('dialog');
    const confirm = dialog.getByRole('button', { name: en['drift.acknowledge'] });
    expect(await confirm.isDisabled()).toBe(true);
    await dialog.getByLabel(en['drift.reason']).fill('gain set back');
    await dialog.getByLabel(en['drift.resets']).check();
    await confirm.click();
    await page.locator('[data-alarm]').waitFor({ state: 'detached' });
    await page.locator('[data-gathering]').waitFor();
    await page.getByText(en['drift.earlier']).click();
    await page.getByText('gain set back').waitFor();
    await inBothSizes('drift-acknowledged-en');
    // Parts of the reference were put on record without pictures.
    expect(station.complaints.filter((complaint) => !complaint.includes('/picture/'))).toEqual([]);
    expect(station.strayRequests).toEqual([]);
  });

  /** Twenty parts a second, if the computer keeps up. */
  async function speedUp() {
    const line = await secondScreen(station.page);
    const [source] = (await line.call('station.snapshot', {})).sources;
    const config = { ...(source!.config as DemoConfig), intervalMs: 50 };
    await line.call('source.change', { id: source!.id, config });
  }
});
