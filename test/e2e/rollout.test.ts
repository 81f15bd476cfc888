import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DemoConfig } from '../../electron/contract/domain.ts';
import { encodePng } from '../../native-models/images/encode.ts';
import { drawPart } from '../../native-models/images/procedural/draw.ts';
import { en } from '../../renderer/src/i18n/en.ts';
import { errorsEn } from '../../renderer/src/i18n/errorsEn.ts';
import { errorsJa } from '../../renderer/src/i18n/errorsJa.ts';
import { ja } from '../../renderer/src/i18n/ja.ts';
import { secondScreen, type SecondScreen } from '../support/secondScreen.ts';
import { barriers } from '../support/screenChecks.ts';
import { signIn, signPromotion } from '../support/signPromotion.ts';
import { browserPath, openStation, type StationPage } from '../support/stationPage.ts';
import { TruthfulPeople } from '../support/truthfulPeople.ts';

const calm = { light: 0, blur: 0, noise: 0 };
/** The tile: its shipped detector is the model in use. */
const product = 2;
const password = 'harbour-wall-7';
const phaseMs = 600_000;
const teachingMs = 900_000;

describe.skipIf(browserPath === null)('a rollout on the demo line at speed', () => {
  let station: StationPage;
  let line: SecondScreen;
  let config: DemoConfig;
  let candidate: { id: number; name: string };
  const people = new TruthfulPeople(() => line, product);

  beforeAll(async () => {
    station = await openStation();
    line = await secondScreen(station.page);
  });
  afterAll(() => people.hush().finally(() => station?.close()));

  /** A second detector, on good tiles of its own. */
  async function teachCandidate(): Promise<void> {
    const folder = join(station.folder, 'good');
    await mkdir(folder);
    for (let index = 0; index < 40; index++) {
      const { picture } = drawPart({ ...config, index: 100_000 + index, defectRate: 0 });
      await writeFile(join(folder, `${index}.png`), await encodePng(picture));
    }
    const { backbones } = await line.call('station.snapshot', {});
    const job = await line.call('teach.start', {
      ...{ productId: product, name: '候補 New', good: { from: 'folder', path: folder }, ngFolder: null },
      ...{
        backboneId: backbones[0]!.id,
        features: null,
        size: null,
        seed: 5,
        correction: { by: 'user', wish: null, reason: 'a test' },
      },
    });
    const now = () => line.call('station.snapshot', {});
    const taught = async () => (await now()).jobs.find(({ id }) => id === job.id)!;
    await expect.poll(async () => (await taught()).state, { timeout: teachingMs }).not.toBe('running');
    const { state, modelId } = await taught();
    expect(state).toBe('done');
    candidate = (await now()).models.find(({ id }) => id === modelId)!;
  }

  /** The model in use cries wolf: a good part in five is NG. */
  async function spoilThresholds(): Promise<void> {
    const scores = async () => (await people.parts()).flatMap(({ score }) => (score === null ? [] : [score]));
    await expect.poll(async () => (await scores()).length, { timeout: 60_000 }).toBeGreaterThan(40);
    const sorted = (await scores()).toSorted((one, other) => one - other);
    const ng = sorted[Math.floor(0.75 * sorted.length)]!;
    await line.call('model.thresholds', { id: product, thresholds: { review: ng, ng }, reason: 'a bad day' });
  }

  async function shots(name: string): Promise<void> {
    const { page } = station;
    for (const [width, height] of [
      [1920, 1080],
      [1280, 800],
    ] as const) {
      await page.setViewportSize({ width, height });
      await page.waitForTimeout(300);
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(wider, `${name} ${width}`).toBeLessThanOrEqual(0);
      await station.screenshot(`rollout-${name}-${width}`);
    }
    expect(await barriers(page), name).toEqual([]);
  }

  it(
    'begins with a second model, and one in use that cries wolf',
    async () => {
      await line.call('source.change', { id: 1, paused: true });
      const { sources } = await line.call('station.snapshot', {});
      const usual = sources.find(({ id }) => id === product)!.config as DemoConfig;
      // Fast, and still leaving room for the page and for other tests.
      config = { ...usual, intervalMs: 80, disturbances: calm };
      await line.call('review.setSampling', { productId: product, perTenThousand: 10_000 });
      // Teaching gives way to the line, so it comes before the line is quick.
      await line.call('source.change', { id: product, paused: true });
      await teachCandidate();
      await line.call('source.change', { id: product, paused: false, config });
      await spoilThresholds();
      await line.call('people.makeFirstAdmin', { name: 'Kei', secretKind: 'password', secret: password });
    },
    teachingMs + 120_000,
  );

  for (const [language, t, errors] of [
    ['ja', ja, errorsJa],
    ['en', en, errorsEn],
  ] as const) {
    describe(language, () => {
      const stage = (phase: string, mark: string) =>
        station.page.locator(`[data-phase=${phase}][data-mark=${mark}]`);
      const claim = () => station.page.locator('[data-claim]').innerText();

      const promote = (to: 'limited' | 'full') =>
        signPromotion(station.page, { to, password, t, errors, timeoutMs: phaseMs });

      it('is planned from a candidate', async () => {
        const { page } = station;
        await line.call('settings.change', { language });
        await expect.poll(() => page.locator('html').getAttribute('lang')).toBe(language);
        if (language === 'ja') await signIn(page, { password, t });
        await page.getByRole('link', { name: t['nav.rollout'] }).click();
        await page.getByLabel(t['top.product']).first().selectOption(String(product));
        await page.getByLabel(t['rollout.start.candidate']).selectOption({ label: candidate.name });
        await page
          .getByLabel(t['rollout.start.template'])
          .selectOption({ label: t['rollout.template.demo'] });
        await page.getByRole('button', { name: t['rollout.start.plan'] }).click();
        const plan = page.locator('[data-plan-form]');
        await plan.getByLabel(t['rollout.plan.shares']).fill('60 30');
        await plan.getByText(t['rollout.plan.shares.wrong']).waitFor();
        expect(await plan.getByRole('button', { name: t['rollout.begin'] }).isDisabled()).toBe(true);
        await plan.getByLabel(t['rollout.plan.shares']).fill('30 60');
        // A computer that does other things besides must not trip the guard of the time.
        await plan.getByLabel(t['rollout.plan.latency']).fill('60000');
        await shots(`${language}-plan`);
        await plan.getByRole('button', { name: t['rollout.begin'] }).click();
        await stage('verification', 'now').waitFor({ timeout: 60_000 });
      }, 120_000);

      it(
        'verifies in shadow, with the parts that differ side by side and a key for the word',
        async () => {
          const { page } = station;
          const card = page.locator('[data-differing]').first();
          await card.waitFor({ timeout: phaseMs });
          const verdictsOf = await card.locator('figcaption strong').allInnerTexts();
          expect(verdictsOf[0]).not.toBe(verdictsOf[1]);
          const id = Number(await card.getAttribute('data-differing'));
          await card.locator('canvas').first().scrollIntoViewIfNeeded();
          await shots(`${language}-differ`);
          await page
            .locator(`[data-differing="${id}"]`)
            .getByRole('button', { name: t['rollout.differ.ok'] })
            .click();
          await expect
            .poll(async () => (await line.call('history.part', { id })).inspection.human)
            .toBe('ok');
          expect(await page.locator('[data-gate=falseAlarms]').getAttribute('data-state')).toBe('open');
          people.talk();
          await promoteWhenShown();
          await stage('verification', 'done').waitFor();
        },
        2 * phaseMs,
      );

      async function promoteWhenShown(): Promise<void> {
        const { page } = station;
        await page.locator('[data-passed]').waitFor({ timeout: phaseMs });
        await page.locator('.page').evaluate((element) => element.scrollTo(0, 0));
        await shots(`${language}-verified`);
        expect(await claim()).toMatch(
          language === 'ja' ? /偶然である確率は[\d,]+分の1未満/ : /luck is below 1 in [\d,]+/,
        );
        await promote('limited');
      }

      it(
        'goes on in steps and to full production, signed for',
        async () => {
          const { page } = station;
          await page.locator('[data-share]').getByText('60').waitFor({ timeout: phaseMs });
          await page.locator('[data-passed]').waitFor({ timeout: phaseMs });
          await shots(`${language}-limited`);
          await promote('full');
          await page.getByText(t['rollout.guards.full']).waitFor();
          const { products } = await line.call('station.snapshot', {});
          expect(products.find(({ id }) => id === product)!.activeModelId).toBe(candidate.id);
          await page.locator('[data-claim]').waitFor();
          await shots(`${language}-full`);
        },
        2 * phaseMs,
      );

      it(
        'rolls back by itself when the line gets worse than it was',
        async () => {
          const { page } = station;
          await people.hush();
          await line.call('source.disturb', { id: product, disturbances: { light: 1, blur: 1, noise: 1 } });
          await stage('full', 'back').waitFor({ timeout: phaseMs });
          await page.getByText(t['rollout.history']).first().scrollIntoViewIfNeeded();
          await page.locator('[data-step=rolledBack]').waitFor();
          await shots(`${language}-rolledBack`);
          await line.call('source.disturb', { id: product, disturbances: calm });
          const { products } = await line.call('station.snapshot', {});
          expect(products.find(({ id }) => id === product)!.activeModelId).toBe(product);
          const newest = (await people.parts())[0]!;
          await expect
            .poll(async () => (await people.parts())[0]!.id, { timeout: 60_000 })
            .toBeGreaterThan(newest.id + 3);
          expect((await people.parts())[0]!.modelId).toBe(product);
          expect(station.complaints).toEqual([]);
        },
        phaseMs + 120_000,
      );
    });
  }
});
