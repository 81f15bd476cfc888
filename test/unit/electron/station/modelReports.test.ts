import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { assetPaths } from '../../../../electron/contract/bridge.ts';
import type { EngineRequest } from '../../../../electron/contract/engine.ts';
import { KenroError } from '../../../../electron/contract/errors.ts';
import type { ModelReportRequest } from '../../../../electron/contract/modelReports.ts';
import type { ReportData } from '../../../../electron/contract/report.ts';
import { usualCosts } from '../../../../electron/contract/usualSettings.ts';
import { evaluation, measuredModels } from '../../../support/evaluations.ts';
import { again, ended, finishes, retrainRequest, retrainStation } from '../../../support/retrainings.ts';
import type { TestStation } from '../../../support/testStation.ts';

const scores = { clean: [0.1, 0.2, 0.7, 0.9, 0.5], noise: [0.65, 0.2, 0.7, 0.9, 0.9] };
const site = { clean: 0.75, 'gaussian-noise/3': 0.25 };

/** A station with the model in use and a candidate of it. */
async function withModels() {
  const on = await retrainStation();
  on.train.handle('evaluate', (job) => ({ ...evaluation(job.model, scores, 50), images: [...job.images] }));
  on.train.handle('compareCosts', () => ({ comparison: measuredModels()[1]!.costs[0]! }));
  on.train.handle('compareLayers', () => ({ change: null }));
  on.train.handle('conditionPicture', () => ({ jpeg: new Uint8Array([255, 216]) }));
  finishes(on);
  const asked = await retrainRequest();
  const { id } = await on.call('retrain.start', asked);
  await ended(on, id);
  const made = await on.call('retrain.candidate', { id, name: 'Robust', reason: null });
  const { models } = await on.call('station.snapshot', {});
  const request: ModelReportRequest = {
    ...{ name: 'Both', parts: asked.parts, modelIds: [models[0]!.id, made.id] },
    ...{ allDisturbances: false, attacks: null, costs: usualCosts, site },
  };
  return { on, request, used: models[0]!, made, runId: id, other: models[1]! };
}

const evaluated = ({ train }: TestStation) =>
  train.calls.flatMap(({ name, request }) =>
    name === 'evaluate' ? [request as EngineRequest<'evaluate'>] : [],
  );

async function json(on: TestStation, id: string) {
  const answer = await on.station.assets(assetPaths.modelReport(id, 'json', 'en'));
  const text = new TextDecoder().decode(answer?.body as Uint8Array);
  return { status: answer?.status, report: JSON.parse(text) as ReportData };
}

describe('a report on models', () => {
  test('measures each as the line judges by it, on the same parts, with what its training took', async () => {
    const { on, request, used, made, runId } = await withModels();
    const job = await ended(on, (await on.call('report.start', request)).id);
    expect(job).toMatchObject({ kind: 'report', title: 'Both', hasReport: true });
    const models = join(on.dataDir, 'models');
    expect(evaluated(on)).toMatchObject([
      { model: join(models, `${used.sha256}.onnx`), run: null, thresholds: used.thresholds, site },
      {
        model: join(models, `${made.sha256}.onnx`),
        run: join(on.dataDir, 'runs', runId),
        thresholds: made.thresholds,
        corruptions: ['gaussian-noise'],
      },
    ]);
    // Those of 43 that the candidate was not retrained on.
    expect(evaluated(on)[0]!.images).toHaveLength(5);
    expect(evaluated(on)[1]!.images).toEqual(evaluated(on)[0]!.images);
    const { status, report } = await json(on, job.id);
    expect(status).toBe(200);
    expect(report.models.map(({ name }) => name)).toEqual([used.name, 'Robust']);
  });

  test('looks only at what the data set keeps for testing, where it says so, under all that is asked for', async () => {
    const { on, request } = await withModels();
    const folder = join(on.dataDir, 'mvtec');
    for (const part of ['train/good', 'test/good', 'test/crack']) {
      await mkdir(join(folder, part), { recursive: true });
      await writeFile(join(folder, part, '1.png'), '');
    }
    const attacks = { attacks: ['pgd'], norm: 'linf', epsilons: [0.01], steps: { pgd: 5 } } as const;
    const parts = { ...request.parts, path: folder };
    const { id } = await on.call('report.start', {
      ...{ ...request, parts, allDisturbances: true },
      attacks: { ...attacks, attacks: [...attacks.attacks], epsilons: [...attacks.epsilons] },
    });
    await ended(on, id);
    const [first] = evaluated(on);
    expect(first!.images.map(({ path }) => path.includes('test'))).toEqual([true, true]);
    expect(first).toMatchObject({ corruptions: 'all', attacks });
  });

  test('is listed after a restart too, until somebody deletes it, which goes on record', async () => {
    const { on: first, request } = await withModels();
    const { id } = await ended(first, (await first.call('report.start', request)).id);
    const on = await again(first);
    const listed = { id, title: 'Both', models: [expect.any(String), 'Robust'] };
    const { productId } = request.parts;
    expect((await on.call('report.list', { productId })).reports).toMatchObject([listed]);
    expect((await on.call('report.list', { productId: 99 })).reports).toEqual([]);
    await on.call('report.remove', { id });
    expect((await on.call('report.list', { productId })).reports).toEqual([]);
    expect(await readdir(join(on.dataDir, 'reports'))).toEqual([]);
    const { entries } = await on.call('audit.page', { before: null, limit: 1 });
    expect(entries).toMatchObject([{ action: 'report.remove', detail: { id, title: 'Both' } }]);
    await expect(on.call('report.remove', { id })).rejects.toMatchObject({ kind: 'notFound' });
    expect((await json(on, id)).status).toBe(404);
  });

  test('that is cancelled or fails leaves nothing, and one that is damaged is told and left out', async () => {
    const { on, request } = await withModels();
    on.train.handle('evaluate', (_job, { signal }) => {
      return new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(new KenroError('cancelled')));
      });
    });
    const { id } = await on.call('report.start', request);
    await on.call('job.cancel', { id });
    await ended(on, id, 'cancelled');
    const folder = join(on.dataDir, 'reports');
    expect(await readdir(folder).catch(() => [])).toEqual([]);
    await mkdir(join(folder, 'report-1-1'), { recursive: true });
    await writeFile(join(folder, 'report-1-1', 'about.json'), '{ half a rep');
    expect((await on.call('report.list', { productId: 1 })).reports).toEqual([]);
    expect(on.complaints.join()).toContain('report-1-1');
  });

  test('that has no part left which its models were not retrained on, says so', async () => {
    const { on, request, runId } = await withModels();
    const folder = join(on.dataDir, 'runs', runId);
    const kept = JSON.parse(await readFile(join(folder, 'verdicts.json'), 'utf8')) as object[];
    const elsewhere = kept.map((part) => ({ ...part, file: '/gone.png' }));
    await writeFile(join(folder, 'verdicts.json'), JSON.stringify(elsewhere));
    const job = await ended(on, (await on.call('report.start', request)).id, 'failed');
    expect(job.error).toMatchObject({ kind: 'tooFewImages' });
    // Nothing can be told of a run that is deleted.
    await rm(folder, { recursive: true });
    await ended(on, (await on.call('report.start', request)).id);
    expect(evaluated(on)[0]!.images).toHaveLength(43);
  });

  test('is refused for a model of another product, one that is gone, and an id that is none', async () => {
    const { on, request, other } = await withModels();
    const asked = (modelIds: number[]) => on.call('report.start', { ...request, modelIds });
    await expect(asked([other.id])).rejects.toMatchObject({ kind: 'badRequest' });
    await expect(asked([999])).rejects.toMatchObject({ kind: 'notFound' });
    await expect(on.call('report.remove', { id: '../runs' })).rejects.toMatchObject({ kind: 'badRequest' });
    for (const path of ['/report/report-1-.html', '/report/../kenro.db', '/report/report-1-1.exe']) {
      expect(await on.station.assets(path), path).toBeNull();
    }
  });
});
