import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Speaker } from '../support/scenes.ts';
import { openScoredStation } from '../support/scoredStation.ts';
import { browserPath, type StationPage } from '../support/stationPage.ts';

/** A computer busy with other tests takes its time. */
const patient = { timeout: 30_000 };
/** More places than the fullest room has. */
const mostTabs = 400;

describe.skipIf(browserPath === null)('the main job by keyboard alone', () => {
  let station: StationPage;
  let on: Speaker;

  beforeAll(async () => {
    station = await openScoredStation();
    on = new Speaker(station.page);
  });
  afterAll(() => station?.close());

  const press = (key: string) => station.page.keyboard.press(key);
  const isFocused = (target: Locator) => target.evaluate((element) => element === document.activeElement);
  const link = (name: string) => station.page.getByRole('link', { name, exact: true });

  /** Goes on by Tab until it is there. */
  async function tabTo(target: Locator): Promise<void> {
    await target.waitFor();
    for (let i = 0; i < mostTabs; i++) {
      if (await isFocused(target)) return;
      await press('Tab');
    }
    throw new Error(`${String(target)} is never reached by Tab`);
  }

  /** To the top of the page, as after opening it. */
  const toTop = () =>
    station.page.evaluate(() => {
      if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
      document.querySelector<HTMLElement>('.skip')!.focus();
    });

  async function openRoom(name: string): Promise<void> {
    await toTop();
    await tabTo(link(name));
    await press('Enter');
  }

  it('skips the rail', async () => {
    await toTop();
    await press('Enter');
    expect(await isFocused(station.page.locator('main'))).toBe(true);
  });

  it('judges a part and takes it back', async () => {
    const { page } = station;
    await openRoom(on.word('nav.review'));
    const aside = page.locator('aside[data-part][aria-busy=false]');
    await aside.waitFor(patient);
    const first = await aside.getAttribute('data-part');
    await press('o');
    await expect.poll(() => aside.getAttribute('data-part'), patient).not.toBe(first);
    await press('u');
    await expect.poll(() => aside.getAttribute('data-part'), patient).toBe(first);
    const word = aside.locator('.keys button').first();
    await tabTo(word);
    await press('Enter');
    await expect.poll(() => aside.getAttribute('data-part'), patient).not.toBe(first);
  });

  it('opens a part on record, reaches what is in it and goes back to the list', async () => {
    const { page } = station;
    await openRoom(on.word('nav.history'));
    const list = page.getByRole('listbox');
    await tabTo(list);
    const part = page.locator('article[data-part]').first();
    await page.locator('.row').first().waitFor(patient);
    // A list that has just come is asked for anew, and closes what was opened before.
    await expect
      .poll(async () => {
        await press('Home');
        await press('ArrowDown');
        await press('Enter');
        return part.count();
      }, patient)
      .toBe(1);
    await tabTo(on.button('common.close', part));
    await press('Enter');
    await expect.poll(() => part.count()).toBe(0);
    await expect.poll(() => isFocused(list)).toBe(true);
  });

  it('moves a threshold and applies it with a reason', async () => {
    const { page } = station;
    await openRoom(on.word('nav.settings'));
    await tabTo(link(on.word('settings.models')));
    await press('Enter');
    await tabTo(link(on.word('thresholds.open')).first());
    await press('Enter');
    const ng = page.getByRole('slider', { name: on.word('verdict.ngThreshold') });
    await tabTo(ng);
    const before = Number(await ng.getAttribute('aria-valuenow'));
    for (let i = 0; i < 5; i++) await press('ArrowRight');
    expect(Number(await ng.getAttribute('aria-valuenow'))).toBeGreaterThan(before);
    await tabTo(page.getByLabel(on.word('thresholds.reason')));
    await page.keyboard.type('keyboard');
    await press('Enter');
    await page.getByText(on.word('thresholds.applied')).waitFor(patient);
  });

  it('asks before it removes, keeps the focus within, and lets it go again', async () => {
    const { page } = station;
    await openRoom(on.word('nav.settings'));
    await tabTo(link(on.word('settings.sources')));
    await press('Enter');
    const remove = on.button('common.remove');
    await tabTo(remove);
    await press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    const controls = await dialog.locator('button').count();
    for (let i = 0; i < 2 * controls; i++) {
      await press('Tab');
      const isOutside = await page.evaluate(
        () => document.activeElement?.closest('dialog') === null && document.activeElement !== document.body,
      );
      expect(isOutside).toBe(false);
    }
    await tabTo(on.button('common.cancel', dialog));
    await press('Enter');
    await expect.poll(() => dialog.count()).toBe(0);
    expect(await isFocused(remove)).toBe(true);
    const sources = await page.locator('article').count();
    await press('Enter');
    await tabTo(on.button('common.remove', dialog));
    await press('Enter');
    await expect.poll(() => page.locator('article').count(), patient).toBe(sources - 1);
  });

  it('is caught nowhere, and always sees where it is', async () => {
    const { page } = station;
    // Topics of the handbook are all built alike.
    const places = (await on.places()).filter((place) => !place.startsWith('help/'));
    for (const place of places) {
      await on.go(place);
      await toTop();
      let steps = 0;
      do {
        await press('Tab');
        steps += 1;
        expect(await page.evaluate(unseenFocus), `${place}, step ${steps}`).toBeNull();
      } while (steps < mostTabs && !(await isFocused(page.locator('.skip'))));
      expect(steps, place).toBeLessThan(mostTabs);
    }
    // Of the parts on record only some have a picture.
    expect(station.complaints.filter((complaint) => !complaint.includes('/picture/'))).toEqual([]);
  }, 600_000);
});

/** What has the focus, where nobody can see that it has. */
function unseenFocus(): string | null {
  const element = document.activeElement;
  if (element === null || element === document.body) return null;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  const isInView =
    box.bottom > 0 && box.right > 0 && box.top < window.innerHeight && box.left < window.innerWidth;
  const isMarked = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2;
  return isMarked && isInView ? null : element.outerHTML.slice(0, 160);
}
