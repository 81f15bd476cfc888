import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DemoConfig } from '../../electron/contract/domain.ts';
import { everything } from '../../electron/contract/history.ts';
import { labelOf } from '../../native-models/images/procedural/draw.ts';
import { en } from '../../renderer/src/i18n/en.ts';
import { guideSteps, type GuideStep } from '../../renderer/src/state/guide.svelte.ts';
import { secondScreen, type SecondScreen } from '../support/secondScreen.ts';
import { browserPath, openStation, outputFolder, type StationPage } from '../support/stationPage.ts';

/** The first demo line, which runs when the window opens first. */
const product = 1;
const trainingMs = 400_000;
/** The pictures of the README come from here: `KENRO_SCREENSHOTS=build/handbook/screenshots` renews them. */
const picturesFolder = process.env['KENRO_SCREENSHOTS'] ?? outputFolder;

describe.skipIf(browserPath === null)('the first hour on the demo line', () => {
  let station: StationPage;
  let line: SecondScreen;

  beforeAll(async () => {
    station = await openStation();
    line = await secondScreen(station.page);
    await line.call('settings.change', { language: 'en', theme: 'light' });
    await station.page.getByRole('link', { name: en['nav.history'] }).waitFor();
  });
  afterAll(() => station?.close());

  const guide = () => station.page.getByRole('region', { name: en['guide.title'] });
  const step = (name: GuideStep['name'], timeout = 60_000) =>
    station.page.locator(`[data-step=${name}]`).waitFor({ timeout });
  const openRoom = async (room: 'review' | 'retrain' | 'rollout' | 'trends') => {
    await guide()
      .getByRole('button', { name: en['guide.open'].replace('{screen}', en[`nav.${room}`]) })
      .click();
  };
  const config = async () => {
    const { sources } = await line.call('station.snapshot', {});
    return sources.find(({ id }) => id === product)!.config as DemoConfig;
  };

  async function shots(name: string): Promise<void> {
    const { page } = station;
    for (const language of ['ja', 'en'] as const) {
      await line.call('settings.change', { language });
      await expect.poll(() => page.locator('html').getAttribute('lang')).toBe(language);
      for (const [width, height] of [
        [1920, 1080],
        [1280, 800],
      ] as const) {
        await page.setViewportSize({ width, height });
        await page.waitForTimeout(400);
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(wider, `${name} ${language} ${width}`).toBeLessThanOrEqual(0);
        await station.screenshot(`hour-${name}-${language}-${width}`);
      }
    }
  }

  /** As the page is now, in English at 1280 × 800, small enough for the README. */
  async function picture(name: string): Promise<void> {
    mkdirSync(picturesFolder, { recursive: true });
    const png = await station.page.screenshot();
    await sharp(png)
      .webp({ quality: 80 })
      .toFile(join(picturesFolder, `${name}.webp`));
  }

  it('begins with verdicts, and goes on by itself', async () => {
    const { page } = station;
    await page.getByRole('link', { name: en['nav.settings'] }).click();
    await page.getByLabel(en['demo.pace']).first().selectOption({ label: en['demo.pace.fastest'] });
    await expect.poll(async () => (await config()).intervalMs).toBe(100);
    await page.getByRole('link', { name: en['nav.inspect'] }).click();
    await step('disturb');
    await guide().getByText(en['guide.done']).waitFor();
    await shots('disturb');
  }, 120_000);

  it('sees that the light was turned up and parts are rejected', async () => {
    const { page } = station;
    // Enough calm parts for a trend that can rise.
    const parts = async () => (await line.call('station.snapshot', {})).counters.parts;
    await expect.poll(parts, { timeout: 60_000 }).toBeGreaterThan(100);
    await page.getByRole('slider', { name: en['disturbance.light'] }).fill('0.5');
    await expect.poll(async () => (await config()).disturbances.light).toBe(0.5);
    await step('review', 120_000);
    // A reject stays where it is while it is looked at.
    await page.locator('.strip button.NG').last().click();
    await page.locator('[data-verdict=NG]').waitFor();
    await page.waitForTimeout(1000);
    await picture('inspect');
    await page.keyboard.press('Escape');
  }, 200_000);

  it('counts the false alarms that people find', async () => {
    const { page } = station;
    await openRoom('review');
    await page.getByRole('button', { name: en['review.later'] }).waitFor();
    await shots('review');
    const truth = await config();
    const filter = { ...everything, productId: product, human: 'none' as const };
    await expect
      .poll(
        async () => {
          const rejects = { ...filter, verdicts: ['NG' as const, 'REVIEW' as const] };
          const { rows } = await line.call('history.page', {
            filter: rejects,
            before: null,
            after: null,
            limit: 60,
          });
          for (const { id, origin } of rows) {
            const word = labelOf({ ...truth, index: Number(origin) }) === 'ok' ? 'ok' : 'ng';
            await line.call('feedback.give', { inspectionId: id, word, reason: '' });
          }
          return (await line.call('station.snapshot', {})).counters.falseAlarms;
        },
        { timeout: 120_000, interval: 1000 },
      )
      .toBeGreaterThanOrEqual(30);
    await step('retrain');
  }, 200_000);

  it('keeps its place over a reload, and can be gone through by hand', async () => {
    const { page } = station;
    await page.reload();
    await station.ready();
    line = await secondScreen(page);
    await step('retrain');
    await guide().getByRole('button', { name: en['common.previous'] }).click();
    await step('review');
    await guide().getByRole('button', { name: en['common.next'] }).click();
    await step('retrain');
    await guide().getByRole('link', { name: en['guide.more'] }).click();
    await page.getByRole('heading', { level: 2, name: 'The guide' }).waitFor();
    expect(await guide().count()).toBe(0);
    await page.goBack();
    await step('retrain');
  });

  it(
    'sees the retraining, and the candidate made of it',
    async () => {
      const { page } = station;
      // The training has the computer to itself.
      await line.call('source.change', { id: product, paused: true });
      await openRoom('retrain');
      await page.getByLabel(en['top.product']).selectOption(String(product));
      await page.getByLabel(en['retrain.records']).selectOption({ label: en['retrain.records.andOk'] });
      await page.getByRole('button', { name: en['site.estimate'] }).click();
      await page.locator('[data-measures]').waitFor({ timeout: 120_000 });
      await page.getByRole('button', { name: en['plan.make'] }).click();
      await page.locator('[data-plan]').waitFor({ timeout: 200_000 });
      await page.getByRole('button', { name: en['plan.start'] }).click();
      await step('compare', trainingMs);
      await page.locator('[data-job=done] [data-result]').waitFor();
      await shots('compare');
      await picture('retrain');
      const flaws = page.locator('[data-breaches]');
      if ((await flaws.count()) > 0) await page.getByLabel(en['candidate.reason']).fill('the first hour');
      await page.getByRole('button', { name: new RegExp(`^${en['retrain.makeCandidate']}`) }).click();
      await step('verify');
    },
    trainingMs + 120_000,
  );

  it('sees the verification begin', async () => {
    const { page } = station;
    await line.call('source.change', { id: product, paused: false });
    await openRoom('rollout');
    await page.getByLabel(en['top.product']).first().selectOption(String(product));
    await page.getByLabel(en['rollout.start.template']).selectOption({ label: en['rollout.template.demo'] });
    await page.getByRole('button', { name: en['rollout.start.plan'] }).click();
    await page.getByRole('button', { name: en['rollout.begin'] }).click();
    await step('limited', 120_000);
    await guide().getByText(en['people.first']).waitFor();
    await guide().getByLabel(en['demo.pace']).selectOption({ label: en['demo.pace.quick'] });
    await expect.poll(async () => (await config()).intervalMs).toBe(250);
    await shots('limited');
  }, 200_000);

  it('ends with own images, and is closed for good', async () => {
    const { page } = station;
    await guide().getByRole('button', { name: en['common.next'] }).click();
    await step('full');
    await guide().getByRole('button', { name: en['common.next'] }).click();
    await step('trend');
    await openRoom('trends');
    await page.getByLabel(en['history.period']).selectOption({ label: en['trends.period.hour'] });
    await step('own');
    await shots('trends');
    await page
      .locator('canvas')
      .first()
      .evaluate((chart) => chart.scrollIntoView({ block: 'center' }));
    await picture('trends');
    await guide().getByRole('button', { name: en['guide.ownImages'] }).click();
    await page.getByRole('dialog').getByText(en['own.intro']).waitFor();
    await page.getByRole('dialog').getByRole('button', { name: en['common.cancel'] }).click();
    await guide().getByRole('button', { name: en['guide.close'] }).click();
    await expect.poll(() => guide().count()).toBe(0);
    await page.reload();
    await station.ready();
    expect(await guide().count()).toBe(0);
    // Brought back, it begins anew.
    await page.evaluate(() => (location.hash = '#/settings/display'));
    await page.getByLabel(en['settings.guide']).check();
    await guide().waitFor();
    expect(await guide().getAttribute('data-step')).not.toBe(guideSteps.at(-1)!.name);
    expect(station.complaints).toEqual([]);
  }, 120_000);
});
