import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { usualCosts } from '../../electron/contract/usualSettings.ts';
import { en } from '../../renderer/src/i18n/en.ts';
import { ja } from '../../renderer/src/i18n/ja.ts';
import { stateCosts } from '../support/scoredLine.ts';
import { openScoredStation, pathsOf, restart } from '../support/scoredStation.ts';
import { browserPath, type StationPage } from '../support/stationPage.ts';

/** A computer busy with other tests takes its time. */
const patient = { timeout: 30_000 };

describe.skipIf(browserPath === null)('the threshold tool', () => {
  let station: StationPage;

  beforeAll(async () => {
    station = await openScoredStation();
  });
  afterAll(() => station?.close());

  const slider = (words: Record<string, string>, which: 'ng' | 'review') =>
    station.page.getByRole('slider', {
      name: words[which === 'ng' ? 'verdict.ngThreshold' : 'verdict.reviewThreshold']!,
    });
  const valueOf = async (handle: Locator) => Number(await handle.getAttribute('aria-valuenow'));
  const changes = async () =>
    Number((await station.page.locator('[data-changes]').textContent())?.replaceAll(/\D/g, ''));
  const cell = async (verdict: string, column: number) => {
    const row = station.page.locator(`[data-row=${verdict}] td`).nth(column);
    return Number((await row.textContent())?.replaceAll(/[^\d-]/g, ''));
  };
  const rested = () => expect.poll(() => station.page.locator('.stale').count(), patient).toBe(0);

  async function drag(handle: Locator, byPixels: number) {
    await handle.scrollIntoViewIfNeeded();
    const box = (await handle.boundingBox())!;
    const { mouse } = station.page;
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await mouse.move(x, y);
    await mouse.down();
    await mouse.move(x + byPixels, y, { steps: 8 });
    await mouse.up();
  }

  it('opens from the model in use, and says where the costs are stated while nobody has', async () => {
    const { page } = station;
    await page.getByRole('link', { name: ja['nav.settings'], exact: true }).click();
    await page.getByRole('link', { name: ja['settings.models'], exact: true }).click();
    await page.getByRole('link', { name: ja['thresholds.open'] }).first().click();
    await page.locator('[data-no-costs]').waitFor();
    expect(await page.getByRole('link', { name: ja['thresholds.cost.state'] }).getAttribute('href')).toBe(
      '#/retrain',
    );
    expect(await changes()).toBe(0);
    expect(await cell('NG', 0)).toBe(await cell('NG', 1));
    expect(await cell('OK', 0)).toBeGreaterThan(1000);
    await station.screenshot('thresholds-no-costs');
  });

  it('moves a threshold by dragging, and replays the period at once', async () => {
    const { page } = station;
    await station.stopShell();
    await stateCosts(pathsOf(station).runs, 1, {
      ...usualCosts,
      ...{ falseAlarm: 50, escape: 5000, review: 20, defectRate: 0.04 },
      ceilings: { ...usualCosts.ceilings, falseAlarmRate: 0.01 },
    });
    await restart(station);
    await page.goto(`${page.url().split('#')[0]}#/settings/thresholds/1`);
    await page.locator('[data-pair-costs]').waitFor();
    const ng = slider(ja, 'ng');
    const box = (await ng.boundingBox())!;
    expect(box.width).toBeGreaterThanOrEqual(48);
    const before = await valueOf(ng);
    await drag(ng, 90);
    expect(await valueOf(ng)).toBeGreaterThan(before * 1.05);
    await expect.poll(changes, patient).toBeGreaterThan(0);
    await rested();
    expect(await cell('NG', 1)).toBeLessThan(await cell('NG', 0));
    expect((await cell('NG', 1)) - (await cell('NG', 0))).toBe(await cell('NG', 2));
    const sum = async (column: number) =>
      (await cell('OK', column)) + (await cell('NG', column)) + (await cell('REVIEW', column));
    expect(await sum(1)).toBe(await sum(0));
    await station.screenshot('thresholds');
  });

  it('moves by keys too, and the band of review never turns inside out', async () => {
    const review = slider(ja, 'review');
    const ng = slider(ja, 'ng');
    await review.focus();
    const before = await valueOf(review);
    for (let i = 0; i < 5; i++) await station.page.keyboard.press('ArrowLeft');
    expect(await valueOf(review)).toBeLessThan(before);
    await station.page.keyboard.press('End');
    expect(await valueOf(review)).toBe(await valueOf(ng));
    await drag(ng, -200);
    expect(await valueOf(ng)).toBe(await valueOf(review));
  });

  it('takes numbers, and refuses those that are no pair', async () => {
    const { page } = station;
    const form = page.getByRole('form', { name: ja['thresholds.pair'] });
    const field = form.getByLabel(ja['verdict.reviewThreshold'], { exact: true }).first();
    await page.getByLabel(ja['thresholds.reason']).fill('x');
    await field.fill('99999');
    await form.getByText(ja['thresholds.order']).waitFor();
    expect(await form.getByRole('button', { name: ja['thresholds.apply'], exact: true }).isDisabled()).toBe(
      true,
    );
    await form.getByRole('button', { name: ja['thresholds.reset'] }).click();
    await expect.poll(changes, patient).toBe(0);
    await page.getByLabel(ja['thresholds.reason']).fill('');
  });

  it('marks the cheapest pair and puts the thresholds there', async () => {
    const { page } = station;
    await rested();
    await page.getByRole('button', { name: ja['thresholds.putThere'] }).click();
    await expect.poll(changes, patient).toBeGreaterThan(0);
    await rested();
    const costs = await page.locator('[data-pair-costs] dd').allTextContents();
    const [now, here] = costs.map((text) => Number.parseFloat(text.trim().replaceAll(',', '')));
    expect(here).toBeLessThan(now!);
    await page.locator('[data-curves] canvas').first().scrollIntoViewIfNeeded();
    await station.screenshot('thresholds-curves');
    await page.locator('[data-claims]').scrollIntoViewIfNeeded();
    await station.screenshot('thresholds-claims');
  });

  it('applies for a reason, on the audit trail, and goes back with one click', async () => {
    const { page } = station;
    const inForce = page.locator('[data-in-force]');
    const before = await inForce.textContent();
    const apply = page.getByRole('button', { name: ja['thresholds.apply'], exact: true });
    expect(await apply.isDisabled()).toBe(true);
    await page.getByLabel(ja['thresholds.reason']).fill('要確認が多い');
    await apply.click();
    await page.getByText(ja['thresholds.applied']).waitFor();
    const after = await inForce.textContent();
    expect(after).not.toBe(before);
    await page.getByRole('button', { name: /^前の組に戻す/ }).click();
    await page.getByText(ja['thresholds.undone']).waitFor();
    expect(await inForce.textContent()).toBe(before);
    await page.getByRole('link', { name: ja['settings.audit'] }).click();
    await expect
      .poll(() => page.getByText(ja['audit.action.model.thresholds'], { exact: true }).count(), patient)
      .toBe(2);
    await page.getByText('要確認が多い').first().waitFor();
  });

  it('opens the page of a part that would change', async () => {
    const { page } = station;
    await page.goto(`${page.url().split('#')[0]}#/settings/thresholds/1`);
    const review = slider(ja, 'review');
    await review.waitFor();
    await review.focus();
    for (let i = 0; i < 12; i++) await page.keyboard.press('ArrowLeft');
    const thumbnail = page.locator('[data-replay] li button').first();
    await thumbnail.waitFor();
    await thumbnail.scrollIntoViewIfNeeded();
    await expect.poll(() => page.locator('[data-replay] li img').count(), patient).toBeGreaterThan(0);
    await station.screenshot('thresholds-replay');
    await thumbnail.click();
    await page.locator('article[data-part]').waitFor();
  });

  it('says the same in English, on a large screen, and has an empty state', async () => {
    const { page } = station;
    await page.setViewportSize({ width: 1920, height: 1080 });
    await page.getByRole('button', { name: 'English' }).click();
    await page.goto(`${page.url().split('#')[0]}#/settings/thresholds/1`);
    await page.locator('[data-pair-costs]').waitFor();
    await drag(slider(en, 'review'), -60);
    await expect.poll(changes, patient).toBeGreaterThan(0);
    await rested();
    await station.screenshot('thresholds-en');
    await page.locator('[data-curves] canvas').first().scrollIntoViewIfNeeded();
    await station.screenshot('thresholds-en-curves');
    await page.locator('.bar').getByLabel(en['history.period']).selectOption('own');
    await page.getByLabel(en['history.to'], { exact: true }).fill('2001-01-01T00:00');
    await page.getByText(en['empty.scores']).waitFor();
    await page.locator('[data-gap=nothingJudged]').waitFor();
    await station.screenshot('thresholds-empty');
    // Of parts that were not kept, the filmstrip has no pictures any more after a start.
    expect(station.complaints.filter((complaint) => !complaint.includes('/picture/'))).toEqual([]);
    expect(station.strayRequests).toEqual([]);
  });
});
