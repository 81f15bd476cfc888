import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { KenroError } from '../../../../electron/contract/errors.ts';
import {
  again,
  ended,
  finishes,
  finishing,
  lasting,
  retrainRequest,
  retrainStation,
  tuned,
} from '../../../support/retrainings.ts';
import { sha256, type TestStation } from '../../../support/testStation.ts';

/** A run that has ended well. */
async function withRun() {
  const on = await retrainStation();
  finishes(on);
  const { id } = await on.call('retrain.start', await retrainRequest());
  await ended(on, id);
  return { on, id, runs: join(on.dataDir, 'runs') };
}

const audited = async (on: TestStation) =>
  (await on.call('audit.page', { before: null, limit: 1 })).entries[0];

test('a run is gone with its folder and from every list, and stays so; the trail says what it was', async () => {
  const { on: first, id, runs } = await withRun();
  await first.call('retrain.remove', { id });
  expect(await readdir(runs)).toEqual([]);
  expect(first.told('job.removed')).toContainEqual({ id });
  expect((await first.call('retrain.runs', { productId: 1 })).runs).toEqual([]);
  for (const channel of ['retrain.open', 'retrain.remove', 'retrain.resume'] as const) {
    await expect(first.call(channel, { id })).rejects.toMatchObject({ kind: 'notFound' });
  }
  expect(await audited(first)).toMatchObject({
    actor: 'operator',
    action: 'retrain.remove',
    detail: { run: id, title: 'Run', productId: 1, candidate: null, model: sha256(tuned) },
  });
  const on = await again(first);
  expect((await on.call('retrain.runs', { productId: 1 })).runs).toEqual([]);
});

test('the candidate made from it stays in the registry, with its file', async () => {
  const { on, id } = await withRun();
  const { id: candidate } = await on.call('retrain.candidate', { id, name: 'Robust', reason: null });
  await on.call('retrain.remove', { id });
  const { models } = await on.call('station.snapshot', {});
  expect(models).toContainEqual(expect.objectContaining({ id: candidate, name: 'Robust' }));
  expect(await readFile(join(on.dataDir, 'models', `${sha256(tuned)}.onnx`), 'utf8')).toBe(tuned);
  expect(await audited(on)).toMatchObject({ detail: { candidate } });
  expect(await on.call('model.activate', { id: candidate })).toMatchObject({ activeModelId: candidate });
});

test('runs of an earlier start are deleted too, and others are left alone', async () => {
  const { on: first, id, runs } = await withRun();
  const other = await first.call('retrain.start', await retrainRequest());
  await ended(first, other.id);
  const on = await again(first);
  await on.call('retrain.remove', { id });
  expect(await readdir(runs)).toEqual([other.id]);
  expect((await on.call('retrain.runs', { productId: 1 })).runs).toMatchObject([{ id: other.id }]);
});

test('is refused while the run goes on, or is being measured', async () => {
  const { on, id, runs } = await withRun();
  on.train.handle('fineTune', lasting);
  const going = await on.call('retrain.start', await retrainRequest());
  const refused = { kind: 'conflict', params: { name: 'Run' } };
  await expect.poll(() => existsSync(join(runs, going.id, 'run.json'))).toBe(true);
  await expect(on.call('retrain.remove', { id: going.id })).rejects.toMatchObject(refused);
  await on.call('job.cancel', { id: going.id });
  await ended(on, going.id, 'cancelled');

  on.train.handle('fineTune', finishing());
  on.train.handle('evaluate', (_job, { signal }) => {
    return new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(new KenroError('cancelled')));
    });
  });
  const report = await on.call('retrain.report', { id });
  await expect(on.call('retrain.remove', { id })).rejects.toMatchObject(refused);
  expect(existsSync(join(runs, id, 'model.onnx'))).toBe(true);
  await on.call('job.cancel', { id: report.id });
  await ended(on, report.id, 'cancelled');
  await on.call('retrain.remove', { id });
  expect((await on.call('station.snapshot', {})).jobs.map((job) => job.id)).toEqual([going.id]);
});

test('what was left when Kenro was killed meanwhile is removed at the next start, and is no run', async () => {
  const { on: first, id, runs } = await withRun();
  const left = join(runs, `${id}.removed`);
  await mkdir(left);
  await writeFile(join(left, 'run.json'), await readFile(join(runs, id, 'run.json')));
  const on = await again(first);
  expect(existsSync(left)).toBe(false);
  expect((await on.call('retrain.runs', { productId: 1 })).runs).toMatchObject([{ id }]);
});

test('nothing is written on the trail where the folder cannot go', async () => {
  const { on, id, runs } = await withRun();
  // In the way of what is on its way out.
  await mkdir(join(runs, `${id}.removed`));
  await writeFile(join(runs, `${id}.removed`, 'in use'), '');
  await expect(on.call('retrain.remove', { id })).rejects.toThrow();
  expect(await audited(on)).toMatchObject({ action: 'retrain.screen' });
  expect((await on.call('retrain.runs', { productId: 1 })).runs).toMatchObject([{ id }]);
  expect(existsSync(join(runs, id, 'model.onnx'))).toBe(true);
});
