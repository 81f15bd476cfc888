import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { disturbanceNames } from '../../electron/contract/disturbances.ts';
import type { ReportData } from '../../electron/contract/report.ts';
import { evaluationReport } from '../../electron/report/evaluation/evaluationReport.ts';
import { reportHtml } from '../../electron/report/evaluation/reportHtml.ts';
import { measuredModels, settings } from '../support/evaluations.ts';
import { browserPath, launch } from '../support/stationPage.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

/** Four models, one of a long name, under the whole suite. */
function wideReport(): ReportData {
  const [base, tuned] = measuredModels([
    'base',
    'a-model-whose-name-says-everything-about-how-it-was-trained',
  ]);
  const rates = base!.evaluation.corruption['gaussian-noise']!;
  const models = [base!, tuned!, tuned!, tuned!].map((model, at) => ({
    ...model,
    costs: Array.from({ length: at }, () => tuned!.costs[0]!),
    evaluation: {
      ...model.evaluation,
      corruption: Object.fromEntries(disturbanceNames.map((name) => [name, rates])),
    },
  }));
  return evaluationReport(models, { madeAtMs: 0, version: '1.0.0', settings, leftOut: [] });
}

describe.skipIf(browserPath === null)('the evaluation report', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch(browserPath!);
  });
  afterAll(() => browser?.close());

  async function open(language: 'en' | 'ja', width: number) {
    const file = join(await temporaryFolder(), 'report.html');
    await writeFile(file, reportHtml(wideReport(), language));
    const page = await browser.newPage({ viewport: { width, height: 1000 } });
    const requests: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    page.on('console', (message) => complaints.push(message.text()));
    const url = pathToFileURL(file).href;
    await page.goto(url);
    return { page, url, requests, complaints };
  }

  /** What sticks out of the page to the right, but for the table that scrolls. */
  const stickingOut = (page: Page) =>
    page.evaluate(() => {
      const edge = document.documentElement.clientWidth + 1;
      return [...document.querySelectorAll('main *')]
        .filter((element) => !element.closest('.wide') && element.getBoundingClientRect().right > edge)
        .map((element) => element.outerHTML.slice(0, 80));
    });

  describe.each(['en', 'ja'] as const)('in %s', (language) => {
    it.each([1280, 700, 400])('fits a window of %d pixels, and asks for nothing else', async (width) => {
      const { page, url, requests, complaints } = await open(language, width);
      expect(await stickingOut(page)).toEqual([]);
      expect(requests.filter((each) => !each.startsWith('data:'))).toEqual([url]);
      expect(complaints).toEqual([]);
      await page.close();
    });

    it('fits a printed page of A4', async () => {
      // 210 mm less two margins of 15 mm, at 96 pixels to the inch.
      const { page } = await open(language, Math.floor((180 / 25.4) * 96));
      await page.emulateMedia({ media: 'print' });
      expect(await stickingOut(page)).toEqual([]);
      const wide = page.locator('.wide').first();
      expect(await wide.evaluate((box) => box.scrollWidth - box.clientWidth)).toBeLessThanOrEqual(1);
      await page.close();
    });
  });
});
