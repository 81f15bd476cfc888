import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ja } from '../../renderer/src/i18n/ja.ts';
import { sharedPath } from '../support/shared.ts';
import { holdReplies, type HeldReplies } from '../support/heldReplies.ts';
import { browserPath, openStation, type StationPage } from '../support/stationPage.ts';

const network = sharedPath('onnx', 'mobilenet_v2_1.0_224_f32.onnx');

describe.skipIf(browserPath === null || network === null)("a user's own ONNX network", () => {
  let station: StationPage;
  let replies: HeldReplies;

  beforeAll(async () => {
    station = await openStation();
    replies = await holdReplies(station);
    await station.page.evaluate(() => (location.hash = '#/settings/backbones'));
  });
  afterAll(() => station?.close());

  it('is found by a path that was typed before the first folder was listed', async () => {
    const { page } = station;
    replies.hold();
    await page.getByRole('button', { name: ja['backbone.import'] }).click();
    const field = page.getByLabel(ja['folder.path']);
    await field.fill(dirname(network ?? ''));
    replies.release();
    await page.getByRole('dialog').getByRole('listitem').first().waitFor();
    await field.press('Enter');
    await page.getByRole('button', { name: /mobilenet_v2_1\.0_224_f32\.onnx/ }).click();
  });

  it('is described: size, layers, input, tensors to tap', async () => {
    const { page } = station;
    const dialog = page.getByRole('dialog');
    await dialog.getByText(ja['preprocess.title']).waitFor({ timeout: 60_000 });
    const text = await dialog.textContent();
    expect(text).toContain('opset');
    expect(text).toMatch(/feat_s8.*feat_s16|feat_s16.*feat_s8/);
    await station.screenshot('backbone');
  });

  it('is imported and offered for teaching', async () => {
    const { page } = station;
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: ja['backbone.import'] }).click();
    await expect.poll(() => dialog.count(), { timeout: 60_000 }).toBe(0);
    await page.getByRole('article', { name: 'mobilenet_v2_1.0_224_f32' }).waitFor();
    await page.getByRole('link', { name: ja['nav.teach'], exact: true }).click();
    const backbone = page.getByRole('combobox', { name: ja['teach.backbone'] });
    await backbone.selectOption({ label: 'mobilenet_v2_1.0_224_f32' });
    expect(station.complaints).toEqual([]);
  });
});
