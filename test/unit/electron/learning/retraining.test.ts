import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { EngineReply, EngineRequest } from '../../../../electron/contract/engine.ts';
import { KenroError } from '../../../../electron/contract/errors.ts';
import type { Job } from '../../../../electron/contract/jobs.ts';
import type { RetrainRequest } from '../../../../electron/contract/retrain.ts';
import { usualFineTune } from '../../../../electron/contract/usualSettings.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';
import {
  sha256,
  testStarter,
  testStation,
  withCards,
  type TestStation,
} from '../../../support/testStation.ts';

const patient = { timeout: 10_000 };
const tuned = 'bytes of a tuned detector';
const thresholds = { review: 0.3, ng: 0.4 };
const noGroups = { groupColumn: null, groupPattern: null };
const figures = { clean: 0.8, site: 0.7, expectedCost: 50, validationLoss: 0.5 };
const changed: EngineReply<'fineTune'>['changed'] = { counts: {}, parts: [] };
const plan: EngineReply<'planFineTune'> = {
  layers: [],
  parameters: 10,
  samples: { all: 6, chosen: 2 },
  flops: { forward: 1, step: 2, whole: 3 },
  total: { flops: 10, wholeFlops: 100, seconds: 1 },
  images: { train: 4, validation: 1, calibration: 1, test: 2 },
  skipped: [],
};

async function station(): Promise<TestStation> {
  const on = await testStation({ starterDir: await testStarter(), prepare: withCards });
  on.train.handle('planFineTune', () => plan);
  on.train.handle('pauseTraining', ({ paused }) => ({ paused }));
  return on;
}

async function folder(): Promise<string> {
  const path = await temporaryFolder();
  for (const [label, count] of [
    ['good', 40],
    ['crack', 3],
  ] as const) {
    await mkdir(join(path, label));
    for (let index = 10; index < 10 + count; index++) await writeFile(join(path, label, `${index}.png`), '');
  }
  return path;
}

async function request(): Promise<RetrainRequest> {
  const parts = { productId: 1, records: 'none', path: await folder(), ...noGroups } as const;
  return { name: 'Run', parts, settings: { ...usualFineTune, epochs: 2 }, compare: [] };
}

/** Has the engine finish a run, two epochs long. */
function finishes({ train }: TestStation): void {
  train.handle('fineTune', async ({ out }, { onProgress }) => {
    onProgress?.({ stage: 'start', done: 0, total: 1, figures });
    for (const epoch of [1, 2]) {
      const now = { ...figures, epoch, loss: 1 / epoch, flops: 10 * epoch };
      onProgress?.({ stage: 'epoch', done: epoch, total: 2, figures: now });
    }
    const model = join(out, 'model.onnx');
    await writeFile(model, tuned);
    return {
      ...{ model, sha256: sha256(tuned), patch: join(out, 'patch.safetensors') },
      ...{ before: null, after: null, changed, thresholds, bestEpoch: 2, epochs: 2 },
      ...{ trainFlops: 5, seconds: 3, parameters: 10, layers: ['head'], samples: 2 },
    };
  });
}

function last(on: TestStation, id: string): Job | undefined {
  return on.told('job.changed').findLast((job) => job.id === id);
}

const fineTunes = ({ train }: TestStation) =>
  train.calls
    .filter(({ name }) => name === 'fineTune')
    .map(({ request: asked }) => asked as EngineRequest<'fineTune'>);

describe('the parts', () => {
  test('are counted by class, with neighbours on one side', async () => {
    const on = await station();
    const { parts } = await request();
    const survey = await on.call('retrain.parts', parts);
    expect(survey.classes).toEqual([
      { label: 'ok', images: 40, groups: 20 },
      { label: 'crack', images: 3, groups: 3 },
    ]);
    expect(survey.split).toEqual(['stretch']);
  });

  test('that a human corrected come from the record and are marked', async () => {
    const on = await station();
    await expect
      .poll(async () => (await on.call('station.snapshot', {})).recent, patient)
      .toContainEqual(expect.objectContaining({ verdict: 'NG', productId: 1 }));
    const { recent } = await on.call('station.snapshot', {});
    const part = recent.find(({ verdict, productId }) => verdict === 'NG' && productId === 1)!;
    const kept = join(on.dataDir, 'images', part.imageHash!.slice(0, 2));
    await mkdir(kept, { recursive: true });
    await writeFile(join(kept, `${part.imageHash}.png`), '');
    await on.call('feedback.give', { inspectionId: part.id, word: 'ok', reason: '' });
    const survey = await on.call('retrain.parts', {
      ...{ productId: 1, records: 'confirmed', path: null },
      ...noGroups,
    });
    expect(survey).toMatchObject({ correctedCount: 1, unkept: 0, classes: [{ label: 'ok', images: 1 }] });
    expect(survey.corrected).toEqual([expect.objectContaining({ id: part.id, human: 'ok' })]);
  });

  test('are missed by name', async () => {
    const on = await station();
    const nothing = { productId: 1, records: 'none', path: null, ...noGroups } as const;
    await expect(on.call('retrain.parts', nothing)).rejects.toMatchObject({ kind: 'folderEmpty' });
    await expect(on.call('retrain.parts', { ...nothing, path: '/no/such' })).rejects.toMatchObject({
      kind: 'folderMissing',
    });
  });
});

describe('a run', () => {
  test('tells its epochs beside the model in use, and makes a candidate that is not in use', async () => {
    const on = await station();
    finishes(on);
    const job = await on.call('retrain.start', await request());
    await expect.poll(() => last(on, job.id)?.state, patient).toBe('done');
    expect(last(on, job.id)?.retrain).toMatchObject({
      plan: { parameters: 10 },
      current: figures,
      epochs: [{ epoch: 1 }, { epoch: 2, loss: 0.5 }],
      result: { thresholds },
    });
    expect((await on.call('station.snapshot', {})).models).toHaveLength(3);

    const model = await on.call('retrain.candidate', { id: job.id, name: 'Robust' });
    expect(model).toMatchObject({ name: 'Robust', productId: 1, thresholds, sha256: sha256(tuned) });
    expect(model.origin).toMatchObject({
      goodImages: 40,
      ngImages: 3,
      tuned: { run: job.id, layers: ['head'] },
    });
    const { products, jobs } = await on.call('station.snapshot', {});
    expect(products.find(({ id }) => id === 1)?.activeModelId).not.toBe(model.id);
    expect(jobs.find(({ id }) => id === job.id)?.modelId).toBe(model.id);
    expect(await readFile(join(on.dataDir, 'models', `${sha256(tuned)}.onnx`), 'utf8')).toBe(tuned);
    const { entries } = await on.call('audit.page', { before: null, limit: 2 });
    expect(entries.map(({ actor, action }) => [actor, action])).toEqual([
      ['operator', 'model.add'],
      ['operator', 'retrain.start'],
    ]);
    await expect(on.call('retrain.candidate', { id: job.id, name: 'Again' })).rejects.toMatchObject({
      kind: 'conflict',
    });
  });

  test('that was cancelled goes on in its own folder with the images it was begun with', async () => {
    const on = await station();
    on.train.handle('fineTune', async ({ out }, { signal }) => {
      await writeFile(join(out, 'settings.json'), '{}');
      return new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(new KenroError('cancelled')));
      });
    });
    const job = await on.call('retrain.start', await request());
    await expect.poll(() => fineTunes(on).length, patient).toBe(1);
    await on.call('retrain.pause', { id: job.id, paused: true });
    expect(last(on, job.id)?.retrain?.isPaused).toBe(true);
    await expect(on.call('retrain.start', await request())).rejects.toMatchObject({ kind: 'conflict' });
    await on.call('job.cancel', { id: job.id });
    await expect.poll(() => last(on, job.id)?.state, patient).toBe('cancelled');
    const pauses = on.train.calls.filter(({ name }) => name === 'pauseTraining');
    expect(pauses.at(-1)?.request).toEqual({ paused: false });

    finishes(on);
    await on.call('retrain.resume', { id: job.id });
    await expect.poll(() => last(on, job.id)?.state, patient).toBe('done');
    const [first, second] = fineTunes(on);
    expect([first?.resume, second?.resume]).toEqual([false, true]);
    expect(second).toMatchObject({ out: first?.out, images: first?.images });
  });

  test('is refused for a product without a model', async () => {
    const on = await station();
    const { id: productId } = await on.call('product.add', { name: 'New' });
    const asked = await request();
    await expect(
      on.call('retrain.plan', { ...asked, parts: { ...asked.parts, productId } }),
    ).rejects.toMatchObject({ kind: 'noModel' });
  });
});
