import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeModel } from '../../native-models/onnx/write.ts';
import { en } from '../../renderer/src/i18n/en.ts';
import { ja } from '../../renderer/src/i18n/ja.ts';
import { writeClassFolders } from '../support/classPictures.ts';
import { meanClassifier } from '../support/meanClassifier.ts';
import { pickFolder } from '../support/pickFolder.ts';
import { browserPath, openStation, type StationPage } from '../support/stationPage.ts';

const sizes = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
] as const;
const passphrase = 'seven red lorries';
const reason = '仕入先の試験成績書を確認';

describe.skipIf(browserPath === null)('signatures of models and the check of settings', () => {
  let station: StationPage;
  const texts = { ja, en };
  const room = (hash: string) => station.page.evaluate((to) => (location.hash = to), `#/${hash}`);
  const card = () => station.page.locator('article[data-model]', { hasText: 'sorter.onnx' }).first();
  const dialog = () => station.page.getByRole('dialog');

  type Look = (t: typeof ja | typeof en) => Promise<unknown>;
  const closeDialog: Look = (t) => dialog().getByRole('button', { name: t['common.cancel'] }).click();

  /** Shows the page in both languages and at both sizes, each without anything cut off sideways. */
  const inBoth = async (name: string, look: Look, open: Look = () => Promise.resolve(), close = open) => {
    const { page } = station;
    for (const language of ['en', 'ja'] as const) {
      await page.getByRole('button', { name: language === 'en' ? 'English' : '日本語' }).click();
      await expect.poll(() => page.locator('html').getAttribute('lang')).toBe(language);
      await open(texts[language]);
      for (const size of sizes) {
        await page.setViewportSize(size);
        await look(texts[language]);
        await station.screenshot(`${name}-${language}-${size.width}`);
        expect(await page.evaluate('document.documentElement.scrollWidth > innerWidth')).toBe(false);
      }
      await close(texts[language]);
    }
    await page.setViewportSize(sizes[0]);
  };

  /** Makes a product and imports a network for it, with classified images. */
  async function importNetwork(file: string, product: string): Promise<void> {
    const { page } = station;
    await room('teach');
    await page.getByRole('radio', { name: ja['teach.way.import'] }).check();
    await page.getByRole('button', { name: ja['product.add'] }).click();
    await page.getByLabel(ja['own.name']).fill(product);
    await page.getByRole('button', { name: ja['common.add'], exact: true }).click();
    await page.getByRole('button', { name: ja['backbone.chooseFile'] }).click();
    const field = page.getByLabel(ja['folder.path']);
    await expect.poll(() => field.inputValue()).not.toBe('');
    await field.fill(station.folder);
    await field.press('Enter');
    await dialog().getByRole('button', { name: file }).click();
    await page.locator('textarea').fill('ok\nspot\nstripe');
    await page.getByRole('button', { name: ja['folder.choose'], exact: true }).click();
    await pickFolder(page, join(station.folder, 'classes'));
    await page.getByRole('button', { name: ja['classes.import'], exact: true }).click();
    await page.locator('article[data-job=done]').first().waitFor({ timeout: 120_000 });
  }

  beforeAll(async () => {
    station = await openStation();
    await writeFile(join(station.folder, 'sorter.onnx'), writeModel(meanClassifier(false)));
    await writeFile(join(station.folder, 'planted.onnx'), writeModel(meanClassifier(true)));
    await writeClassFolders(join(station.folder, 'classes'), 8);
    await station.page.locator('.pause').first().click();
  });
  afterAll(() => station?.close());

  it('an imported network that nobody signed joins the registry and judges nothing', async () => {
    const { page } = station;
    await importNetwork('sorter.onnx', '表面');
    await card().locator('[data-trust=unsigned]').waitFor();
    await card().getByRole('button', { name: ja['model.activate'] }).click();
    // Refused, and said why and what to do.
    await page
      .getByText(/署名がないか/)
      .first()
      .waitFor();
    expect(await card().getByText(ja['model.active']).count()).toBe(0);
    await inBoth('signing-unsigned', () => card().locator('[data-trust]').scrollIntoViewIfNeeded());
  }, 200_000);

  it('is let in by two touches and a reason, which stay on the record and among the dangers', async () => {
    const { page } = station;
    await inBoth(
      'signing-override',
      (t) => dialog().getByText(t['trust.allowText']).waitFor(),
      async (t) => {
        await card().getByRole('button', { name: t['trust.allow'] }).click();
        await dialog().getByRole('button', { name: t['trust.usual.supplier'] }).click();
      },
      closeDialog,
    );
    await card().getByRole('button', { name: ja['trust.allow'] }).click();
    await dialog().getByLabel(ja['lineStop.reason']).fill(reason);
    await dialog().getByRole('button', { name: ja['trust.allow'] }).click();
    await card().getByText(reason).waitFor();
    await card().getByRole('button', { name: ja['model.activate'] }).click();
    await card().getByText(ja['model.active']).waitFor();
    await room('settings/audit');
    await page.getByText(ja['audit.action.model.trust']).first().waitFor();
    expect(await page.locator('main').innerText()).toContain(reason);
  }, 100_000);

  it('one with a planted mark is found by itself, shown with the mark, and judges nothing until it is let in', async () => {
    const { page } = station;
    await importNetwork('planted.onnx', '裏口');
    const planted = page.locator('article[data-model]', { hasText: 'planted.onnx' }).first();
    await planted.locator('[data-probe=suspicious]').waitFor({ timeout: 120_000 });
    const mark = planted.locator('[data-probe] img').first();
    await expect
      .poll(() => mark.evaluate((image: HTMLImageElement) => image.naturalWidth))
      .toBeGreaterThan(0);
    await inBoth('probe-suspicious', () => planted.locator('[data-probe]').scrollIntoViewIfNeeded());
    await planted.getByRole('button', { name: ja['trust.allow'] }).click();
    // One button for all that is held against it: nobody signed it, and it has a backdoor.
    const against = dialog().getByRole('list', { name: ja['trust.against'] });
    await against.getByText(ja['trust.unsigned']).waitFor();
    await against.getByText(ja['probe.suspicious']).waitFor();
    await station.screenshot('probe-override');
    await dialog().getByLabel(ja['lineStop.reason']).fill('検証用に使用');
    await dialog().getByRole('button', { name: ja['trust.allow'] }).click();
    await planted.getByText(ja['probe.cleared']).waitFor();
    await planted.getByRole('button', { name: ja['model.activate'] }).click();
    await planted.getByText(ja['model.active']).waitFor();
    await room('settings/audit');
    await page.getByText(ja['audit.action.model.probe']).first().waitFor();
    const entry = page.getByRole('row').filter({ hasText: '検証用に使用' });
    expect(await entry.innerText()).toMatch(/state: unsigned.*isSuspicious: true/);

    // The same network without the mark was looked at too.
    await room('settings/models');
    const honest = page.locator('article[data-model]', { hasText: 'sorter.onnx' }).first();
    await honest.locator('[data-probe=notFound]').waitFor({ timeout: 120_000 });
    await honest.locator('[data-probe] summary').click();
    await inBoth('probe-clean', () => honest.locator('[data-probe]').scrollIntoViewIfNeeded());
  }, 200_000);

  it('is signed by a key of the plant, which asks for its passphrase', async () => {
    const { page } = station;
    await room('settings/keys');
    await page.getByRole('button', { name: ja['keys.make'] }).click();
    await dialog().getByLabel(ja['keys.name']).fill('品質保証課');
    await dialog().getByLabel(ja['keys.passphrase']).fill('short');
    expect(await dialog().getByRole('button', { name: ja['keys.make'] }).isDisabled()).toBe(true);
    await dialog().getByLabel(ja['keys.passphrase']).fill(passphrase);
    await dialog().getByRole('button', { name: ja['keys.make'] }).click();
    await page.locator('[data-key]', { hasText: '品質保証課' }).waitFor();
    await inBoth('signing-keys', (t) => page.getByText(t['keys.owner.plant']).first().waitFor());

    await room('settings/models');
    await inBoth(
      'signing-dialog',
      (t) => dialog().getByText(t['trust.key'], { exact: true }).waitFor(),
      (t) => card().getByRole('button', { name: t['trust.sign'] }).click(),
      closeDialog,
    );
    await card().getByRole('button', { name: ja['trust.sign'] }).click();
    await dialog().getByLabel(ja['keys.passphrase']).fill('seven red lorry.');
    await dialog().getByRole('button', { name: ja['trust.sign'] }).click();
    // A wrong passphrase signs nothing, and the dialog stays.
    await page
      .getByText(/パスフレーズが違います/)
      .first()
      .waitFor();
    await card().locator('[data-trust=unsigned]').waitFor();
    await dialog().getByLabel(ja['keys.passphrase']).fill(passphrase);
    await dialog().getByRole('button', { name: ja['trust.sign'] }).click();
    await card().locator('[data-trust=signed]').waitFor();
    expect(await card().locator('[data-trust]').innerText()).toContain('品質保証課');
  }, 100_000);

  it('dangerous settings are named on screen, each with the way there, and go when they are mended', async () => {
    const { page } = station;
    const dangers = (kind: string) => page.locator(`[data-danger=${kind}]`);
    await room('settings/check');
    await dangers('noAdmin').waitFor();
    expect(await dangers('untrusted').count()).toBe(0);

    await room('settings/keys');
    const own = page.locator('[data-key]', { hasText: ja['keys.owner.station'] });
    await own.getByRole('button', { name: ja['keys.revoke'] }).click();
    await dialog().getByLabel(ja['lineStop.reason']).fill('PCを盗まれた');
    await dialog().getByRole('button', { name: ja['keys.revoke'] }).click();
    await own.getByText('PCを盗まれた').waitFor();
    await room('settings/check');
    await dangers('untrusted').first().waitFor();
    const before = await dangers('untrusted').count();
    await inBoth('danger-check', (t) => page.getByText(t['danger.hint']).waitFor());

    await dangers('untrusted').first().getByRole('link').click();
    const revoked = page
      .locator('article[data-model]', { has: page.locator('[data-trust=revoked]') })
      .first();
    await revoked.waitFor();
    const id = new URL(page.url()).hash.split('/').at(-1)!;
    const named = page.locator(`article[data-model="${id}"]`);
    await named.getByRole('button', { name: ja['trust.sign'] }).click();
    await dialog().getByLabel(ja['keys.passphrase']).fill(passphrase);
    await dialog().getByRole('button', { name: ja['trust.sign'] }).click();
    await named.locator('[data-trust=signed]').waitFor();
    await room('settings/check');
    await expect.poll(() => dangers('untrusted').count()).toBe(before - 1);
  }, 100_000);
});
