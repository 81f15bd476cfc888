import { afterAll, beforeAll, describe, it } from 'vitest';
import { ja } from '../../renderer/src/i18n/ja.ts';
import { browserPath, openStation, type StationPage } from '../support/stationPage.ts';

describe.skipIf(browserPath === null)('a page whose station goes away', () => {
  let station: StationPage;

  beforeAll(async () => {
    station = await openStation();
    await station.page.locator('[data-verdict]').waitFor();
  });
  afterAll(() => station?.close());

  it('says that what it shows is not current, and fails calls instead of hanging', async () => {
    const { page } = station;
    await station.stopShell();
    await page.getByText(ja['connection.lost']).waitFor();
    await page.keyboard.press('n');
    await page.getByRole('status').getByRole('alert').waitFor();
    await station.screenshot('connection-lost');
  });
});
