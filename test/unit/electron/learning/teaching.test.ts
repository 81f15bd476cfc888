import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { TeachRequest } from '../../../../electron/contract/domain.ts';
import type { Job } from '../../../../electron/contract/jobs.ts';
import type { EngineRequest } from '../../../../electron/contract/engine.ts';
import { KenroError } from '../../../../electron/contract/errors.ts';
import type { z } from 'zod';
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
const detector = 'bytes of a detector';

async function station(): Promise<TestStation> {
  return testStation({ starterDir: await testStarter(), prepare: withCards });
}

async function request(
  change: Partial<z.input<typeof TeachRequest>> = {},
): Promise<z.input<typeof TeachRequest>> {
  return {
    productId: 1,
    name: 'Taught',
    good: { from: 'folder', path: await temporaryFolder() },
    ngFolder: null,
    backboneId: 1,
    features: null,
    size: null,
    seed: 7,
    ...change,
  };
}

/** Has the training engine make a detector. */
function teaches(
  { train }: TestStation,
  skipped: { file: string; error: { kind: 'imageUnreadable'; params: object } }[] = [],
) {
  train.handle('teach', async ({ out, features }, { onProgress }) => {
    onProgress?.({ stage: 'features', done: 3, total: 12 });
    await writeFile(out, detector);
    return {
      path: out,
      sha256: sha256(detector),
      preprocess: testPreprocess,
      thresholds: { review: 0.4, ng: 0.6 },
      thresholdInterval: [0.5, 0.7],
      features,
      goodImages: 12,
      ngImages: 0,
      memory: 100,
      seconds: 1.5,
      skipped: skipped as never,
    };
  });
}

function last(on: TestStation, id: string): Job | undefined {
  return on.told('job.changed').findLast((job) => job.id === id);
}

function requestOf({ train }: TestStation): EngineRequest<'teach'> {
  return train.calls.find(({ name }) => name === 'teach')?.request as EngineRequest<'teach'>;
}

describe('teaching from a folder', () => {
  test('ends with a detector in the registry that is not in use yet', async () => {
    const on = await station();
    const skipped = { file: 'bad.png', error: { kind: 'imageUnreadable', params: {} } } as const;
    teaches(on, [skipped]);
    const asked = await request({ features: ['f8'], size: 320 });
    const job = await on.call('teach.start', asked);
    expect(job).toMatchObject({ kind: 'teach', title: 'Taught', productId: 1, state: 'running' });
    await expect.poll(() => last(on, job.id)?.state, patient).toBe('done');

    expect(on.told('job.changed').map(({ stage }) => stage)).toContain('features');
    expect(last(on, job.id)).toMatchObject({ modelId: 4, skipped: [skipped] });
    expect(requestOf(on)).toMatchObject({
      good: asked.good,
      ng: null,
      features: ['f8'],
      seed: 7,
      backbone: { name: 'bank.onnx', preprocess: { ...testPreprocess, size: [320, 320] } },
    });
    const { models, products } = await on.call('station.snapshot', {});
    expect(models.at(-1)).toMatchObject({
      id: 4,
      name: 'Taught',
      sha256: sha256(detector),
      thresholds: { review: 0.4, ng: 0.6 },
      thresholdInterval: [0.5, 0.7],
      origin: { backbone: 'bank.onnx', features: ['f8'], goodImages: 12, memory: 100, seed: 7, seconds: 1.5 },
    });
    expect(products[0]?.activeModelId).toBe(1);
    expect(await readFile(join(on.dataDir, 'models', `${sha256(detector)}.onnx`), 'utf8')).toBe(detector);
    const run = join(on.dataDir, 'runs', job.id);
    expect((await readdir(run)).sort()).toEqual(['result.json', 'settings.json']);
  });

  test('is used at once by a product that had no detector, and the audit trail says so', async () => {
    const on = await station();
    teaches(on);
    const product = await on.call('product.add', { name: 'New' });
    const job = await on.call('teach.start', await request({ productId: product.id }));
    await expect.poll(() => last(on, job.id)?.state, patient).toBe('done');
    expect(
      on
        .told('products.changed')
        .at(-1)
        ?.find(({ id }) => id === product.id)?.activeModelId,
    ).toBe(4);
    const { entries } = await on.call('audit.page', { before: null, limit: 10 });
    expect(entries.map(({ actor, action }) => [actor, action]).slice(0, 4)).toEqual([
      ['station', 'model.activate'],
      ['station', 'model.parity'],
      ['station', 'model.add'],
      ['operator', 'teach.start'],
    ]);
    expect(entries[0]?.detail).toMatchObject({ id: 4, before: null });
  });

  test('fails with the reason, and leaves nothing in the registry', async () => {
    const on = await station();
    on.train.handle('teach', () => {
      throw new KenroError('tooFewImages', { found: 2, needed: 5 });
    });
    const job = await on.call('teach.start', await request());
    await expect.poll(() => last(on, job.id)?.state, patient).toBe('failed');
    expect(last(on, job.id)?.error).toMatchObject({ kind: 'tooFewImages', params: { found: 2, needed: 5 } });
    expect((await on.call('station.snapshot', {})).models).toHaveLength(3);

    await on.call('job.dismiss', { id: job.id });
    expect(on.told('job.removed')).toEqual([{ id: job.id }]);
    expect((await on.call('station.snapshot', {})).jobs).toEqual([]);
  });

  test('is cancelled by a click', async () => {
    const on = await station();
    on.train.handle('teach', (_request, { signal }) => {
      return new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(new KenroError('cancelled')));
      });
    });
    const job = await on.call('teach.start', await request());
    await expect(on.call('job.dismiss', { id: job.id })).rejects.toMatchObject({ kind: 'conflict' });
    await on.call('job.cancel', { id: job.id });
    await expect.poll(() => last(on, job.id)?.state, patient).toBe('cancelled');
    expect(last(on, job.id)?.error).toBeUndefined();
  });

  test('refuses what is not there, before anything starts', async () => {
    const on = await station();
    const refused = async (change: Parameters<typeof request>[0]) =>
      on.call('teach.start', await request(change));
    await expect(refused({ productId: 99 })).rejects.toMatchObject({ kind: 'notFound' });
    await expect(refused({ backboneId: 99 })).rejects.toMatchObject({ kind: 'notFound' });
    await expect(refused({ ngFolder: '/no/such' })).rejects.toMatchObject({ kind: 'folderMissing' });
    await expect(refused({ good: { from: 'folder', path: '/no/such' } })).rejects.toMatchObject({
      kind: 'folderMissing',
      params: { path: '/no/such' },
    });
    expect((await on.call('station.snapshot', {})).jobs).toEqual([]);
  });

  test('runs one job after the other', async () => {
    const on = await station();
    let running = 0;
    let most = 0;
    on.train.handle('teach', async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 50));
      running--;
      throw new KenroError('tooFewImages');
    });
    const jobs = [
      await on.call('teach.start', await request()),
      await on.call('teach.start', await request()),
    ];
    for (const { id } of jobs) await expect.poll(() => last(on, id)?.state, patient).toBe('failed');
    expect(most).toBe(1);
  });
});

describe('screening what is to be taught on', () => {
  test('tells the suspects of a folder, and teaching leaves out what is said', async () => {
    const on = await station();
    teaches(on);
    on.train.handle('screen', ({ images, features }) => {
      const [first] = images;
      const reasons = [{ check: 'alone' as const, figure: 5 }];
      const suspects = [{ path: first!.path, label: first!.label, reasons, suspicion: 0.6 }];
      return {
        ...{ suspects, suspectCount: 1, images: images.length, checks: ['alone'], tooFew: [] },
        ...{ separation: null, isWeak: false, features: features ?? [], skipped: [], seconds: 1 },
      };
    });
    const path = await temporaryFolder();
    for (const name of ['a', 'b', 'c']) await writeFile(join(path, `${name}.png`), '');
    const asked = { productId: 1, name: 'Look', what: 'good', path, backboneId: 1, size: 128 } as const;
    const { id } = await on.call('teach.screen', asked);
    await expect
      .poll(() => on.told('job.changed').findLast((job) => job.id === id)?.state, patient)
      .toBe('done');
    const job = on.told('job.changed').findLast((each) => each.id === id)!;
    expect(job).toMatchObject({ kind: 'screen', screened: asked, screening: { images: 3 } });
    const call = on.train.calls.find(({ name }) => name === 'screen')!.request as EngineRequest<'screen'>;
    expect(call.images.map(({ label }) => label)).toEqual(['ok', 'ok', 'ok']);
    expect(call.preprocess?.size).toEqual([128, 128]);

    const leftOut = [job.screening!.suspects[0]!.path];
    await on.call('teach.start', await request({ good: { from: 'folder', path }, leftOut }));
    await expect.poll(() => on.train.calls.some(({ name }) => name === 'teach'), patient).toBe(true);
    const taught = on.train.calls.find(({ name }) => name === 'teach')!.request as EngineRequest<'teach'>;
    expect(taught.good).toEqual({
      from: 'list',
      images: ['b', 'c'].map((name) => ({ from: 'file', path: join(path, `${name}.png`) })),
    });
  });
});

describe('teaching from the line', () => {
  /** Has the inspection engine keep pictures as the real one does. */
  function keepsPictures(on: TestStation): void {
    on.inspect.handle('judge', async ({ key, keep }) => {
      const hash = sha256(key);
      if (keep === 'always') {
        const folder = join(on.dataDir, 'images', hash.slice(0, 2));
        await mkdir(folder, { recursive: true });
        await writeFile(join(folder, `${hash}.png`), key);
      }
      return {
        verdict: 'OK',
        score: 0,
        label: null,
        map: null,
        imageHash: hash,
        imageKept: keep === 'always',
        width: 1,
        height: 1,
        decodeMs: 0,
        inferMs: 0,
        error: null,
      };
    });
  }

  test('keeps and uses the pictures of the next parts', async () => {
    const on = await station();
    keepsPictures(on);
    teaches(on);
    await on.call('settings.change', { keepOneOkIn: 0 });
    const good = { from: 'line', sourceId: 1, count: 5 } as const;
    const job = await on.call('teach.start', await request({ good }));
    const { sources } = await on.call('station.snapshot', {});
    const config = sources[0]?.config;
    if (config?.kind !== 'demo') throw new Error('the first source is the demo line');
    await on.call('source.change', { id: 1, config: { ...config, intervalMs: 20 } });
    await expect.poll(() => last(on, job.id)?.state, patient).toBe('done');

    const collected = on.told('job.changed').filter(({ stage }) => stage === 'collect');
    expect(collected.map(({ done }) => done)).toEqual(expect.arrayContaining([1, 2, 3, 4, 5]));
    expect(collected.at(-1)?.total).toBe(5);
    const { good: images } = requestOf(on);
    if (images.from !== 'list') throw new Error('a list was expected');
    const { recent } = await on.call('station.snapshot', {});
    const kept = recent.filter(({ imageKept }) => imageKept).map(({ imageHash }) => imageHash);
    const used = images.images.map((image) => (image.from === 'file' ? image.path : ''));
    expect(used).toHaveLength(5);
    expect(used.every((path) => kept.some((hash) => path.endsWith(`${hash}.png`)))).toBe(true);
  });

  test('ends with the reason when the source is removed, or with nothing when it is cancelled', async () => {
    const on = await station();
    await on.call('source.change', { id: 1, paused: true });
    const good = { from: 'line', sourceId: 1, count: 5 } as const;
    const cancelled = await on.call('teach.start', await request({ good }));
    await on.call('job.cancel', { id: cancelled.id });
    await expect.poll(() => last(on, cancelled.id)?.state, patient).toBe('cancelled');

    const failed = await on.call('teach.start', await request({ good }));
    await on.call('source.remove', { id: 1 });
    await expect.poll(() => last(on, failed.id)?.error?.kind, patient).toBe('notFound');
  });

  test('refuses a source that makes another product', async () => {
    const on = await station();
    const good = { from: 'line', sourceId: 2, count: 5 } as const;
    await expect(on.call('teach.start', await request({ good }))).rejects.toMatchObject({ kind: 'conflict' });
  });
});

test('a job does not outlive its station', async () => {
  const on = await station();
  await on.call('source.change', { id: 1, paused: true });
  const good = { from: 'line', sourceId: 1, count: 5 } as const;
  const job = await on.call('teach.start', await request({ good }));
  await on.station.stop();
  expect(last(on, job.id)?.state).toBe('interrupted');
});
