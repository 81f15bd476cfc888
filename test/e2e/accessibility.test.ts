import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { usualCosts } from '../../electron/contract/usualSettings.ts';
import { prepareRollout } from '../support/rolloutRecord.ts';
import { demoDialogs, recordDialogs, Speaker, type Language, type Scene } from '../support/scenes.ts';
import { stateCosts } from '../support/scoredLine.ts';
import { openScoredStation, pathsOf, restart } from '../support/scoredStation.ts';
import { barriers } from '../support/screenChecks.ts';
import { secondScreen } from '../support/secondScreen.ts';
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
    await (await secondScreen(page)).call('settings.change', { language, theme, greeted: false });
    await expect.poll(() => page.locator('html').getAttribute('lang')).toBe(language);
    await expect.poll(() => page.locator('html').getAttribute('data-theme')).toBe(theme);
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
        await walk.on.go(place);
        await walk.look(place, nameOf(place, variant));
      }
      await walk.on.go('history');
      await page.getByRole('option').first().click();
      await page.getByRole('listbox').press('Enter');
      await page.locator('article[data-part]').first().waitFor();
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
      for (const scene of recordDialogs) await walk.lookInto(scene, nameOf(scene.name, variant));
      expect(walk.found).toEqual([]);
      // Parts of a record written by a test were never photographed.
      expect(walk.station.complaints.filter((complaint) => !complaint.includes('/picture/'))).toEqual([]);
      expect(walk.station.strayRequests).toEqual([]);
    },
    600_000,
  );
});
