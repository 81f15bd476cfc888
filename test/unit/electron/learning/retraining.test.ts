import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { EngineRequest } from '../../../../electron/contract/engine.ts';
import { KenroError } from '../../../../electron/contract/errors.ts';
import type { Job } from '../../../../electron/contract/jobs.ts';
import type { RetrainRequest } from '../../../../electron/contract/retrain.ts';
import { readDataset } from '../../../../electron/learning/dataset.ts';
import type { FakeHandlers } from '../../../support/fakeEngine.ts';
import {
  again,
  ended,
  figures,
  finishes,
  finishing,
  lastTold,
  lasting,
  noGroups,
  patient,
  retrainRequest,
  retrainStation,
  thresholds,
  tuned,
} from '../../../support/retrainings.ts';
import { sha256, type TestStation } from '../../../support/testStation.ts';

function worksOn({ train }: TestStation): void {
  train.handle('fineTune', lasting);
}

/** The run itself ends well; what it is compared with is another matter. */
function compares({ train }: TestStation, comparison: FakeHandlers['fineTune']): void {
  const own = finishing();
  train.handle('fineTune', (job, options) =>
    /random|whole/.test(job.out) ? comparison(job, options) : own(job, options),
  );
}

const fineTunes = ({ train }: TestStation) =>
  train.calls
    .filter(({ name }) => name === 'fineTune')
    .map(({ request: asked }) => asked as EngineRequest<'fineTune'>);

describe('the parts', () => {
  test('are counted by class, with neighbours on one side', async () => {
    const on = await retrainStation();
    const { parts } = await retrainRequest();
    const survey = await on.call('retrain.parts', parts);
    expect(survey.classes).toEqual([
      { label: 'ok', images: 40, groups: 20 },
      { label: 'crack', images: 3, groups: 3 },
    ]);
    expect(survey.split).toEqual(['stretch']);
  });

  test('that a human corrected come from the record and are marked', async () => {
    const on = await retrainStation();
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

  test('are kept together by a column or by a part of their names, and a column that is not there is named', async () => {
    const on = await retrainStation();
    const { parts } = await retrainRequest();
    const byName = await on.call('retrain.parts', { ...parts, groupPattern: '^([0-9])' });
    expect(byName).toMatchObject({ split: ['group'], classes: [{ label: 'ok', groups: 4 }, { groups: 1 }] });

    const path = join(parts.path!, 'tiles.csv');
    const rows = ['good/10.png,ok,a', 'good/11.png,ok,a', 'good/12.png,ok,b'];
    await writeFile(path, ['path,label,block', ...rows].join('\n'));
    const byColumn = { ...parts, path, groupColumn: 'block' };
    expect((await on.call('retrain.parts', byColumn)).classes).toEqual([
      { label: 'ok', images: 3, groups: 2 },
    ]);
    await expect(on.call('retrain.parts', { ...byColumn, groupColumn: 'lot' })).rejects.toMatchObject({
      kind: 'badRequest',
      params: { file: path, column: 'lot' },
    });
    await expect(on.call('retrain.parts', { ...parts, groupPattern: '([0-9' })).rejects.toMatchObject({
      kind: 'badRequest',
    });
  });

  test('are missed by name', async () => {
    const on = await retrainStation();
    const nothing = { productId: 1, records: 'none', path: null, ...noGroups } as const;
    await expect(on.call('retrain.parts', nothing)).rejects.toMatchObject({ kind: 'folderEmpty' });
    await expect(on.call('retrain.parts', { ...nothing, path: '/no/such' })).rejects.toMatchObject({
      kind: 'folderMissing',
    });
  });
});

describe('a run', () => {
  test('tells its epochs beside the model in use, and makes a candidate that is not in use', async () => {
    const on = await retrainStation();
    finishes(on);
    const job = await on.call('retrain.start', await retrainRequest());
    await expect.poll(() => lastTold(on, job.id)?.state, patient).toBe('done');
    expect(lastTold(on, job.id)?.retrain).toMatchObject({
      plan: { parameters: 10 },
      current: figures,
      epochs: [{ epoch: 1 }, { epoch: 2, loss: 0.5 }],
      result: { thresholds },
    });
    expect((await on.call('station.snapshot', {})).models).toHaveLength(3);

    const model = await on.call('retrain.candidate', { id: job.id, name: 'Robust', reason: null });
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
    const { entries } = await on.call('audit.page', { before: null, limit: 3 });
    expect(entries.map(({ actor, action }) => [actor, action])).toEqual([
      ['operator', 'model.add'],
      ['operator', 'retrain.screen'],
      ['operator', 'retrain.start'],
    ]);
    await expect(
      on.call('retrain.candidate', { id: job.id, name: 'Again', reason: null }),
    ).rejects.toMatchObject({
      kind: 'conflict',
    });
  });

  test('holds what it makes to the thresholds the line runs at, not to those the model was made with', async () => {
    const on = await retrainStation();
    finishes(on);
    const { models } = await on.call('station.snapshot', {});
    const line = { review: models[0]!.thresholds.review / 2, ng: models[0]!.thresholds.ng };
    await on.call('model.thresholds', { id: models[0]!.id, thresholds: line, reason: 'try' });
    const { id } = await on.call('retrain.start', await retrainRequest());
    await ended(on, id);
    const asked = on.train.calls.filter(({ name }) => name === 'planFineTune' || name === 'fineTune');
    expect(asked.map(({ request }) => (request as { inUse: unknown }).inUse)).toEqual([line, line]);
  });

  test('that lets more defects pass makes a candidate for a reason only, which goes on record', async () => {
    const on = await retrainStation();
    const rise = { ceiling: 'escapeRate', type: null, limit: 0.01, reached: 0.04, on: 'heldBack' } as const;
    on.train.handle('fineTune', finishing([], [rise]));
    const { id } = await on.call('retrain.start', await retrainRequest());
    await expect.poll(() => lastTold(on, id)?.state, patient).toBe('done');
    expect(lastTold(on, id)?.retrain?.result?.breaches).toEqual([rise]);
    for (const [reason, kind] of [
      [null, 'reasonMissing'],
      [' ', 'badRequest'],
    ] as const) {
      const asked = on.call('retrain.candidate', { id, name: 'Leaky', reason });
      await expect(asked).rejects.toMatchObject({ kind });
    }
    expect((await on.call('station.snapshot', {})).models).toHaveLength(3);
    const reason = 'Cracks are caught at the next station.';
    const model = await on.call('retrain.candidate', { id, name: 'Leaky', reason });
    const { entries } = await on.call('audit.page', { before: null, limit: 1 });
    expect(entries).toMatchObject([
      {
        ...{ actor: 'operator', action: 'retrain.accept' },
        detail: { id: model.id, name: 'Leaky', run: id, reason, breaches: [rise] },
      },
    ]);
  });

  test('that was cancelled goes on in its own folder with the images it was begun with', async () => {
    const on = await retrainStation();
    worksOn(on);
    const job = await on.call('retrain.start', await retrainRequest());
    await expect.poll(() => fineTunes(on).length, patient).toBe(1);
    await on.call('retrain.pause', { id: job.id, paused: true });
    expect(lastTold(on, job.id)?.retrain?.isPaused).toBe(true);
    await expect(on.call('retrain.start', await retrainRequest())).rejects.toMatchObject({
      kind: 'conflict',
    });
    await on.call('job.cancel', { id: job.id });
    await expect.poll(() => lastTold(on, job.id)?.state, patient).toBe('cancelled');
    const pauses = on.train.calls.filter(({ name }) => name === 'pauseTraining');
    expect(pauses.at(-1)?.request).toEqual({ paused: false });

    finishes(on);
    await on.call('retrain.resume', { id: job.id });
    await expect.poll(() => lastTold(on, job.id)?.state, patient).toBe('done');
    const [first, second] = fineTunes(on);
    expect([first?.resume, second?.resume]).toEqual([false, true]);
    expect(second).toMatchObject({ out: first?.out, images: first?.images });
  });

  test('is refused for a product without a model', async () => {
    const on = await retrainStation();
    const { id: productId } = await on.call('product.add', { name: 'New' });
    const asked = await retrainRequest();
    await expect(
      on.call('retrain.plan', { ...asked, parts: { ...asked.parts, productId } }),
    ).rejects.toMatchObject({ kind: 'noModel' });
  });
});

describe('runs of earlier starts', () => {
  test('are listed with their state, open with all they measured, and make candidates', async () => {
    const first = await retrainStation();
    finishes(first);
    const { id } = await first.call('retrain.start', await retrainRequest());
    const before = await ended(first, id);

    const on = await again(first);
    expect((await on.call('station.snapshot', {})).jobs).toEqual([]);
    const { runs } = await on.call('retrain.runs', { productId: 1 });
    expect(runs).toEqual([
      {
        ...{ id, title: 'Run', productId: 1, startedMs: before.startedMs, state: 'done', currency: 'JPY' },
        ...{ epochs: { done: 2, of: 2 }, cost: { before: 60, after: 20 }, isCandidate: false },
      },
    ]);
    expect((await on.call('retrain.runs', { productId: 2 })).runs).toEqual([]);
    expect(await on.call('retrain.open', { id })).toEqual({ ...before, hasReport: false });

    const model = await on.call('retrain.candidate', { id, name: 'Late', reason: null });
    expect(model.origin.tuned).toMatchObject({ run: id });
    expect((await on.call('retrain.runs', { productId: 1 })).runs).toMatchObject([{ isCandidate: true }]);
    await expect(on.call('retrain.candidate', { id, name: 'Again', reason: null })).rejects.toMatchObject({
      kind: 'conflict',
    });
    await on.call('model.remove', { id: model.id });
    expect(await on.call('retrain.candidate', { id, name: 'Again', reason: null })).toMatchObject({
      name: 'Again',
    });
  });

  test('that Kenro was closed in are interrupted, and go on with what they were begun with', async () => {
    const first = await retrainStation();
    worksOn(first);
    const { id } = await first.call('retrain.start', await retrainRequest());
    await expect.poll(() => fineTunes(first).length, patient).toBe(1);
    const on = await again(first);
    const { runs } = await on.call('retrain.runs', { productId: 1 });
    expect(runs).toMatchObject([{ id, state: 'interrupted', cost: null, epochs: { done: 0, of: 2 } }]);
    finishes(on);
    await on.call('retrain.resume', { id });
    await ended(on, id);
    const [begun] = fineTunes(first);
    expect(fineTunes(on)).toEqual([{ ...begun, resume: true }]);
  });

  test('that were killed with Kenro are interrupted too', async () => {
    const first = await retrainStation();
    finishes(first);
    const { id } = await first.call('retrain.start', await retrainRequest());
    await ended(first, id);
    await first.station.stop();
    const file = join(first.dataDir, 'runs', id, 'run.json');
    const job = JSON.parse(await readFile(file, 'utf8')) as Job;
    const comparisons = [{ kind: 'randomSamples', state: 'running', result: null }];
    const under = { isPaused: true, result: null, comparisons };
    const killed = { ...job, state: 'running', retrain: { ...job.retrain, ...under } };
    await writeFile(file, JSON.stringify(killed));
    const on = await again(first);
    expect(await on.call('retrain.open', { id })).toMatchObject({
      state: 'interrupted',
      retrain: {
        isPaused: false,
        epochs: [{ epoch: 1 }, { epoch: 2 }],
        comparisons: [{ state: 'waiting' }],
      },
    });
  });

  test('whose record cannot be read are told to the log and left out', async () => {
    const first = await retrainStation();
    const folderOf = (id: string) => join(first.dataDir, 'runs', id);
    await mkdir(folderOf('retrain-1-1'), { recursive: true });
    await writeFile(join(folderOf('retrain-1-1'), 'run.json'), '{ half a rec');
    expect((await first.call('retrain.runs', { productId: 1 })).runs).toEqual([]);
    expect(first.complaints.join()).toContain('retrain-1-1');
    await expect(first.call('retrain.open', { id: 'retrain-1-1' })).rejects.toMatchObject({
      kind: 'notFound',
    });
    await expect(first.call('retrain.open', { id: '../retrain-1-1' })).rejects.toMatchObject({
      kind: 'badRequest',
    });
  });

  test('show the parts whose verdict they changed, and no other file', async () => {
    const first = await retrainStation();
    const asked = await retrainRequest();
    const path = join(asked.parts.path!, 'crack', '10.png');
    finishes(first, [path]);
    const { id } = await first.call('retrain.start', asked);
    await ended(first, id);
    const on = await again(first);
    on.inspect.handle('convert', () => ({ jpeg: new Uint8Array([1, 2, 3]) }));
    expect(await on.station.assets(`/run/${id}/part/0?side=99`)).toMatchObject({ status: 200 });
    expect(on.inspect.calls.at(-1)).toEqual({ name: 'convert', request: { path, maxSide: 99 } });
    for (const none of [`/run/${id}/part/1`, `/run/${id}/sample/0`, '/run/retrain-9-9/part/0']) {
      expect(await on.station.assets(none)).toMatchObject({ status: 404 });
    }
    expect(await on.station.assets('/run/..%2F..%2Fkenro/part/0')).toBeNull();
  });
});

describe('the screen of the parts', () => {
  const crack = ({ parts }: RetrainRequest, name: string) => join(parts.path!, 'crack', name);

  test('comes before the plan, which tells the suspects; their pictures can be seen, and nothing else', async () => {
    const on = await retrainStation();
    on.inspect.handle('convert', () => ({ jpeg: new Uint8Array([1, 2, 3]) }));
    const request = await retrainRequest();
    const { id } = await on.call('retrain.plan', request);
    const { retrain } = await ended(on, id);
    const path = crack(request, '10.png');
    expect(retrain?.screening).toMatchObject({ images: 43, suspectCount: 1, suspects: [{ path }] });
    expect(retrain?.plan).toMatchObject({ parameters: 10 });
    expect(await on.station.assets(`/run/${id}/suspect/0?side=99`)).toMatchObject({ status: 200 });
    expect(on.inspect.calls.at(-1)).toEqual({ name: 'convert', request: { path, maxSide: 99 } });
    expect(await on.station.assets(`/run/${id}/suspect/1?side=99`)).toMatchObject({ status: 404 });
  });

  test('keeps what is left out away from the training, screens it all the same, and puts the decision on record', async () => {
    const on = await retrainStation();
    finishes(on);
    const request = await retrainRequest();
    const leftOut = [crack(request, '10.png')];
    const { id } = await on.call('retrain.start', { ...request, leftOut });
    const { retrain } = await ended(on, id);
    const [tuning] = fineTunes(on);
    expect(tuning!.images).toHaveLength(42);
    expect(tuning!.images.map(({ path }) => path)).not.toContain(leftOut[0]);
    expect(retrain).toMatchObject({ request: { leftOut }, screening: { images: 43, suspectCount: 1 } });
    const { entries } = await on.call('audit.page', { before: null, limit: 2 });
    expect(entries[0]).toMatchObject({
      action: 'retrain.screen',
      detail: { run: id, images: 43, suspects: 1, leftOut, kept: [] },
    });
    // The file is where it was.
    expect(await readFile(leftOut[0]!)).toBeDefined();
    const opened = await (await again(on)).call('retrain.open', { id });
    expect(opened.retrain).toMatchObject({ request: { leftOut }, screening: { suspectCount: 1 } });
  });

  test('tells of suspects that were kept, and is not made again by a run that goes on', async () => {
    const on = await retrainStation();
    worksOn(on);
    const request = await retrainRequest();
    const { id } = await on.call('retrain.start', request);
    await expect.poll(() => fineTunes(on).length, patient).toBe(1);
    await on.call('job.cancel', { id });
    await ended(on, id, 'cancelled');
    finishes(on);
    await on.call('retrain.resume', { id });
    await ended(on, id);
    expect(on.train.calls.filter(({ name }) => name === 'screen')).toHaveLength(1);
    const { entries } = await on.call('audit.page', { before: null, limit: 9 });
    const noted = entries.filter(({ action }) => action === 'retrain.screen');
    expect(noted.map(({ detail }) => detail)).toEqual([
      expect.objectContaining({ leftOut: [], kept: [crack(request, '10.png')] }),
    ]);
  });

  test('refuses a run that everything was left out of', async () => {
    const on = await retrainStation();
    const request = await retrainRequest();
    const { samples } = await readDataset(request.parts.path!);
    const all = samples.map(({ path }) => path);
    const { id } = await on.call('retrain.start', { ...request, leftOut: all });
    expect((await ended(on, id, 'failed')).error).toMatchObject({ kind: 'folderEmpty' });
  });
});

describe('a run with comparisons', () => {
  const asked = async (): Promise<RetrainRequest> => ({
    ...(await retrainRequest()),
    compare: ['randomSamples', 'wholeModel'],
  });
  const states = (on: TestStation, id: string) =>
    lastTold(on, id)?.retrain?.comparisons.map(({ state }) => state);

  test('trains each in a folder of its own with selection switched off, and keeps what came of it', async () => {
    const on = await retrainStation();
    finishes(on);
    const { id } = await on.call('retrain.start', await asked());
    await expect.poll(() => lastTold(on, id)?.state, patient).toBe('done');
    const [own, samples, whole] = fineTunes(on);
    expect(own?.formulations).toBe(join(on.dataDir, 'formulations.json'));
    expect(own?.settings).toMatchObject({ samples: 'margin', layers: 'auto', testAttack: true });
    expect(samples).toEqual({
      ...own,
      out: join(own!.out, 'randomSamples'),
      settings: { ...own!.settings, samples: 'random' },
    });
    expect(whole?.settings).toMatchObject({ objective: 'pgd', layers: 'all', samples: 'all' });
    expect(lastTold(on, id)?.retrain?.comparisons).toMatchObject([
      { kind: 'randomSamples', state: 'done', result: { after: { cost: 20 } } },
      { kind: 'wholeModel', state: 'done', result: { after: { cost: 20 } } },
    ]);
    expect(lastTold(on, id)?.retrain?.epochs).toHaveLength(2);
  });

  test('leaves one out without ending the run, and makes a candidate meanwhile', async () => {
    const on = await retrainStation();
    compares(on, lasting);
    const { id } = await on.call('retrain.start', {
      ...(await asked()),
      compare: ['randomLayers', 'randomSamples', 'wholeModel'],
    });
    await on.call('retrain.leaveOut', { id, kind: 'randomLayers' });
    await expect.poll(() => states(on, id), patient).toEqual(['cancelled', 'running', 'waiting']);
    expect(await on.call('retrain.candidate', { id, name: 'Early', reason: null })).toMatchObject({
      name: 'Early',
    });
    await on.call('retrain.leaveOut', { id, kind: 'randomSamples' });
    await expect.poll(() => states(on, id), patient).toEqual(['cancelled', 'cancelled', 'running']);
    await on.call('retrain.leaveOut', { id, kind: 'wholeModel' });
    await expect.poll(() => lastTold(on, id)?.state, patient).toBe('done');
    expect(states(on, id)).toEqual(['cancelled', 'cancelled', 'cancelled']);
    expect(lastTold(on, id)?.modelId).toBeDefined();
    await expect(on.call('retrain.leaveOut', { id, kind: 'randomSamples' })).rejects.toMatchObject({
      kind: 'notFound',
    });
  });

  test('that is cancelled while it compares goes on with the comparison, not with itself', async () => {
    const on = await retrainStation();
    compares(on, lasting);
    const { id } = await on.call('retrain.start', await asked());
    await expect.poll(() => states(on, id), patient).toEqual(['running', 'waiting']);
    await on.call('job.cancel', { id });
    await expect.poll(() => lastTold(on, id)?.state, patient).toBe('cancelled');
    expect(states(on, id)).toEqual(['waiting', 'waiting']);
    const before = fineTunes(on).length;
    finishes(on);
    await on.call('retrain.resume', { id });
    await expect.poll(() => lastTold(on, id)?.state, patient).toBe('done');
    const [first, second] = fineTunes(on).slice(before);
    expect([first?.out, first?.resume]).toEqual([expect.stringMatching(/randomSamples$/), true]);
    expect([second?.out, second?.resume]).toEqual([expect.stringMatching(/wholeModel$/), false]);
  });

  test('is done when one of them fails, and says why', async () => {
    const on = await retrainStation();
    compares(on, () => Promise.reject(new KenroError('memoryTooSmall')));
    const { id } = await on.call('retrain.start', await asked());
    await expect.poll(() => lastTold(on, id)?.state, patient).toBe('done');
    expect(states(on, id)).toEqual(['failed', 'failed']);
    expect(lastTold(on, id)?.retrain?.comparisons[0]?.error).toMatchObject({ kind: 'memoryTooSmall' });
  });
});
