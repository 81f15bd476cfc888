import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { EngineRequest } from '../../../../electron/contract/engine.ts';
import { everything } from '../../../../electron/contract/history.ts';
import { usualSmoothing } from '../../../../electron/contract/smoothing.ts';
import { keptPath } from '../../../../electron/engine/keptPictures.ts';
import { dataPaths } from '../../../../electron/platform/paths.ts';
import type { historyCsv } from '../../../../electron/report/historyCsv.ts';
import { certificateWith } from '../../../support/certificates.ts';
import { testStarter, testStation, withCards, type TestStation } from '../../../support/testStation.ts';

const patient = { timeout: 10_000 };
const certificate = certificateWith({ judgedBy: { thresholds: { review: 0.5, ng: 0.7 } } });
const pictures = { plain: Uint8Array.of(1), noisy: Uint8Array.of(2) };

/** A station whose demo line judges parts as certified, all with their picture. */
async function station(): Promise<TestStation> {
  const starterDir = await testStarter();
  return testStation({
    starterDir,
    prepare: (engines) => {
      withCards(engines);
      engines.inspect.handle('judge', ({ smoothing }) => ({
        ...{ verdict: 'OK', score: 0.49, label: null, map: null, error: null },
        ...{ imageHash: 'ab'.repeat(32), imageKept: true, width: 8, height: 8, decodeMs: 1, inferMs: 1 },
        ...(smoothing ? { smoothing: { certificate, error: null, smoothMs: 5 } } : {}),
      }));
    },
  });
}

async function newestCertified({ call }: TestStation) {
  const request = { filter: { ...everything, productId: 1 }, before: null, after: null, limit: 50 };
  const find = async () => (await call('history.page', request)).rows.find((part) => part.certificate);
  await expect.poll(find, patient).toBeDefined();
  return (await find())!;
}

describe('noisy looks at the parts of a product', () => {
  test('are off until they are switched on, which is told, written down and got ready for', async () => {
    const line = await station();
    await expect.poll(() => line.told('parts.judged').length, patient).toBeGreaterThan(0);
    const asked = () =>
      line.inspect.calls.filter(({ name }) => name === 'judge').map(({ request }) => request);
    expect((asked().at(-1) as EngineRequest<'judge'>).smoothing).toBeUndefined();

    const product = await line.call('product.smoothing', { id: 1, smoothing: usualSmoothing });
    expect(product.smoothing).toEqual(usualSmoothing);
    expect(line.told('products.changed').at(-1)?.[0]?.smoothing).toEqual(usualSmoothing);
    const loads = line.inspect.calls.filter(({ name }) => name === 'load');
    expect(loads.at(-1)?.request).toMatchObject({ smoothed: true });
    const { entries } = await line.call('audit.page', { before: null, limit: 1 });
    expect(entries[0]).toMatchObject({
      action: 'product.smoothing',
      detail: { id: 1, smoothing: usualSmoothing, before: null },
    });
    expect(await newestCertified(line)).toMatchObject({ votes: 21, radius: 0.0125, certificate });
    expect((await line.call('product.looks', { id: 1 })).parts).toBeGreaterThan(0);

    await line.call('product.smoothing', { id: 1, smoothing: null });
    const before = asked().length;
    await expect.poll(() => asked().length, patient).toBeGreaterThan(before + 1);
    expect((asked().at(-1) as EngineRequest<'judge'>).smoothing).toBeUndefined();
  });

  test('are repeated from the record of a part', async () => {
    const line = await station();
    await line.call('product.smoothing', { id: 1, smoothing: usualSmoothing });
    const { id, imageHash } = await newestCertified(line);
    await expect(line.call('history.repeat', { id })).rejects.toMatchObject({ kind: 'imageVanished' });

    const kept = keptPath(dataPaths(line.dataDir).images, imageHash!, 'png');
    await mkdir(dirname(kept), { recursive: true });
    await writeFile(kept, 'a picture');
    line.train.handle('repeatLooks', ({ certificate: asked }) => ({ ...certificateWith(), ...asked }));
    expect(await line.call('history.repeat', { id })).toEqual({ certificate, isSame: true });
    expect(line.train.calls.at(-1)?.request).toMatchObject({ image: kept, first: 'OK', certificate });
    line.train.handle('repeatLooks', () => ({ ...certificate, hits: certificate.hits - 1 }));
    expect(await line.call('history.repeat', { id })).toMatchObject({ isSame: false });
  });

  test('cannot be repeated for a part that was looked at once', async () => {
    const line = await station();
    await expect.poll(() => line.told('parts.judged').length, patient).toBeGreaterThan(0);
    await expect(line.call('history.repeat', { id: 1 })).rejects.toMatchObject({ kind: 'notFound' });
  });

  test('are shown on recent parts, each in turn, as far as their pictures are there', async () => {
    const line = await station();
    await expect.poll(() => line.told('parts.judged').length, patient).toBeGreaterThan(0);
    const ask = (index: number) => line.call('product.noise', { id: 1, smoothing: usualSmoothing, index });
    line.inspect.handle('noisyPicture', () => ({ pictures: null, fewestLooks: 14 }));
    await expect(ask(0)).rejects.toMatchObject({ kind: 'tooFewImages' });
    line.inspect.handle('noisyPicture', () => ({ pictures, fewestLooks: 14 }));
    expect(await ask(7)).toMatchObject({ plain: 'AQ==', noisy: 'Ag==', fewestLooks: 14 });
    const none = await line.call('product.add', { name: 'new' });
    const request = { id: none.id, smoothing: usualSmoothing, index: 0 };
    await expect(line.call('product.noise', request)).rejects.toMatchObject({ kind: 'noModel' });
  });

  test('stand in the export', async () => {
    const line = await station();
    await line.call('product.smoothing', { id: 1, smoothing: usualSmoothing });
    const { id } = await newestCertified(line);
    const asset = await line.station.assets(
      `/export/history.csv?filter=${encodeURIComponent(JSON.stringify(everything))}`,
    );
    let csv = '';
    for await (const piece of asset!.body as ReturnType<typeof historyCsv>)
      csv += new TextDecoder().decode(piece);
    const [header, ...rows] = csv
      .trim()
      .split('\r\n')
      .map((text) => text.split(','));
    const row = rows.find(([own]) => own === String(id))!;
    const cell = (name: string) => row[header!.indexOf(name)];
    const { sigma, alpha, n, hits, radius, seed } = certificate;
    expect(['sigma', 'alpha', 'lookRule', 'n0', 'n', 'hits', 'lookVerdict', 'looksEnded'].map(cell)).toEqual(
      [sigma, alpha, 'betting', 0, n, hits, 'OK', 'settled'].map(String),
    );
    expect([cell('votes'), cell('radius'), cell('shownRadius'), cell('lookSeed')]).toEqual(
      [21, radius, radius, seed].map(String),
    );
  });
});
