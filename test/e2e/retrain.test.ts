import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ja } from '../../renderer/src/i18n/ja.ts';
import { writePart } from '../support/partImages.ts';
import { pickFolder } from '../support/pickFolder.ts';
import { browserPath, openStation, type StationPage } from '../support/stationPage.ts';

describe.skipIf(browserPath === null)('the retraining room', () => {
  let station: StationPage;

  beforeAll(async () => {
    station = await openStation();
    for (let index = 0; index < 24; index++) {
      await writePart(join(station.folder, 'own', 'good'), `${10 + index}.png`, index, true);
    }
    for (let index = 0; index < 8; index++) {
      await writePart(join(station.folder, 'own', 'gash'), `${10 + index}.png`, 100 + index, false);
    }
    await station.page.locator('[data-verdict]').waitFor();
  });
  afterAll(() => station?.close());

  it('needs a model: a small one is taught', async () => {
    const { page } = station;
    await page.getByRole('link', { name: ja['nav.teach'], exact: true }).click();
    await page.getByRole('button', { name: ja['product.add'] }).click();
    await page.getByRole('dialog').getByLabel(ja['common.name']).fill('研磨板');
    await page.getByRole('dialog').getByRole('button', { name: ja['common.add'] }).click();
    await page.getByRole('button', { name: ja['folder.choose'] }).first().click();
    await pickFolder(page, join(station.folder, 'own', 'good'));
    await page.getByLabel(ja['teach.size']).selectOption('128');
    await page.getByRole('button', { name: ja['teach.start'] }).click();
    await page.locator('article[data-job=done]').waitFor({ timeout: 300_000 });
  }, 320_000);

  it('takes a labelled folder and shows what there is', async () => {
    const { page } = station;
    await page.getByRole('link', { name: ja['nav.retrain'] }).click();
    await page.getByLabel(ja['top.product']).selectOption({ label: '研磨板' });
    await page.getByRole('button', { name: ja['folder.choose'] }).first().click();
    await pickFolder(page, join(station.folder, 'own'));
    await page.locator('[data-class=ok]').getByText('24').waitFor();
    await page.locator('[data-class=gash]').getByText('8').waitFor();
  });

  it('takes costs and shows a disturbance on an own part', async () => {
    const { page } = station;
    await page.getByLabel(ja['costs.escape'], { exact: true }).fill('500');
    await page.getByRole('button', { name: ja['site.show'] }).first().click();
    await expect.poll(() => page.locator('.preview img').count(), { timeout: 60_000 }).toBe(2);
    const [plain, disturbed] = await page
      .locator('.preview img')
      .evaluateAll((images) => images.map((image) => image.getAttribute('src')));
    expect(disturbed).not.toBe(plain);
  });

  it('plans, runs and ends in a candidate that is not in use', async () => {
    const { page } = station;
    await page.getByLabel(ja['plan.epochs']).fill('2');
    await page.getByRole('button', { name: ja['plan.make'] }).click();
    await page.locator('[data-plan]').waitFor({ timeout: 200_000 });
    await station.screenshot('retrain-plan');
    await page.getByRole('button', { name: ja['plan.start'] }).click();
    await page.locator('[data-result]').waitFor({ timeout: 300_000 });
    await page.getByRole('button', { name: ja['retrain.makeCandidate'] }).click();
    const candidate = page.locator('article[data-model]');
    await candidate.getByRole('button', { name: ja['model.activate'] }).waitFor();
    await station.screenshot('retrain-result');
    expect(station.complaints).toEqual([]);
    expect(station.strayRequests).toEqual([]);
  }, 520_000);
});
