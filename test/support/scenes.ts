import type { Locator, Page } from 'playwright-core';
import { en } from '../../renderer/src/i18n/en.ts';
import type { TextKey } from '../../renderer/src/i18n/i18n.svelte.ts';
import { ja } from '../../renderer/src/i18n/ja.ts';

/** Until what a room asks for has come and stands. */
const settleMs = 500;
const linkedPages = ['settings/thresholds/1', 'help', 'help/rollout/promote'];

export type Language = 'en' | 'ja';

/** Finds what stands on the screen by its words in the language that is on. */
export class Speaker {
  readonly page: Page;
  language: Language = 'ja';

  constructor(page: Page) {
    this.page = page;
  }

  word(key: TextKey): string {
    return { en, ja }[this.language][key];
  }

  button(key: TextKey, within: Locator | Page = this.page): Locator {
    return within.getByRole('button', { name: this.word(key), exact: true }).first();
  }

  async go(place: string): Promise<void> {
    await this.page.evaluate((hash) => (location.hash = hash), `#/${place}`);
    await this.page.waitForTimeout(settleMs);
  }

  /** Every room of the rail, every page within one that has links to pages, and pages that only other links lead to. */
  async places(): Promise<string[]> {
    const rooms = await this.#links();
    const places = [...linkedPages];
    for (const room of rooms) {
      await this.go(room);
      const pages = (await this.#links()).filter((place) => !rooms.includes(place));
      places.push(...(pages.length > 0 ? pages : [room]));
    }
    return places;
  }

  #links(): Promise<string[]> {
    return this.page
      .locator('nav a[href^="#/"]')
      .evaluateAll((all) => all.map((link) => link.getAttribute('href')!.slice('#/'.length)));
  }
}

/** Something that opens over a room; Escape closes it. */
export interface Scene {
  readonly name: string;
  readonly place: string;
  /** What a keyboard presses to open it. */
  readonly opener: (on: Speaker) => Locator;
  /** What has to be there first. */
  readonly prepare?: (on: Speaker) => Promise<void>;
  /** What stands in it before it is looked at. */
  readonly shows?: string;
}

const button =
  (key: TextKey) =>
  (on: Speaker): Locator =>
    on.button(key);

/** Dialogs of a station whose demo lines are paused and have parts on record. */
export const demoDialogs: readonly Scene[] = [
  { name: 'own images', place: 'inspect', opener: button('guide.ownImages') },
  {
    name: 'sign-in',
    place: 'inspect',
    opener: ({ page }) => page.getByRole('navigation').first().getByRole('button'),
  },
  { name: 'a source is added', place: 'settings/sources', opener: button('source.add') },
  { name: 'a source is removed', place: 'settings/sources', opener: button('common.remove') },
  { name: 'a product is added', place: 'settings/products', opener: button('product.add') },
  { name: 'a product is renamed', place: 'settings/products', opener: button('common.rename') },
  { name: 'looks under noise', place: 'settings/products', opener: button('smoothing.title') },
  { name: 'a folder is chosen', place: 'settings/backup', opener: button('folder.choose') },
  {
    name: 'a word on many parts',
    place: 'review/grid',
    prepare: (on) => on.button('review.many.all').click(),
    opener: button('review.many.say'),
  },
  { name: 'a limit sample is marked', place: 'review/queue', opener: button('review.limit.mark') },
];

/** Dialogs of a station with a line that is to be stopped and a rollout that was rolled back. */
export const recordDialogs: readonly Scene[] = [
  { name: 'work is noted', place: 'trends', opener: button('trends.note') },
  { name: 'rules of line stops', place: 'trends', opener: button('lineStop.rules') },
  { name: 'a line stop is acknowledged', place: 'trends', opener: button('lineStop.acknowledge') },
];
