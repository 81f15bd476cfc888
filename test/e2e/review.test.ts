import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { everything } from '../../electron/contract/history.ts';
import { systemClock } from '../../electron/platform/clock.ts';
import { dataPaths } from '../../electron/platform/paths.ts';
import { addShare } from '../../electron/store/auditShares.ts';
import { pageHistory } from '../../electron/store/history.ts';
import { lastPartNumber, recordInspections } from '../../electron/store/inspections.ts';
import { listModels } from '../../electron/store/models.ts';
import { openStore } from '../../electron/store/open.ts';
import { listProducts } from '../../electron/store/products.ts';
import { listSources } from '../../electron/store/sources.ts';
import { en } from '../../renderer/src/i18n/en.ts';
import { ja } from '../../renderer/src/i18n/ja.ts';
import { newPart } from '../store/support/station.ts';
import { browserPath, openStation, type StationPage } from '../support/stationPage.ts';

/** A computer busy with other tests takes its time. */
const patient = { timeout: 30_000 };
const hourMs = 3_600_000;

describe.skipIf(browserPath === null)("the human's word on many parts", () => {
  let station: StationPage;
  let words: Record<string, string> = ja;

  beforeAll(async () => {
    station = await openStation();
    // Pictures that parts of the record can show.
    await station.page.waitForFunction(
      () => document.querySelectorAll('.strip button.NG').length >= 1,
      null,
      { timeout: 120_000 },
    );
    await station.stopShell();
    await fillRecord();
    await station.restart();
    station.complaints.length = 0;
  });
  afterAll(() => station?.close());

  /** 120 parts of the product on the line, all of whose OK parts are drawn; the line itself is paused. */
  async function fillRecord() {
    const paths = dataPaths(join(station.folder, 'data'));
    const { db } = await openStore(paths, { clock: systemClock, app: 'test' });
    const product = listProducts(db)[0]!;
    const model = listModels(db).find(({ id }) => id === product.activeModelId)!;
    const source = listSources(db).find(({ productId }) => productId === product.id)!;
    const seen = pageHistory(db, {
      filter: { ...everything, verdicts: ['NG'] },
      ...{ before: null, after: null, limit: 20 },
    }).rows;
    db.exec('UPDATE sources SET paused = 1');
    const fromMs = systemClock.nowMs() - hourMs;
    const share = addShare(db, { productId: product.id, fromMs, perTenThousand: 10_000, salt: 's' });
    const first = (lastPartNumber(db, source.id) ?? 0) + 1;
    const line = { productId: product.id, sourceId: source.id, modelId: model.id };
    const parts = Array.from({ length: 120 }, (_, i) => {
      const { imageHash, imageWidth, imageHeight } = seen[i % seen.length]!;
      const verdict = i % 6 === 0 ? 'NG' : i % 6 === 1 ? 'REVIEW' : 'OK';
      return {
        ...newPart(line, first + i, {
          ...{ timeMs: fromMs + i * 1000, arm: 'main', verdict, serial: `T${i}`, lot: 'L7' },
          ...{ imageHash, imageWidth, imageHeight, imageKept: true, thresholds: model.thresholds },
          score: model.thresholds.ng * (verdict === 'NG' ? 1.2 : verdict === 'REVIEW' ? 0.9 : 0.4),
        }),
        auditShareId: share.id,
      };
    });
    recordInspections(db, parts);
    db.close();
  }

  const { go, left, current, speak } = {
    go: async (place: string) => {
      await station.page.evaluate((hash) => (location.hash = hash), `#/${place}`);
    },
    left: async (reason: string) =>
      Number(
        (await station.page.locator(`.reasons [data-reason=${reason}] strong`).textContent())?.replaceAll(
          /\D/g,
          '',
        ) || NaN,
      ),
    current: () => station.page.locator('aside[data-part]').getAttribute('data-part'),
    speak: async (language: 'ja' | 'en', width: number, height: number) => {
      await station.page.setViewportSize({ width, height });
      await go('settings/display');
      await station.page.locator('select:has(option[value=ja])').selectOption(language);
      await expect.poll(() => station.page.locator('html').getAttribute('lang')).toBe(language);
      words = language === 'ja' ? ja : en;
    },
  };
  const button = (name: string) => station.page.getByRole('button', { name, exact: true });

  it('goes part by part with three keys, and the queue says how many are left', async () => {
    const { page } = station;
    const press = async (key: string) => {
      await page.locator('aside[data-part][aria-busy=false]').waitFor();
      await page.keyboard.press(key);
    };
    await go('review');
    await expect.poll(() => left('reject'), patient).toBeGreaterThanOrEqual(20);
    const before = await left('reject');
    await page.locator('.reasons [data-reason=reject]').click();
    await page.locator('.why[data-reason=reject]').waitFor();
    const first = await current();
    await page.keyboard.press('1');
    await press('o');
    await expect.poll(current, patient).not.toBe(first);
    await expect.poll(() => left('reject'), patient).toBe(before - 1);
    const second = await current();
    await press('s');
    await expect.poll(current, patient).not.toBe(second);
    await press('n');
    await expect.poll(() => left('reject'), patient).toBe(before - 2);
    await press('u');
    await expect.poll(() => left('reject'), patient).toBe(before - 1);
    await press('u');
    await expect.poll(current, patient).toBe(first);
    await expect.poll(() => left('reject'), patient).toBe(before);
    await station.screenshot('review-queue-ja-1280');
  });

  it('looks closer by wheel and keys, moves about, and shows the whole again', async () => {
    const { page } = station;
    const stage = page.locator('[data-scale]');
    const scale = async () => Number(await stage.getAttribute('data-scale'));
    expect(await scale()).toBe(1);
    const box = (await stage.boundingBox())!;
    await page.mouse.move(box.x + box.width / 3, box.y + box.height / 3);
    await page.mouse.wheel(0, -600);
    await expect.poll(scale).toBeGreaterThan(1.5);
    const wheeled = await scale();
    await page.keyboard.press('+');
    await expect.poll(scale).toBeGreaterThan(wheeled);
    await page.keyboard.press('ArrowLeft');
    await station.screenshot('review-zoomed');
    await page.keyboard.press('0');
    await expect.poll(scale).toBe(1);
    await page.keyboard.press('h');
    await expect
      .poll(() => page.getByRole('button', { name: ja['inspect.heatmap'] }).getAttribute('aria-pressed'))
      .toBe('false');
    await page.keyboard.press('h');
  });

  it('keeps a picture as a limit sample and shows it beside the next parts', async () => {
    const { page } = station;
    await button(ja['review.limit.mark']).click();
    await page.getByRole('dialog').getByLabel(ja['review.limit.note']).fill('2 mm まで');
    await page.getByRole('dialog').getByRole('button', { name: ja['common.add'], exact: true }).click();
    await page.locator('[data-limits] figure').waitFor();
    const first = await current();
    await page.keyboard.press('s');
    await expect.poll(current, patient).not.toBe(first);
    await page.locator('[data-limits] figure img').waitFor();
    // On the smallest screen too it is there without scrolling.
    await page.setViewportSize({ width: 1280, height: 800 });
    const { y, height } = (await page.locator('[data-limits] figure').first().boundingBox())!;
    expect(y + height).toBeLessThanOrEqual(800);
    await station.screenshot('review-limits-beside-1280');
    await page.setViewportSize({ width: 1920, height: 1080 });
    await station.screenshot('review-limits-beside-1920');
    await page.setViewportSize({ width: 1280, height: 800 });
    // What was put off stays behind the others when the page is opened again.
    await page.reload();
    await go('review');
    await page.locator('aside[data-part]').waitFor();
    expect(await current()).not.toBe(first);
    await go('review/limits');
    await page.getByText('2 mm まで').waitFor();
    await station.screenshot('review-limits');
  });

  it('says one word of many parts, and takes it back as one', async () => {
    const { page } = station;
    await go('review/grid');
    await expect.poll(() => left('reject'), patient).toBeGreaterThanOrEqual(20);
    const before = await left('reject');
    await page.locator('.reasons [data-reason=reject]').click();
    // All parts were shown until here: what is picked among those does not stay picked.
    await expect.poll(() => page.locator('.grid button').count(), patient).toBe(before);
    for (const i of [0, 1, 2]) await page.locator('.grid button').nth(i).click();
    await button(ja['review.many.say']).click();
    const dialog = page.getByRole('dialog');
    const record = dialog.getByRole('button', { name: ja['review.many.record'], exact: true });
    expect(await record.isDisabled()).toBe(true);
    await dialog.getByRole('button', { name: ja['review.isGood'], exact: true }).click();
    await dialog.getByLabel(ja['review.many.reason']).fill(ja['review.cause.light']);
    await record.click();
    await expect.poll(() => left('reject'), patient).toBe(before - 3);
    await station.screenshot('review-grid');
    await page.locator('[data-batch]').getByRole('button', { name: ja['review.batch.undo'] }).click();
    await page.getByRole('dialog').getByRole('button', { name: ja['review.batch.undo'] }).click();
    await expect.poll(() => left('reject'), patient).toBe(before);
  });

  it('says one word of all that the history finds', async () => {
    const { page } = station;
    await go('history');
    await page.getByRole('button', { name: ja['verdict.REVIEW'] }).click();
    const many = button(ja['review.many.byFilter']);
    await expect.poll(() => many.isEnabled(), patient).toBe(true);
    await many.click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: ja['review.isGood'], exact: true }).click();
    await dialog.getByLabel(ja['review.many.reason']).fill('目視で確認');
    await dialog.getByRole('button', { name: ja['review.many.record'], exact: true }).click();
    await go('review/grid');
    await expect.poll(() => left('review'), patient).toBe(0);
    await page.locator('[data-batch]').first().getByRole('button', { name: ja['review.batch.undo'] }).click();
    await page.getByRole('dialog').getByRole('button', { name: ja['review.batch.undo'] }).click();
    await expect.poll(() => left('review'), patient).toBeGreaterThanOrEqual(20);
  });

  for (const [language, width, height] of [
    ['ja', 1280, 800],
    ['en', 1920, 1080],
  ] as const) {
    it(`brings in results of later tests, names what is wrong, and takes them back: ${language}`, async () => {
      const { page } = station;
      await speak(language, width, height);
      const path = join(station.folder, `results-${language}.csv`);
      const [good, bad] = language === 'ja' ? ['良品', '不良'] : ['PASS', 'scratch'];
      const header = language === 'ja' ? 'シリアル番号,判定' : 'serial,result';
      await writeFile(path, `${header}\nT2,${bad}\nT3,${good}\nT3,${good}\nX1,${good}\n`);
      await go('review/results');
      await button(words['results.choose']!).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('textbox').fill(station.folder);
      await page.keyboard.press('Enter');
      await dialog.getByRole('button', { name: `results-${language}.csv` }).click();
      await page.locator('.preview').waitFor();
      if (language === 'en') {
        await page.getByRole('combobox', { name: /^scratch/ }).selectOption('ng');
      }
      await button(words['results.check']!).click();
      await page.locator('[data-check]').waitFor();
      expect(await page.locator('[data-check] tbody tr').count()).toBe(2);
      await station.screenshot(`review-results-${language}-${width}`);
      const bringIn = button(words['results.import']!);
      expect(await bringIn.isDisabled()).toBe(true);
      await page.locator('.agree input').check();
      await bringIn.click();
      await page.locator('[data-batch]').first().getByText(`results-${language}.csv`).waitFor();
      await go('review/sampling');
      await page.getByText(words['review.rates.escapes']!).waitFor();
      await station.screenshot(`review-sampling-${language}-${width}`);
      await go('review/results');
      await page
        .locator('[data-batch]')
        .first()
        .getByRole('button', { name: words['review.batch.undo']! })
        .click();
      await page.getByRole('dialog').getByRole('button', { name: words['review.batch.undo']! }).click();
      await page.locator('[data-batch].undone').first().waitFor();
    });
  }

  it('fits the window in English too, without a complaint', async () => {
    const { page } = station;
    for (const [width, height] of [
      [1280, 800],
      [1920, 1080],
    ] as const) {
      await speak('en', width, height);
      for (const place of ['queue', 'grid', 'limits', 'results', 'sampling']) {
        await go(`review/${place}`);
        await page.waitForTimeout(500);
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(wider, place).toBeLessThanOrEqual(0);
        await station.screenshot(`review-${place}-en-${width}`);
      }
    }
    // OK parts of before the restart have no picture any more.
    expect(station.complaints.filter((complaint) => !complaint.includes('/picture/'))).toEqual([]);
  });
});
