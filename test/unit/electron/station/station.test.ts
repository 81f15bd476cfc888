import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { everything } from '../../../../electron/contract/history.ts';
import { assetPaths } from '../../../../electron/contract/bridge.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';
import {
  sha256,
  testPreprocess,
  testStarter,
  testStation,
  withCards,
  type TestStation,
} from '../../../support/testStation.ts';

const patient = { timeout: 10_000 };

async function withStarter(dataDir?: string, starterDir?: string): Promise<TestStation> {
  return testStation({
    starterDir: starterDir ?? (await testStarter()),
    prepare: withCards,
    ...(dataDir === undefined ? {} : { dataDir }),
  });
}

async function addFolder(station: TestStation, path: string, existing = true): Promise<number> {
  const product = await station.call('product.add', { name: `Product of ${path}` });
  const config = { kind: 'folder', path, subfolders: true, existing } as const;
  return (await station.call('source.add', { name: `Folder ${path}`, productId: product.id, config })).id;
}

async function partsOf(station: TestStation, sourceId: number) {
  return (
    await station.call('history.page', {
      filter: { ...everything, sourceId },
      before: null,
      after: null,
      limit: 500,
    })
  ).rows;
}

describe('the first start', () => {
  test('has a product with its detector for each demo part, the disc running, and a verdict at once', async () => {
    const station = await withStarter();
    const snapshot = await station.call('station.snapshot', {});
    expect(snapshot).toMatchObject({ version: '1.2.3', shell: 'browser', notices: [] });
    expect(snapshot.products.map(({ activeModelId }) => activeModelId)).toEqual([1, 2, 3]);
    expect(snapshot.models.map(({ name }) => name)).toEqual(['disc.onnx', 'tile.onnx', 'label.onnx']);
    expect(snapshot.backbones).toMatchObject([{ name: 'bank.onnx', builtIn: true, features: ['f4', 'f8'] }]);
    expect(
      snapshot.sources.map(({ config, paused }) => [config.kind === 'demo' && config.part, paused]),
    ).toEqual([
      ['disc', false],
      ['tile', true],
      ['label', true],
    ]);

    await expect.poll(() => station.told('parts.judged').length, patient).toBeGreaterThan(0);
    const [told] = station.told('parts.judged');
    expect(told?.inspections[0]).toMatchObject({
      origin: '0',
      modelId: 1,
      thresholds: { review: 0.5, ng: 0.7 },
    });
    expect(told?.counters.parts).toBe(1);
    const { model } = station.inspect.calls.find(({ name }) => name === 'judge')?.request as {
      model: { path: string; sha256: string };
    };
    expect(await readFile(model.path, 'utf8')).toBe('content of disc.onnx');
    expect(model.path).toBe(join(station.dataDir, 'models', `${model.sha256}.onnx`));
  });

  test('runs without shipped models too: every part is a review that says why', async () => {
    const station = await testStation();
    await expect.poll(() => station.told('parts.judged').length, patient).toBeGreaterThan(0);
    expect(station.told('parts.judged')[0]?.inspections[0]).toMatchObject({
      verdict: 'REVIEW',
      reason: 'noModel',
    });
    expect((await station.call('station.snapshot', {})).notices).toMatchObject([{ kind: 'modelMissing' }]);
  });

  test('goes without a shipped model that is not what its manifest says, and tells so', async () => {
    const starterDir = await testStarter();
    await writeFile(join(starterDir, 'tile.onnx'), 'damaged');
    const station = await withStarter(undefined, starterDir);
    const { products, notices } = await station.call('station.snapshot', {});
    expect(products.map(({ activeModelId }) => activeModelId)).toEqual([1, null, 2]);
    expect(notices).toMatchObject([{ kind: 'modelHashMismatch', params: { file: 'tile.onnx' } }]);
    await station.call('notice.dismiss', { index: 0 });
    expect(station.told('notices.changed')).toEqual([[]]);
  });
});

describe('a later start', () => {
  test('goes on where the first one stopped', async () => {
    const starterDir = await testStarter();
    const first = await withStarter(undefined, starterDir);
    await first.call('source.change', { id: 1, config: { ...demo, intervalMs: 20 } });
    await first.call('product.rename', { id: 2, name: 'Mine' });
    await expect.poll(() => first.told('parts.judged').length, patient).toBeGreaterThan(2);
    await first.station.stop();

    const second = await withStarter(first.dataDir, starterDir);
    await expect.poll(() => second.told('parts.judged').length, patient).toBeGreaterThan(2);
    const snapshot = await second.call('station.snapshot', {});
    expect(snapshot.products.map(({ name }) => name)).toContain('Mine');
    expect(snapshot.products).toHaveLength(3);
    expect(snapshot.models).toHaveLength(3);
    const numbers = (await partsOf(second, 1)).map(({ origin }) => Number(origin)).reverse();
    expect(numbers).toEqual(numbers.map((_, index) => index));
    expect(snapshot.recent.length).toBeGreaterThan(2);
  });

  test('is refused while another station uses the folder', async () => {
    const station = await testStation();
    await expect(testStation({ dataDir: station.dataDir })).rejects.toMatchObject({ kind: 'conflict' });
    await station.station.stop();
    await testStation({ dataDir: station.dataDir });
  });
});

const demo = {
  kind: 'demo',
  part: 'disc',
  seed: 1,
  intervalMs: 1_000,
  defectRate: 0.1,
  disturbances: { light: 0, blur: 0, noise: 0 },
} as const;

describe('sources', () => {
  test('a folder is judged, paused, resumed and removed; its history stays', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'a.png'), 'a');
    const station = await testStation();
    const id = await addFolder(station, folder);
    await expect.poll(async () => (await partsOf(station, id)).length, patient).toBe(1);

    await station.call('source.change', { id, paused: true });
    await writeFile(join(folder, 'b.png'), 'b');
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(await partsOf(station, id)).toHaveLength(1);
    const { sourceStates } = await station.call('station.snapshot', {});
    expect(sourceStates.find(({ sourceId }) => sourceId === id)?.status).toBe('paused');

    await station.call('source.change', { id, paused: false });
    await expect.poll(async () => (await partsOf(station, id)).length, patient).toBe(2);
    await station.call('source.remove', { id });
    expect((await partsOf(station, id)).map(({ origin }) => origin)).toEqual(['b.png', 'a.png']);
    expect(
      station
        .told('sources.changed')
        .at(-1)
        ?.map((source) => source.id),
    ).not.toContain(id);
  });

  test('a folder that is not there cannot be added', async () => {
    const station = await testStation();
    await expect(addFolder(station, '/no/such/folder')).rejects.toMatchObject({
      kind: 'folderMissing',
      params: { path: '/no/such/folder' },
    });
  });

  test('a folder that goes away shows as an error of its source', async () => {
    const folder = join(await temporaryFolder(), 'watched');
    await mkdir(folder);
    const station = await testStation();
    const id = await addFolder(station, folder);
    await rm(folder, { recursive: true });
    await expect
      .poll(
        () =>
          station
            .told('sourceStates.changed')
            .at(-1)
            ?.find(({ sourceId }) => sourceId === id),
        patient,
      )
      .toMatchObject({ status: 'error', error: { kind: 'folderMissing', params: { path: folder } } });
  });

  test('disturbances reach the next part', async () => {
    const station = await testStation();
    await station.call('source.change', { id: 1, config: { ...demo, intervalMs: 20 } });
    const disturbances = { light: 0.9, blur: 0.8, noise: 0.7 };
    const source = await station.call('source.disturb', { id: 1, disturbances });
    expect(source.config).toMatchObject({ disturbances });
    await expect
      .poll(() => station.inspect.calls.filter(({ name }) => name === 'judge').at(-1)?.request, patient)
      .toMatchObject({ image: { from: 'demo', disturbances } });
  });

  test('a camera takes frames, unless it is paused or no camera', async () => {
    const station = await testStation();
    const { id } = await station.call('source.add', {
      name: 'Camera',
      productId: 1,
      config: { kind: 'camera', deviceId: '', trigger: 'key', intervalMs: 1_000 },
    });
    const image = Buffer.from('jpeg').toString('base64');
    await station.call('camera.frame', { sourceId: id, image, serial: 'S1' });
    await station.call('camera.frame', { sourceId: id, image, serial: 'S2' });
    await expect.poll(async () => (await partsOf(station, id)).length, patient).toBe(2);
    expect((await partsOf(station, id)).map(({ origin, serial }) => [origin, serial])).toEqual([
      ['1', 'S2'],
      ['0', 'S1'],
    ]);
    await station.call('source.change', { id, paused: true });
    const frame = { sourceId: id, image, serial: '' };
    await expect(station.call('camera.frame', frame)).rejects.toMatchObject({ kind: 'conflict' });
    await expect(station.call('camera.frame', { ...frame, sourceId: 1 })).rejects.toMatchObject({
      kind: 'badRequest',
    });
    await expect(station.call('camera.frame', { ...frame, sourceId: 99 })).rejects.toMatchObject({
      kind: 'notFound',
    });
  });

  test('a source does not become one of another kind', async () => {
    const station = await testStation();
    const config = { kind: 'camera', deviceId: '', trigger: 'key', intervalMs: 1_000 } as const;
    await expect(station.call('source.change', { id: 1, config })).rejects.toMatchObject({
      kind: 'badRequest',
    });
  });
});

describe('models', () => {
  test('one is activated by a click and the one before comes back by another', async () => {
    const station = await withStarter();
    await station.call('source.change', { id: 1, config: { ...demo, intervalMs: 20 } });
    const taught = await teach(station, 'Second');
    expect((await station.call('station.snapshot', {})).products[0]?.activeModelId).toBe(1);

    await station.call('model.activate', { id: taught });
    await expect
      .poll(() => station.told('parts.judged').at(-1)?.latest.inspection.modelId, patient)
      .toBe(taught);
    await expect(station.call('model.remove', { id: taught })).rejects.toMatchObject({ kind: 'conflict' });
    await station.call('model.activate', { id: 1 });
    await expect.poll(() => station.told('parts.judged').at(-1)?.latest.inspection.modelId, patient).toBe(1);

    await station.call('model.remove', { id: taught });
    expect((await station.call('station.snapshot', {})).models.map(({ id }) => id)).not.toContain(taught);
    const actions = (await station.call('audit.page', { before: null, limit: 100 })).entries.map(
      ({ action }) => action,
    );
    expect(actions.filter((action) => action === 'model.activate')).toHaveLength(2);
  });

  test('new thresholds hold from the next part on', async () => {
    const station = await withStarter();
    await station.call('source.change', { id: 1, config: { ...demo, intervalMs: 20 } });
    await station.call('model.thresholds', { id: 1, thresholds: { review: 0.01, ng: 0.02 }, reason: 'try' });
    await expect
      .poll(() => station.told('parts.judged').at(-1)?.latest.inspection.thresholds, patient)
      .toEqual({ review: 0.01, ng: 0.02 });
    const { entries } = await station.call('audit.page', { before: null, limit: 1 });
    expect(entries[0]).toMatchObject({
      action: 'model.thresholds',
      detail: { id: 1, thresholds: { review: 0.01, ng: 0.02 }, before: { review: 0.5, ng: 0.7 } },
    });
  });
});

async function teach(station: TestStation, name: string): Promise<number> {
  station.train.handle('teach', async ({ out }) => {
    await writeFile(out, `detector ${name}`);
    return {
      path: out,
      sha256: sha256(`detector ${name}`),
      preprocess: testPreprocess,
      thresholds: { review: 0.4, ng: 0.6 },
      thresholdInterval: null,
      features: ['f4'],
      goodImages: 12,
      ngImages: 0,
      memory: 100,
      seconds: 1,
      skipped: [],
    };
  });
  const folder = await temporaryFolder();
  const job = await station.call('teach.start', {
    productId: 1,
    name,
    good: { from: 'folder', path: folder },
    ngFolder: null,
    backboneId: 1,
    features: null,
    size: null,
    seed: 0,
  });
  await expect
    .poll(() => station.told('job.changed').findLast(({ id }) => id === job.id)?.state, patient)
    .toBe('done');
  return station.told('job.changed').findLast(({ id }) => id === job.id)?.modelId as number;
}

describe('the human', () => {
  test('says a word on a part and takes it back; counters follow', async () => {
    const station = await testStation();
    await expect.poll(() => station.told('parts.judged').length, patient).toBeGreaterThan(0);
    await station.call('source.change', { id: 1, paused: true });
    const given = await station.call('feedback.give', { inspectionId: 1, word: 'ok', reason: 'dust' });
    expect(given.human).toBe('ok');
    expect(station.told('part.changed').at(-1)?.inspection).toEqual(given);
    const withdrawn = await station.call('feedback.withdraw', { inspectionId: 1 });
    expect(withdrawn.human).toBeNull();
    const { feedback } = await station.call('history.part', { id: 1 });
    expect(feedback).toMatchObject([{ word: 'ok', reason: 'dust', withdrawnMs: expect.any(Number) }]);
  });

  test('changes settings; the lot is on the next parts', async () => {
    const station = await testStation();
    await station.call('settings.change', { lot: 'LOT-7', language: 'en' });
    await station.call('source.change', { id: 1, config: { ...demo, intervalMs: 20 } });
    await expect
      .poll(() => station.told('parts.judged').at(-1)?.latest.inspection.lot, patient)
      .toBe('LOT-7');
    expect(station.told('settings.changed').at(-1)).toMatchObject({ language: 'en', lot: 'LOT-7' });
  });

  test('every change is in the audit trail', async () => {
    const station = await testStation();
    const product = await station.call('product.add', { name: 'New' });
    await station.call('product.rename', { id: product.id, name: 'Newer' });
    await station.call('product.remove', { id: product.id });
    const { entries } = await station.call('audit.page', { before: null, limit: 10 });
    expect(entries.map(({ action }) => action)).toEqual([
      'product.remove',
      'product.rename',
      'product.add',
      'key.add',
      'station.firstStart',
    ]);
    expect(entries[1]?.detail).toEqual({ id: product.id, name: 'Newer', before: 'New' });
  });
});

describe('events', () => {
  test('tell of a fast line at most ten times a second, and of every part', async () => {
    const station = await testStation();
    const startMs = performance.now();
    await station.call('source.change', { id: 1, config: { ...demo, intervalMs: 0 } });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await station.call('source.change', { id: 1, paused: true });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const told = station.told('parts.judged');
    expect(told.length).toBeLessThanOrEqual(2 + (performance.now() - startMs) / 100);
    const ids = told.flatMap(({ inspections }) => inspections.map(({ id }) => id));
    expect(ids.length).toBeGreaterThan(100);
    expect(ids).toEqual(ids.map((_, index) => index + 1));
    const { counters } = await station.call('station.snapshot', {});
    expect(counters.parts).toBe(ids.length);
  });
});

describe('assets', () => {
  test('a picture comes from the live ring, else from the kept file, else not at all', async () => {
    const station = await testStation();
    await expect.poll(() => station.told('parts.judged').length, patient).toBeGreaterThan(0);
    const path = assetPaths.picture(1, 200);
    station.inspect.handle('picture', ({ maxSide }) => ({ jpeg: Buffer.from(`live ${maxSide}`) }));
    const live = await station.station.assets(path);
    expect(live).toMatchObject({ status: 200, headers: { 'Content-Type': 'image/jpeg' } });
    expect(live?.headers['Cache-Control']).toContain('immutable');
    expect(String(live?.body)).toBe('live 200');

    station.inspect.handle('picture', () => ({ jpeg: null }));
    station.inspect.handle('convert', async ({ path: file }) => ({ jpeg: await readFile(file) }));
    expect((await station.station.assets(path))?.status).toBe(404);
    const { imageHash } = (await station.call('history.part', { id: 1 })).inspection;
    const folder = join(station.dataDir, 'images', (imageHash as string).slice(0, 2));
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${imageHash}.png`), 'kept');
    expect(String((await station.station.assets(path))?.body)).toBe('kept');
  });

  test('there is none for a part that is not there, nor for foreign paths', async () => {
    const station = await testStation();
    expect(await station.station.assets(assetPaths.picture(4711, 200))).toMatchObject({ status: 404 });
    expect(await station.station.assets('/picture/../../etc/passwd')).toBeNull();
    expect(await station.station.assets('/index.html')).toBeNull();
    expect(await station.station.assets('/export/history.csv?filter=nonsense')).toMatchObject({
      status: 400,
    });
  });

  test('the history is exported as CSV', async () => {
    const station = await testStation();
    await station.call('settings.change', { lot: '=cmd()' });
    await station.call('source.change', { id: 1, config: { ...demo, intervalMs: 20 } });
    await expect
      .poll(() => station.told('parts.judged').at(-1)?.latest.inspection.lot, patient)
      .toBe('=cmd()');
    await station.call('source.change', { id: 1, paused: true });
    const reply = await station.station.assets(assetPaths.historyCsv(everything));
    expect(reply?.headers['Content-Disposition']).toMatch(
      /^attachment; filename="kenro-history-[\d-]+\.csv"$/,
    );
    const chunks = [];
    for await (const chunk of reply?.body as AsyncIterable<Uint8Array>) chunks.push(chunk);
    const lines = Buffer.concat(chunks).toString().split('\r\n');
    const { count } = await station.call('history.count', { filter: everything });
    expect(lines[0]).toMatch(/^\uFEFFid,time,product,/);
    expect(lines).toHaveLength(count + 2);
    expect(lines[1]).toContain(",'=cmd(),");
  });
});

test('stopping twice is stopping once', async () => {
  const station = await testStation();
  await Promise.all([station.station.stop(), station.station.stop()]);
});
