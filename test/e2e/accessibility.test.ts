import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { ChannelName, ReplyOf, RequestOf } from '../../electron/contract/channels.ts';
import { usualCosts } from '../../electron/contract/usualSettings.ts';
import { prepareRollout } from '../support/rolloutRecord.ts';
import { demoDialogs, recordDialogs, Speaker, type Language, type Scene } from '../support/scenes.ts';
import { stateCosts } from '../support/scoredLine.ts';
import { openScoredStation, pathsOf, restart } from '../support/scoredStation.ts';
import { barriers } from '../support/screenChecks.ts';
import { secondScreen, type SecondScreen } from '../support/secondScreen.ts';
import { browserPath, openStation, type StationPage } from '../support/stationPage.ts';
import { prepareTrend } from '../support/trendRecord.ts';

interface Variant {
  readonly language: Language;
  readonly theme: 'dark' | 'light';
  readonly width: number;
  readonly height: number;
}

/** 640 × 400 is what a page of 1280 × 800 is given at 200 % zoom. */
const variants: readonly Variant[] = [
  { language: 'en', theme: 'dark', width: 1280, height: 800 },
  { language: 'ja', theme: 'light', width: 1280, height: 800 },
  { language: 'en', theme: 'dark', width: 640, height: 400 },
  { language: 'ja', theme: 'light', width: 640, height: 400 },
  { language: 'ja', theme: 'light', width: 1920, height: 1080 },
  { language: 'en', theme: 'dark', width: 3840, height: 2160 },
];
const titleOf = ({ language, theme, width, height }: Variant) =>
  `${language}, ${theme}, ${width} × ${height}`;

/** Walks through a station and writes down what stands in somebody's way. */
class Walk {
  readonly station: StationPage;
  readonly on: Speaker;
  readonly found: string[] = [];
  checked = 0;
  #screen: SecondScreen | null = null;

  constructor(station: StationPage) {
    this.station = station;
    this.on = new Speaker(station.page);
  }

  async begin({ language, theme, width, height }: Variant): Promise<void> {
    const { page } = this.station;
    this.found.length = 0;
    this.checked = 0;
    this.on.language = language;
    await page.setViewportSize({ width, height });
    await this.call('settings.change', { language, theme, greeted: false });
    await expect.poll(() => page.locator('html').getAttribute('lang')).toBe(language);
    await expect.poll(() => page.locator('html').getAttribute('data-theme')).toBe(theme);
  }

  /** By one socket for all calls: a station takes only so many of one page. */
  async call<Name extends ChannelName>(name: Name, request: RequestOf<Name>): Promise<ReplyOf<Name>> {
    this.#screen ??= await secondScreen(this.station.page);
    return this.#screen.call(name, request);
  }

  async look(name: string, picture?: string): Promise<void> {
    this.found.push(...(await barriers(this.station.page)).map((finding) => `${name}: ${finding}`));
    this.checked += 1;
    if (picture !== undefined) await this.station.screenshot(`access-${picture}`);
  }

  /** Opens it by keyboard, looks, and closes it by keyboard: what opened it has the focus again. */
  async lookInto({ name, place, prepare, opener }: Scene, picture: string): Promise<void> {
    const { page } = this.station;
    await this.on.go(place);
    await prepare?.(this.on);
    const key = opener(this.on);
    await key.press('Enter');
    await page.locator('dialog[open]').waitFor();
    await this.look(name, picture);
    await page.keyboard.press('Escape');
    await page.locator('dialog[open]').waitFor({ state: 'detached' });
    const hasFocus = await key.evaluate((element) => element === document.activeElement);
    if (!hasFocus) this.found.push(`${name}: the focus does not go back to what opened it`);
  }

  /** Says how much was looked at, and keeps what was found. */
  async tell(variant: Variant, station: string): Promise<void> {
    const { language, width } = variant;
    const list = Buffer.from(JSON.stringify(this.found, null, 1));
    await this.station.keep(`access-${station}-${language}-${width}.json`, list);
    process.stdout.write(
      `${station}, ${titleOf(variant)}: ${this.checked} screens, ${this.found.length} barriers\n`,
    );
  }
}

const nameOf = (place: string, { language, theme, width }: Variant) =>
  `${place.replaceAll(/[/ ]/g, '-')}-${language}-${theme}-${width}`;

describe.skipIf(browserPath === null)('nothing stands in anybody’s way on a station of demo lines', () => {
  let walk: Walk;
  beforeAll(async () => {
    const station = await openScoredStation();
    await station.stopShell();
    await stateCosts(pathsOf(station).runs, 1, { ...usualCosts, falseAlarm: 50, escape: 5000, review: 20 });
    await restart(station);
    walk = new Walk(station);
  });
  afterAll(() => walk?.station.close());

  it.each(variants.map((variant) => [titleOf(variant), variant] as const))(
    '%s',
    async (_title, variant) => {
      const { page } = walk.station;
      await walk.begin(variant);
      onTestFinished(() => walk.tell(variant, 'demo lines'));
      for (const place of await walk.on.places()) {
        // Topics of the handbook are all built alike.
        if (place.startsWith('help/') && variant !== variants[0]) continue;
        await walk.on.go(place);
        await walk.look(place, nameOf(place, variant));
      }
      await walk.on.go('history');
      // A list that has just come is asked for anew, and closes what was opened before.
      await expect
        .poll(async () => {
          await page.locator('.row').first().click();
          return page.locator('article[data-part]').count();
        })
        .toBe(1);
      await walk.look('a part', nameOf('part', variant));
      for (const scene of demoDialogs) await walk.lookInto(scene, nameOf(scene.name, variant));
      expect(walk.found).toEqual([]);
      // Parts of a record written by a test were never photographed.
      expect(walk.station.complaints.filter((complaint) => !complaint.includes('/picture/'))).toEqual([]);
      expect(walk.station.strayRequests).toEqual([]);
    },
    600_000,
  );
});

/** Every state after which there is less to see, in the order in which one station can go through them. */
describe.skipIf(browserPath === null)('nothing stands in anybody’s way on a station that is', () => {
  const [dark, light] = [variants[0]!, variants[1]!];
  let walk: Walk;
  beforeAll(async () => {
    walk = new Walk(await openStation());
  });
  afterAll(() => walk?.station.close());

  async function lookTwice(name: string, act?: () => Promise<void>): Promise<void> {
    const found: string[] = [];
    for (const variant of [dark, light]) {
      await walk.begin(variant);
      await act?.();
      await walk.look(name, nameOf(name, variant));
      await walk.station.page.keyboard.press('Escape');
      found.push(...walk.found);
    }
    expect(found).toEqual([]);
  }
  it('empty', async () => {
    const { sources } = await walk.call('station.snapshot', {});
    for (const { id } of sources) await walk.call('source.remove', { id });
    for (const place of ['inspect', 'settings/sources', 'teach', 'trends']) {
      await walk.on.go(place);
      await lookTwice(`empty ${place}`);
    }
    await walk.on.go('history');
    await lookTwice('nothing found', async () => {
      const field = walk.station.page.getByLabel(walk.on.word('history.text'));
      await field.fill('no such serial');
      await field.press('Enter');
      await walk.station.page.getByText(walk.on.word('empty.recordFound')).waitFor();
    });
  }, 300_000);

  it('locked, and for one who is signed in', async () => {
    const { page } = walk.station;
    const password = 'harbour-wall-7';
    await walk.call('people.makeFirstAdmin', { name: '佐藤', secretKind: 'password', secret: password });
    await walk.call('people.add', { name: 'Kim', role: 'operator', secretKind: 'pin', secret: '482915' });
    const openAccount = () => page.getByRole('navigation').first().getByRole('button').click();
    for (const place of ['settings/people', 'settings/products', 'settings/models', 'settings/sources']) {
      await walk.on.go(place);
      await lookTwice(`locked ${place}`);
    }
    await lookTwice('pin pad', async () => {
      await openAccount();
      await page.getByRole('radio', { name: 'Kim' }).check();
      await walk.on.button('people.clear').waitFor();
    });
    await openAccount();
    await page.getByRole('radio', { name: '佐藤' }).check();
    await page.getByLabel(walk.on.word('people.password')).fill(password);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await lookTwice('account', openAccount);
    await walk.on.go('settings/people');
    await lookTwice('people');
  }, 300_000);

  it('gone', async () => {
    await walk.on.go('inspect');
    await walk.begin(dark);
    await walk.station.stopShell();
    await walk.station.page.getByText(walk.on.word('connection.lost')).waitFor();
    await walk.look('connection lost', nameOf('connection lost', dark));
    expect(walk.found).toEqual([]);
  });
});

describe.skipIf(browserPath === null)('what the system asks for', () => {
  let walk: Walk;
  beforeAll(async () => {
    walk = new Walk(await openStation());
  });
  afterAll(() => walk?.station.close());

  it('is heard: less motion', async () => {
    const { page } = walk.station;
    await page.emulateMedia({ reducedMotion: 'reduce' });
    for (const place of await walk.on.places()) {
      await walk.on.go(place);
      const moving = await page.evaluate(
        () =>
          [...document.querySelectorAll('*')]
            .map((element) => getComputedStyle(element))
            .filter(({ animationName, animationDuration, transitionDuration }) => {
              const longest = (durations: string) => Math.max(...durations.split(',').map(Number.parseFloat));
              const isAnimated = animationName !== 'none' && longest(animationDuration) > 0.001;
              return isAnimated || longest(transitionDuration) > 0.001;
            }).length,
      );
      expect(moving, place).toBe(0);
    }
    await page.emulateMedia({ reducedMotion: null });
  });

  it('is heard: colours of its own, with what is chosen still marked', async () => {
    const { page } = walk.station;
    await page.emulateMedia({ forcedColors: 'active' });
    for (const place of ['inspect', 'review/queue', 'history']) {
      await walk.on.go(place);
      const unmarked = await page.evaluate(() =>
        [...document.querySelectorAll('[aria-current=page], [aria-current=true], [aria-pressed=true]')]
          .filter((element) => element.checkVisibility())
          .filter((element) => getComputedStyle(element).outlineStyle === 'none')
          .map((element) => element.outerHTML.slice(0, 120)),
      );
      expect(unmarked, place).toEqual([]);
      await walk.station.screenshot(`access-forced-${place.replace('/', '-')}`);
    }
    await page.emulateMedia({ forcedColors: null });
  });

  it('is read out: a verdict that needs somebody, while the pace is not', async () => {
    const { page } = walk.station;
    await walk.on.go('inspect');
    await expect.poll(() => page.locator('[data-news]').textContent(), { timeout: 120_000 }).toMatch(/\d/);
    expect(
      await page
        .getByRole('status')
        .filter({ hasText: walk.on.word('top.perMinute') })
        .count(),
    ).toBe(0);
  }, 150_000);
});

describe.skipIf(browserPath === null)('nothing stands in anybody’s way on a station with a record', () => {
  let walk: Walk;
  beforeAll(async () => {
    walk = new Walk(
      await openStation(undefined, async (dataDir) => {
        await prepareTrend(dataDir);
        await prepareRollout(dataDir);
      }),
    );
  });
  afterAll(() => walk?.station.close());

  it.each(variants.map((variant) => [titleOf(variant), variant] as const))(
    '%s',
    async (_title, variant) => {
      await walk.begin(variant);
      onTestFinished(() => walk.tell(variant, 'record'));
      for (const place of [
        'inspect',
        'trends',
        'rollout',
        'history',
        'roi',
        'settings/audit',
        'settings/models',
      ]) {
        await walk.on.go(place);
        await walk.look(place, nameOf(`record-${place}`, variant));
      }
      const { page } = walk.station;
      await walk.on.go('rollout');
      await page
        .getByRole('combobox', { name: walk.on.word('top.product') })
        .selectOption({ label: 'タイル Tile' });
      await page.locator('[data-start]').waitFor();
      await walk.look('rollouts of a product', nameOf('rollouts', variant));
      await walk.on.button('rollout.start.plan').click();
      await page.locator('[data-plan-form]').waitFor();
      await walk.look('a plan of a rollout', nameOf('plan', variant));
      await walk.on.button('rollout.drop').click();
      await page.locator('[data-plan-form]').waitFor({ state: 'detached' });
      for (const scene of recordDialogs) await walk.lookInto(scene, nameOf(scene.name, variant));
      expect(walk.found).toEqual([]);
      // Parts of a record written by a test were never photographed.
      expect(walk.station.complaints.filter((complaint) => !complaint.includes('/picture/'))).toEqual([]);
      expect(walk.station.strayRequests).toEqual([]);
    },
    600_000,
  );
});
