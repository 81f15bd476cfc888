import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserPath, openStation, type StationPage } from '../support/stationPage.ts';

const places = [
  'inspect',
  'review/queue',
  'review/grid',
  'review/limits',
  'review/results',
  'review/sampling',
  'trends',
  'teach',
  'retrain',
  'rollout',
  'history',
  'settings/sources',
  'settings/products',
  'settings/models',
  'settings/thresholds',
  'settings/backbones',
  'settings/provider',
  'settings/reports',
  'settings/people',
  'settings/display',
  'settings/audit',
  'settings/keys',
  'settings/check',
  'help',
  'help/rollout/promote',
];
const smallestTargetPx = 48;

describe.skipIf(browserPath === null)('every room', () => {
  let station: StationPage;

  beforeAll(async () => {
    station = await openStation();
    await station.page.waitForFunction(() => document.querySelectorAll('.strip button').length >= 6);
  });
  afterAll(() => station?.close());

  async function each(name: string, check: (place: string) => Promise<void>): Promise<void> {
    const { page } = station;
    for (const place of places) {
      await page.evaluate((hash) => (location.hash = hash), `#/${place}`);
      await page.waitForTimeout(400);
      await check(place);
      await station.screenshot(`${place.replace('/', '-')}-${name}`);
    }
  }

  async function setUp(language: string, theme: string, width: number, height: number): Promise<void> {
    const { page } = station;
    await page.setViewportSize({ width, height });
    await page.evaluate(() => (location.hash = '#/settings/display'));
    await page.locator('select:has(option[value=ja])').selectOption(language);
    await page.locator('select:has(option[value=dark])').selectOption(theme);
    await expect.poll(() => page.locator('html').getAttribute('lang')).toBe(language);
    await expect.poll(() => page.locator('html').getAttribute('data-theme')).toBe(theme);
  }

  const variants = [
    ['ja', 'dark', 1280, 800],
    ['en', 'light', 1280, 800],
    ['ja', 'light', 1920, 1080],
    ['en', 'dark', 1920, 1080],
  ] as const;
  for (const [language, theme, width, height] of variants) {
    it(`fits the window and is easy to hit: ${language}, ${theme}, ${width} × ${height}`, async () => {
      const { page } = station;
      await setUp(language, theme, width, height);
      await each(`${language}-${theme}-${width}`, async (place) => {
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(wider, place).toBeLessThanOrEqual(0);
        const small = await page.evaluate(
          (smallest) =>
            [...document.querySelectorAll('button, select, a, input:not([type=checkbox], [type=radio])')]
              .filter((element) => element.getClientRects().length > 0)
              .filter((element) => element.getBoundingClientRect().height < smallest)
              .map((element) => element.outerHTML.slice(0, 120)),
          smallestTargetPx,
        );
        expect(small, place).toEqual([]);
      });
    });
  }

  it('gives every control a name', async () => {
    const { page } = station;
    await each('names', async (place) => {
      const nameless = await page.evaluate(() =>
        [...document.querySelectorAll('button, a, input, select')]
          .filter((element) => {
            const label = (element as HTMLInputElement).labels?.[0]?.textContent ?? '';
            const own = element instanceof HTMLSelectElement ? '' : element.textContent;
            return `${own}${element.getAttribute('aria-label') ?? ''}${label}`.trim() === '';
          })
          .map((element) => element.outerHTML.slice(0, 120)),
      );
      expect(nameless, place).toEqual([]);
    });
    expect(station.complaints).toEqual([]);
  });
});
