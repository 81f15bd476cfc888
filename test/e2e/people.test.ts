import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TextKey } from '../../renderer/src/i18n/i18n.svelte.ts';
import { ja } from '../../renderer/src/i18n/ja.ts';
import { browserPath, openStation, type StationPage } from '../support/stationPage.ts';

const password = 'harbour-wall-7';
const pin = '482915';
const smallestTargetPx = 48;

describe.skipIf(browserPath === null)('people', () => {
  let station: StationPage;
  let recoveryCode: string;

  beforeAll(async () => {
    station = await openStation();
  });
  afterAll(() => station?.close());

  const dialog = () => station.page.getByRole('dialog');
  const button = (key: TextKey) => dialog().getByRole('button', { name: ja[key], exact: true });
  const open = (place: string) => station.page.evaluate((hash) => (location.hash = hash), `#/${place}`);
  const openSignIn = () => station.page.getByRole('navigation').first().getByRole('button').click();
  const settings = () => station.page.locator('section').first();

  async function setSecret(kind: 'pin' | 'password', secret: string): Promise<void> {
    await dialog()
      .getByRole('radio', { name: ja[`people.${kind}`] })
      .check();
    await dialog()
      .getByLabel(ja[kind === 'pin' ? 'people.newPin' : 'people.newPassword'])
      .fill(secret);
    await dialog().getByLabel(ja['people.again']).fill(secret);
  }

  it('before the first administrator, everything can be changed', async () => {
    await open('settings/products');
    expect(await station.page.locator('fieldset:disabled').count()).toBe(0);
    await open('settings/people');
    await station.page.getByText(ja['people.nobody']).waitFor();
    await station.screenshot('people-nobody-ja');
  });

  it('the first administrator is made, by keyboard alone, and the recovery code is shown once', async () => {
    const { page } = station;
    await page.getByRole('button', { name: ja['people.first'] }).press('Enter');
    await dialog().getByLabel(ja['common.name']).fill('佐藤');
    await setSecret('password', 'first-tide-88');
    await dialog().getByLabel(ja['people.again']).press('Enter');
    await expect.poll(() => dialog().getByRole('alert').count()).toBe(0);
    await button('people.makeFirst').waitFor({ state: 'hidden' });
    recoveryCode = (await dialog().locator('.code').textContent()) ?? '';
    expect(recoveryCode).toMatch(/^(\w{5}-){4}\w{5}$/);
    await station.screenshot('people-code-ja');
    await dialog().getByRole('checkbox').press('Space');
    await dialog().getByRole('button', { name: ja['common.close'] }).last().press('Enter');
    await dialog().waitFor({ state: 'hidden' });
    await expect.poll(() => page.getByRole('navigation').first().innerText()).toContain('佐藤');
  });

  it('adds a supervisor with a PIN; weak ones are refused with the reason', async () => {
    const { page } = station;
    await page.getByRole('button', { name: ja['people.add'] }).click();
    await dialog().getByLabel(ja['common.name']).fill('田中');
    await setSecret('pin', '123456');
    await button('people.add').click();
    await expect.poll(() => dialog().getByRole('alert').innerText()).toContain(ja['weakness.simple']);
    await setSecret('pin', pin);
    await button('people.add').click();
    await dialog().waitFor({ state: 'hidden' });
    await page.getByRole('article', { name: '田中' }).waitFor();
    await station.screenshot('people-list-ja');
  });

  it('signed out, what is changed is out of use and says why; watching and the human word go on', async () => {
    const { page } = station;
    await openSignIn();
    await button('people.signOut').click();
    await dialog().waitFor({ state: 'hidden' });
    await open('settings/products');
    await page.getByText(ja['access.needs'].replace('{role}', ja['role.qa'])).waitFor();
    expect(await page.getByRole('button', { name: ja['product.add'] }).isDisabled()).toBe(true);
    await station.screenshot('people-lacking-ja');
    await open('inspect');
    await page.locator('[data-verdict]').waitFor();
    await page.keyboard.press('o');
    await expect.poll(() => page.getByRole('status').last().innerText(), { timeout: 30_000 }).not.toBe('');
    await station.screenshot('people-inspect-ja');
  });

  it('a supervisor signs in at the PIN pad, whose keys a glove can hit', async () => {
    const { page } = station;
    await openSignIn();
    await dialog().getByText('田中').click();
    const pad = dialog().getByRole('group', { name: ja['people.pad'] });
    for (const key of await pad.getByRole('button').all()) {
      const box = (await key.boundingBox())!;
      expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(smallestTargetPx);
    }
    await station.screenshot('people-pad-ja');
    for (const digit of '999999') await pad.getByRole('button', { name: digit, exact: true }).click();
    await button('people.signIn').click();
    await expect.poll(() => dialog().getByRole('alert').innerText()).toContain('違います');
    for (const digit of pin) await pad.getByRole('button', { name: digit, exact: true }).click();
    await button('people.signIn').click();
    await dialog().waitFor({ state: 'hidden' });
    await open('settings/sources');
    await expect.poll(() => settings().locator('fieldset:disabled').count()).toBe(0);
    await open('settings/products');
    await page.getByText(ja['access.needs'].replace('{role}', ja['role.qa'])).waitFor();
  });

  it('the trail names who did what', async () => {
    const { page } = station;
    await open('settings/sources');
    await page.getByRole('button', { name: ja['source.pause'] }).first().click();
    await page.getByRole('button', { name: ja['source.resume'] }).first().click();
    await open('settings/audit');
    const newest = page.locator('tbody tr').first();
    await expect.poll(() => newest.innerText()).toContain('田中');
    expect(await newest.innerText()).toContain(ja['audit.action.source.change']);
    await station.screenshot('people-audit-ja');
  });

  it('the trail is verified on demand, filtered and exported, by whoever stands there', async () => {
    const { page } = station;
    await page.getByRole('button', { name: ja['audit.verify'] }).click();
    await page.locator('[data-audit=unbroken]').waitFor();
    await page.getByRole('search').getByRole('combobox').selectOption('people');
    await expect
      .poll(() => page.locator('tbody tr').first().innerText())
      .toContain(ja['audit.action.people.signIn']);
    await page.getByLabel(ja['audit.text']).fill('田中');
    await page.getByLabel(ja['audit.text']).press('Enter');
    await expect.poll(() => page.locator('tbody').innerText()).toContain(ja['audit.action.people.refused']);
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByText('CSV').click()]);
    const lines = (await readFile(await download.path(), 'utf8')).trim().split('\r\n');
    expect(lines.length - 1).toBe(await page.locator('tbody tr').count());
    await station.screenshot('audit-ja');
  });

  it('an entry that somebody changes in the file is found and named', async () => {
    const { page, folder } = station;
    const db = new Database(join(folder, 'data', 'kenro.db'));
    db.exec(`DROP TRIGGER audit_unchanged; UPDATE audit SET actor = 'Mallory' WHERE id = 2`);
    db.close();
    await page.getByRole('button', { name: ja['audit.verify'] }).click();
    await page.locator('[data-audit=changed]').waitFor();
    expect(await page.locator('[data-audit]').innerText()).toContain('2 番');
    await station.screenshot('audit-broken-ja');
  });

  it('the administrator who lost the password comes back in by the recovery code', async () => {
    const { page } = station;
    await openSignIn();
    await button('people.signOut').click();
    await openSignIn();
    await button('people.lost').click();
    await dialog().getByLabel(ja['people.recoveryCode']).fill(recoveryCode.toLowerCase());
    await setSecret('password', password);
    await station.screenshot('people-recover-ja');
    await button('people.recover').click();
    await dialog().locator('.code').waitFor();
    await dialog().getByRole('checkbox').check();
    await dialog().getByRole('button', { name: ja['common.close'] }).last().click();
    await expect.poll(() => page.getByRole('navigation').first().innerText()).toContain('佐藤');
  });

  it('fits in English and at full size too, and nothing went wrong', async () => {
    const { page } = station;
    for (const [language, width, height] of [
      ['en', 1280, 800],
      ['en', 1920, 1080],
      ['ja', 1920, 1080],
    ] as const) {
      await page.setViewportSize({ width, height });
      await open('settings/display');
      await page.locator('select:has(option[value=ja])').selectOption(language);
      await expect.poll(() => page.locator('html').getAttribute('lang')).toBe(language);
      await open('settings/people');
      await page.waitForTimeout(300);
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(wider).toBeLessThanOrEqual(0);
      await station.screenshot(`people-list-${language}-${width}`);
      await openSignIn();
      await station.screenshot(`people-account-${language}-${width}`);
      await page.keyboard.press('Escape');
      await open('settings/audit');
      await page.locator('tbody tr').first().waitFor();
      await station.screenshot(`audit-${language}-${width}`);
    }
    expect(station.complaints).toEqual([]);
    expect(station.strayRequests).toEqual([]);
  });
});
