import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { EngineReply, EngineRequest } from '../../../../../electron/contract/engine.ts';
import { KenroError } from '../../../../../electron/contract/errors.ts';
import { temporaryFolder } from '../../../../support/temporaryFolder.ts';
import {
  sha256,
  testPreprocess,
  testStarter,
  testStation,
  withCards,
  type TestStation,
} from '../../../../support/testStation.ts';

const patient = { timeout: 10_000 };
const place = { provider: 'cpu', runtime: '1.30' } as const;
type Compared = EngineRequest<'compareParity'>;
type Answer = EngineReply<'compareParity'>;

const agrees = ({ parts }: Compared): Answer => {
  return { ...place, agrees: true, parts: parts.length, worst: 1e-6, flips: 0, differing: [] };
};
const differs = ({ parts }: Compared): Answer => {
  const differing = [{ name: parts[0]!.name, expected: 0.5, got: null }];
  return { ...place, agrees: false, parts: parts.length, worst: null, flips: 1, differing };
};

async function station(): Promise<TestStation> {
  return testStation({ starterDir: await testStarter(), prepare: withCards });
}

/** Teaches product 1 another model. @returns its id */
async function teach(on: TestStation, name: string, hasReference: boolean, productId = 1): Promise<number> {
  const folder = await temporaryFolder();
  const picture = join(folder, 'good.png');
  await writeFile(picture, 'picture');
  on.train.handle('teach', async ({ out }) => {
    await writeFile(out, `detector ${name}`);
    return {
      ...{ path: out, sha256: sha256(`detector ${name}`), preprocess: testPreprocess },
      ...{ thresholds: { review: 0.4, ng: 0.6 }, thresholdInterval: null, features: ['f4'] },
      ...{ goodImages: 12, ngImages: 0, memory: 100, seconds: 1, skipped: [] },
      ...(hasReference ? { reference: [{ name: picture, score: 0.5, label: null }] } : {}),
    };
  });
  const made = { backboneId: 1, features: null, size: null, seed: 7, ngFolder: null };
  const good = { from: 'folder', path: folder } as const;
  const { id } = await on.call('teach.start', { ...made, productId, name, good });
  const last = () => on.told('job.changed').findLast((job) => job.id === id);
  await expect.poll(() => last()?.state, patient).not.toBe('running');
  const { models } = await on.call('station.snapshot', {});
  return models.find((model) => model.name === name)!.id;
}

const active = async (on: TestStation) =>
  (await on.call('station.snapshot', {})).products.map(({ activeModelId }) => activeModelId);
const parityOf = async (on: TestStation, id: number) =>
  (await on.call('station.snapshot', {})).models.find((model) => model.id === id)?.parity;
const asked = (on: TestStation) =>
  on.inspect.calls.filter(({ name }) => name === 'compareParity').map(({ request }) => request as Compared);

describe('a model is put to work', () => {
  test('after the engine has judged the parts of its making as they were, which stays on its card and on record', async () => {
    const on = await station();
    const taught = await teach(on, 'Second', true);
    expect(await parityOf(on, taught)).toBeUndefined();
    await on.call('model.activate', { id: taught });
    expect((await active(on))[0]).toBe(taught);
    const { model, parts } = asked(on).at(-1)!;
    expect(model).toMatchObject({ sha256: sha256('detector Second'), thresholds: { review: 0.4, ng: 0.6 } });
    expect(parts).toMatchObject([{ score: 0.5, image: { from: 'file' } }]);
    expect(await parityOf(on, taught)).toMatchObject({
      ...{ ...place, actor: 'operator', basis: 'made', passed: true, parts: 1, worst: 0 },
    });
    const { entries } = await on.call('audit.page', { before: null, limit: 2 });
    expect(entries.map(({ actor, action }) => [actor, action])).toEqual([
      ['operator', 'model.activate'],
      ['operator', 'model.parity'],
    ]);
    expect(entries[1]?.detail).toMatchObject({
      name: 'Second',
      passed: true,
      runtime: '1.30',
      basis: 'made',
    });
  });

  test('not when they are judged otherwise: the parts are named, and the model in use stays', async () => {
    const on = await station();
    const taught = await teach(on, 'Second', true);
    on.inspect.handle('compareParity', differs);
    await expect(on.call('model.activate', { id: taught })).rejects.toMatchObject({
      kind: 'modelDiffers',
      params: { name: 'Second', parts: 'good.png', of: 1, provider: 'cpu' },
    });
    expect((await active(on))[0]).toBe(1);
    expect(await parityOf(on, taught)).toMatchObject({ passed: false, flips: 1, differing: [{ got: null }] });
    expect((await on.call('audit.page', { before: null, limit: 1 })).entries[0]?.action).toBe('model.parity');

    on.inspect.handle('compareParity', agrees);
    await on.call('model.activate', { id: taught });
    expect((await active(on))[0]).toBe(taught);
  });

  test('not when the engine cannot compare', async () => {
    const on = await station();
    const taught = await teach(on, 'Second', true);
    on.inspect.handle('compareParity', () => {
      throw new KenroError('engineLost');
    });
    await expect(on.call('model.activate', { id: taught })).rejects.toMatchObject({ kind: 'engineLost' });
    expect((await active(on))[0]).toBe(1);
    expect(await parityOf(on, taught)).toBeUndefined();
  });

  test('at once when it has passed here before', async () => {
    const on = await station();
    const taught = await teach(on, 'Second', true);
    await on.call('model.activate', { id: taught });
    const count = asked(on).length;
    on.inspect.handle('compareParity', differs);
    await on.call('model.activate', { id: 1 });
    await on.call('model.activate', { id: taught });
    expect(asked(on)).toHaveLength(count);
    expect((await active(on))[0]).toBe(taught);
  });

  test('after another comparison where the engine judges on another device now', async () => {
    const on = await station();
    const taught = await teach(on, 'Second', true);
    await on.call('model.activate', { id: taught });
    on.inspect.become({ provider: 'webgpu' });
    const count = asked(on).length;
    on.inspect.handle('compareParity', (request) => ({ ...differs(request), provider: 'webgpu' }));
    await expect(on.call('model.activate', { id: 1 })).rejects.toMatchObject({
      params: { provider: 'webgpu' },
    });
    expect(asked(on)).toHaveLength(count + 1);
  });

  test('by the processor, where the device fails while it is compared', async () => {
    const on = await station();
    const taught = await teach(on, 'Second', true);
    const answers = [{ provider: 'webgpu', deviceError: { kind: 'internal', params: {} } } as const, {}];
    on.inspect.handle('compareParity', (request) => ({ ...agrees(request), ...answers.shift() }));
    await on.call('model.activate', { id: taught });
    expect(await parityOf(on, taught)).toMatchObject({ provider: 'cpu', passed: true });
  });

  test('that was chosen last, whichever is compared longer', async () => {
    const on = await station();
    const taught = await teach(on, 'Second', true);
    let release = () => undefined as void;
    const held = new Promise<void>((resolve) => (release = resolve));
    on.inspect.handle('compareParity', async (request) => {
      await held;
      return agrees(request);
    });
    const first = on.call('model.activate', { id: taught });
    await on.call('model.activate', { id: 1 });
    release();
    await expect(first).rejects.toMatchObject({ kind: 'cancelled' });
    expect((await active(on))[0]).toBe(1);
  });
});

test('a model whose making left no scores is compared with the processor, and the record says so', async () => {
  const on = await station();
  const taught = await teach(on, 'Old', false);
  await on.call('model.activate', { id: taught });
  expect(
    asked(on)
      .at(-1)
      ?.parts.every(({ score }) => score === null),
  ).toBe(true);
  // No picture was kept of this product yet.
  expect(await parityOf(on, taught)).toMatchObject({ basis: 'drawn', passed: true });
});

test('the first model of a product that does not pass is in the registry, judges nothing, and its job says why', async () => {
  const on = await station();
  const { id: productId } = await on.call('product.add', { name: 'New' });
  on.inspect.handle('compareParity', differs);
  const taught = await teach(on, 'First', true, productId);
  expect(taught).toBeGreaterThan(0);
  expect((await on.call('station.snapshot', {})).products.at(-1)).toMatchObject({ activeModelId: null });
  const job = on.told('job.changed').at(-1);
  expect(job).toMatchObject({ state: 'failed', error: { kind: 'modelDiffers', params: { name: 'First' } } });
});

describe('the shipped detectors', () => {
  const withWrong = async (file: string) =>
    testStation({
      starterDir: await testStarter(),
      prepare: (engines) => {
        withCards(engines);
        engines.inspect.handle('compareParity', (request) =>
          request.model.sha256 === sha256(`content of ${file}`) ? differs(request) : agrees(request),
        );
      },
    });

  test('of the line that runs on the first start is compared before, and judges nothing where it does not pass', async () => {
    const on = await withWrong('disc.onnx');
    expect(await active(on)).toEqual([null, 2, 3]);
    expect((await on.call('station.snapshot', {})).notices).toMatchObject([
      { kind: 'modelDiffers', params: { name: 'disc.onnx' } },
    ]);
  });

  test('of the other lines are compared when those start', async () => {
    const on = await withWrong('tile.onnx');
    expect(await active(on)).toEqual([1, 2, 3]);
    expect(asked(on)).toHaveLength(1);
    const start = (id: number) => on.call('source.change', { id, paused: false });
    await expect(start(2)).rejects.toMatchObject({ kind: 'modelDiffers', params: { name: 'tile.onnx' } });
    await start(3);
    await start(1);
    const { sources } = await on.call('station.snapshot', {});
    expect(sources.map(({ paused }) => paused)).toEqual([false, true, false]);
    expect(asked(on)).toHaveLength(3);
  });
});
