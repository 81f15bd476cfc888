import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { assetPaths } from '../../../../electron/contract/bridge.ts';
import type { EngineRequest } from '../../../../electron/contract/engine.ts';
import { KenroError } from '../../../../electron/contract/errors.ts';
import { ReportData, type ReportFormat } from '../../../../electron/contract/report.ts';
import type { RetrainRequest } from '../../../../electron/contract/retrain.ts';
import { evaluation, measuredModels } from '../../../support/evaluations.ts';
import type { FakeHandlers } from '../../../support/fakeEngine.ts';
import {
  again,
  ended,
  finishes,
  finishing,
  lastTold,
  lasting,
  patient,
  retrainRequest,
  retrainStation,
  thresholds,
} from '../../../support/retrainings.ts';
import type { TestStation } from '../../../support/testStation.ts';

const scores = {
  base: { clean: [0.1, 0.2, 0.7, 0.9, 0.5], noise: [0.65, 0.2, 0.7, 0.9, 0.9] },
  made: { clean: [0.1, 0.45, 0.7, 0.9, 0.8], noise: [0.1, 0.2, 0.7, 0.9, 0.9] },
};

/** Measures the images it is given; two models of which the one made is the better one. */
const evaluates: FakeHandlers['evaluate'] = (job, { onProgress }) => {
  const isMade = job.model.endsWith('model.onnx');
  onProgress?.({ stage: 'read', done: 5, total: 5 });
  onProgress?.({ stage: 'evaluate', done: 5, total: 10 });
  const measured = evaluation(job.model, isMade ? scores.made : scores.base, isMade ? 20 : 50);
  return { ...measured, images: [...job.images] };
};

function measures(on: TestStation): TestStation {
  on.train.handle('evaluate', evaluates);
  on.train.handle('compareCosts', () => ({ comparison: measuredModels()[1]!.costs[0]! }));
  on.train.handle('compareLayers', () => ({ change: null }));
  on.train.handle('conditionPicture', () => ({ jpeg: new Uint8Array([255, 216]) }));
  return on;
}

/** A station with a run that has ended well. */
async function withRun(change: (asked: RetrainRequest) => RetrainRequest = (asked) => asked) {
  const on = measures(await retrainStation());
  finishes(on);
  const asked = change(await retrainRequest());
  const { id } = await on.call('retrain.start', asked);
  await ended(on, id);
  return { on, id, asked, folder: join(on.dataDir, 'runs', id) };
}

async function report(on: TestStation, id: string, state: 'done' | 'failed' | 'cancelled' = 'done') {
  return ended(on, (await on.call('retrain.report', { id })).id, state);
}

async function file(on: TestStation, id: string, format: ReportFormat, language: 'en' | 'ja' = 'en') {
  const answer = await on.station.assets(assetPaths.report(id, format, language));
  const text = new TextDecoder().decode(answer?.body as Uint8Array);
  return { status: answer?.status, headers: answer?.headers, text };
}

const evaluated = ({ train }: TestStation) =>
  train.calls.flatMap(({ name, request }) =>
    name === 'evaluate' ? [request as EngineRequest<'evaluate'>] : [],
  );

describe('a report', () => {
  test('holds the model in use against the one made, on the test side, by the run’s own costs and site', async () => {
    const { on, id, asked, folder } = await withRun();
    const job = await report(on, id);
    expect(job).toMatchObject({ kind: 'report', reportOf: id, title: 'Run', productId: 1 });
    expect(lastTold(on, id)).toMatchObject({ state: 'done', hasReport: true });

    const { models } = await on.call('station.snapshot', {});
    const [base, rechosen, made] = evaluated(on);
    expect(base).toMatchObject({
      model: join(on.dataDir, 'models', `${models[0]!.sha256}.onnx`),
      thresholds: models[0]!.thresholds,
    });
    // What the thresholds alone are worth is not taken for what the training is worth.
    expect(rechosen).toEqual({ ...base, thresholds });
    expect(made).toMatchObject({ model: join(folder, 'model.onnx'), run: folder, thresholds });
    const { costs, site, seed } = asked.settings;
    for (const measurement of evaluated(on)) expect(measurement).toMatchObject({ costs, site, seed });
    const verdicts = JSON.parse(await readFile(join(folder, 'verdicts.json'), 'utf8')) as { file: string }[];
    expect(base!.images.map(({ path }) => path)).toEqual(verdicts.map(({ file: path }) => path));
    // Neighbours were kept together, and still are where costs are drawn anew.
    expect(base!.images.every(({ group }) => group !== null)).toBe(true);

    const kept = ReportData.parse(JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')));
    expect(kept.models.map(({ role, name }) => [role, name])).toEqual([
      ['current', 'disc.onnx'],
      ['rethresholded', 'disc.onnx'],
      ['candidate', 'Run'],
    ]);
    expect(kept.settings).toMatchObject({ data: asked.parts.path, costs, site });
    const whole = kept.comparisons.find(({ first, second }) => first === 0 && second === 2);
    expect(whole!.parts.some(({ picture }) => picture !== null)).toBe(true);
  });

  test('holds the trainings it was compared with, with what each took, but none that was left out', async () => {
    const on = measures(await retrainStation());
    const own = finishing();
    on.train.handle('fineTune', async (asked, options) => {
      if (asked.out.endsWith('randomSamples')) throw new KenroError('oneClass');
      return own(asked, options);
    });
    const compare = ['randomSamples', 'randomLayers', 'wholeModel'] as const;
    const { id } = await on.call('retrain.start', { ...(await retrainRequest()), compare: [...compare] });
    await ended(on, id);
    await report(on, id);
    const folder = join(on.dataDir, 'runs', id);
    expect(evaluated(on).slice(3)).toMatchObject(
      ['randomLayers', 'wholeModel'].map((kind) => {
        return { model: join(folder, kind, 'model.onnx'), run: join(folder, kind), thresholds };
      }),
    );
    const { models } = JSON.parse((await file(on, id, 'json')).text) as ReportData;
    expect(models.slice(2).map(({ role }) => role)).toEqual(['candidate', 'randomLayers', 'wholeModel']);
    expect(models.every(({ evaluation: { training } }) => training && training.flops > 0)).toBe(true);

    await writeFile(join(folder, 'wholeModel', 'model.onnx'), 'another one');
    expect((await report(on, id, 'failed')).error).toMatchObject({
      kind: 'modelHashMismatch',
      params: { path: join(folder, 'wholeModel', 'model.onnx') },
    });
  });

  test('tells how far all the models are, as one', async () => {
    const { on, id } = await withRun();
    const { id: job } = await report(on, id);
    const told = on.told('job.changed').filter((each) => each.id === job && each.stage === 'evaluate');
    expect(told.map(({ done, total }) => [done, total])).toContainEqual([5, 30]);
    expect(told.every(({ total }) => total === 30)).toBe(true);
  });

  test('is saved in every format and both languages, and survives a restart', async () => {
    const { on: first, id } = await withRun();
    await report(first, id);
    const on = await again(first);
    expect(await on.call('retrain.open', { id })).toMatchObject({ hasReport: true });

    const page = await file(on, id, 'html', 'ja');
    expect(page.text).toMatch(/^<!doctype html>\n<html lang="ja">/);
    expect(page.headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8' });
    expect((await file(on, id, 'html')).text).toContain('<html lang="en">');
    expect((await file(on, id, 'csv')).text).toContain('falseAlarmRate');
    expect(JSON.parse((await file(on, id, 'json')).text)).toHaveProperty('models');
    const pdf = await file(on, id, 'pdf', 'ja');
    expect(pdf.headers).toMatchObject({ 'content-type': 'application/pdf' });
    expect(pdf.text).toMatch(/^%PDF <!doctype html>\n<html lang="ja">/);
  });

  test('is shown in a frame of the page that runs nothing and fetches nothing', async () => {
    const { on, id } = await withRun();
    await report(on, id);
    const policy = (await file(on, id, 'html')).headers?.['content-security-policy'];
    expect(policy?.split('; ').toSorted()).toEqual([
      "default-src 'none'",
      "frame-ancestors 'self'",
      'img-src data:',
      'sandbox',
      "style-src 'unsafe-inline'",
    ]);
    for (const format of ['pdf', 'csv', 'json'] as const) {
      expect((await file(on, id, format)).headers).not.toHaveProperty('content-security-policy');
    }
  });

  test('that is cancelled or asked for twice leaves the one before as it was', async () => {
    const { on, id } = await withRun();
    await report(on, id);
    const before = (await file(on, id, 'json')).text;
    on.train.handle('evaluate', (_job, { signal }) => {
      return new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(new KenroError('cancelled')));
      });
    });
    const job = await on.call('retrain.report', { id });
    expect(await on.call('retrain.report', { id })).toMatchObject({ id: job.id });
    await on.call('job.cancel', { id: job.id });
    await ended(on, job.id, 'cancelled');
    expect((await file(on, id, 'json')).text).toBe(before);
    expect(lastTold(on, id)).toMatchObject({ hasReport: true });

    on.train.handle('evaluate', evaluates);
    await report(on, id);
    const reports = (await on.call('station.snapshot', {})).jobs.filter(({ kind }) => kind === 'report');
    expect(reports).toMatchObject([{ state: 'done' }]);
  });

  test('is kept with a run that was taken off the list meanwhile', async () => {
    const { on, id } = await withRun();
    const held = Promise.withResolvers<void>();
    on.train.handle('evaluate', async (job, options) => {
      await held.promise;
      return evaluates(job, options);
    });
    const job = await on.call('retrain.report', { id });
    await on.call('job.dismiss', { id });
    held.resolve();
    await ended(on, job.id);
    expect(await on.call('retrain.open', { id })).toMatchObject({ hasReport: true });
  });

  test('of a run that was stopped while it compared stays with it when it goes on', async () => {
    const on = measures(await retrainStation());
    const own = finishing();
    on.train.handle('fineTune', (asked, options) =>
      asked.out.endsWith('randomSamples') ? lasting(asked, options) : own(asked, options),
    );
    const { id } = await on.call('retrain.start', {
      ...(await retrainRequest()),
      compare: ['randomSamples'],
    });
    await expect.poll(() => lastTold(on, id)?.retrain?.comparisons[0]?.state, patient).toBe('running');
    await report(on, id);
    await on.call('job.cancel', { id });
    expect(await ended(on, id, 'cancelled')).toMatchObject({ hasReport: true });
    on.train.handle('fineTune', own);
    await on.call('retrain.resume', { id });
    expect(await ended(on, id)).toMatchObject({ hasReport: true });
  });

  test('names the images that could not be read, by itself and by the training', async () => {
    const { on: first, id, asked, folder } = await withRun();
    const gone = join(asked.parts.path!, 'good', '10.png');
    const unread = join(asked.parts.path!, 'good', '49.png');
    await first.station.stop();
    const path = join(folder, 'run.json');
    const job = JSON.parse(await readFile(path, 'utf8')) as { retrain: { plan: { skipped: unknown[] } } };
    job.retrain.plan.skipped = [{ file: unread, error: { kind: 'imageUnreadable', params: {} } }];
    await writeFile(path, JSON.stringify(job));
    const on = measures(await retrainStation(first.dataDir));
    on.train.handle('evaluate', async (asks, options) => {
      const measured = await evaluates(asks, options);
      const error = { kind: 'imageVanished', params: { path: gone } } as const;
      return { ...measured, unreadable: [{ path: gone, label: 'ok', group: null, error }] };
    });
    await report(on, id);
    const { text } = await file(on, id, 'html');
    expect(text).toContain(gone);
    expect(text).toContain(unread);
    expect(text).toContain('1 image could not be read');
  });
});

describe('what stands in the way of a report', () => {
  test('a file of the run that is missing or damaged is named', async () => {
    const { on, id, folder } = await withRun();
    const path = join(folder, 'verdicts.json');
    for (const damage of [
      () => writeFile(path, '[{ "file": "/a.png" }]'),
      () => writeFile(path, '[{ half a li'),
      () => rm(path),
    ]) {
      await damage();
      expect((await report(on, id, 'failed')).error).toMatchObject({
        kind: 'runFileUnreadable',
        params: { path },
      });
    }
    expect(on.complaints).toEqual([]);
    expect(await file(on, id, 'html')).toMatchObject({ status: 404 });
    // The run itself is not touched.
    expect(await on.call('retrain.candidate', { id, name: 'Still', reason: null })).toMatchObject({
      name: 'Still',
    });
  });

  test('a model that is not the one the run has made', async () => {
    const { on, id, folder } = await withRun();
    await writeFile(join(folder, 'model.onnx'), 'another one');
    expect((await report(on, id, 'failed')).error).toMatchObject({ kind: 'modelHashMismatch' });
    expect(evaluated(on)).toEqual([]);
  });

  test('a run that has made nothing yet, none at all, or one without a test side', async () => {
    const { on, id } = await withRun();
    await expect(on.call('retrain.report', { id: 'retrain-9-9' })).rejects.toMatchObject({
      kind: 'notFound',
    });
    await expect(on.call('retrain.report', { id: '../kenro' })).rejects.toMatchObject({ kind: 'badRequest' });
    on.train.handle('fineTune', () => Promise.reject(new KenroError('oneClass')));
    const failed = await on.call('retrain.start', await retrainRequest());
    await ended(on, failed.id, 'failed');
    await expect(on.call('retrain.report', { id: failed.id })).rejects.toMatchObject({ kind: 'notFound' });

    const path = join(on.dataDir, 'runs', id, 'run.json');
    const job = JSON.parse(await readFile(path, 'utf8')) as { retrain: { result: object } };
    Object.assign(job.retrain.result, { before: null, after: null, changed: null });
    await on.station.stop();
    await writeFile(path, JSON.stringify(job));
    const later = await retrainStation(on.dataDir);
    await expect(later.call('retrain.report', { id })).rejects.toMatchObject({ kind: 'tooFewImages' });
  });

  test('a damaged report is told as such, and measuring again mends it', async () => {
    const { on, id, folder } = await withRun();
    await report(on, id);
    const path = join(folder, 'report.json');
    for (const content of ['{ half a rep', '{"models":[]}']) {
      await writeFile(path, content);
      const refused = await file(on, id, 'html');
      expect(refused.status).toBe(503);
      expect(JSON.parse(refused.text)).toMatchObject({ kind: 'reportUnreadable', params: { path } });
    }
    await report(on, id);
    expect(await file(on, id, 'html')).toMatchObject({ status: 200 });
  });

  test('a disk that is full loses nothing', async () => {
    const { on, id, folder } = await withRun();
    await report(on, id);
    const before = (await file(on, id, 'json')).text;
    on.train.handle('conditionPicture', () => Promise.reject(new KenroError('diskFull', { path: folder })));
    expect((await report(on, id, 'failed')).error).toMatchObject({ kind: 'diskFull' });
    expect((await file(on, id, 'json')).text).toBe(before);
  });

  test('a computer without a browser has no PDF, and says so', async () => {
    const { on: first, id } = await withRun();
    await report(first, id);
    await first.station.stop();
    const on = await retrainStation(first.dataDir, {
      printPdf: () => Promise.reject(new KenroError('browserMissing')),
    });
    const refused = await file(on, id, 'pdf');
    expect(refused.status).toBe(503);
    expect(JSON.parse(refused.text)).toMatchObject({ kind: 'browserMissing' });
    expect(await file(on, id, 'html')).toMatchObject({ status: 200 });
  });

  test('an address that is none: traversal, other files, other formats, other languages', async () => {
    const { on, id } = await withRun();
    await report(on, id);
    for (const path of [
      `/run/${id}/report.exe`,
      `/run/${id}/report.htm`,
      `/run/${id}/run.json`,
      `/run/${id}/model.onnx`,
      `/run/${id}/report.json/`,
      `/run/${id}/../${id}/report.json.bak`,
      `/run/${id}%2f..%2f${id}/report.json`,
      '/run/../report.json',
      '/run/..%2f..%2fkenro/report.json',
      '/run/retrain-1-1%00/report.json',
      '/run/retrain-1-/report.html',
      '/run//report.html',
    ]) {
      expect(await on.station.assets(path), path).toBeNull();
    }
    expect(await on.station.assets('/run/retrain-9-9/report.html')).toMatchObject({ status: 404 });
    const foreign = await on.station.assets(`/run/${id}/report.html?lang=../en`);
    expect(foreign).toMatchObject({ status: 400 });
    await expect.poll(() => on.complaints, patient).toEqual([]);
  });
});
