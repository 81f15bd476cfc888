import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { Job } from '../../electron/contract/jobs.ts';
import { everything } from '../../electron/contract/history.ts';
import { realStarter, tilePictures } from '../support/realStarter.ts';
import { startStationProcess, type StationProcess } from '../support/stationProcess.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const patient = { timeout: 60_000, interval: 100 };
let starterDir: string;
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kenro-starter-'));
  starterDir = await realStarter(folder);
  return () => rm(folder, { recursive: true, force: true });
});

async function folderOf(root: string, name: string, pictures: readonly Uint8Array[]): Promise<string> {
  const folder = join(root, name);
  await mkdir(folder);
  for (const [index, picture] of pictures.entries()) await writeFile(join(folder, `${index}.png`), picture);
  return folder;
}

/** The last word on a job; its progress is in `stages`. */
async function ended(
  station: StationProcess,
  start: () => Promise<Job>,
): Promise<{ job: Job; stages: string[] }> {
  const told: Job[] = [];
  station.on('job.changed', (job) => told.push(job));
  const { id } = await start();
  const last = () => told.findLast((job) => job.id === id);
  await expect.poll(() => last()?.state, patient).not.toBe('running');
  return { job: last() as Job, stages: [...new Set(told.map(({ stage }) => stage))] };
}

test('a product of one’s own: taught from a folder, then from the line, and judged by both', async () => {
  const root = await temporaryFolder();
  const good = await folderOf(root, 'good', await tilePictures(24, 0));
  await writeFile(join(good, 'broken.png'), 'not a picture');
  const watched = await folderOf(root, 'watched', []);
  const station = await startStationProcess(join(root, 'data'), starterDir);
  await station.call('source.change', { id: 1, paused: true });
  const { id: productId } = await station.call('product.add', { name: 'Own' });
  const config = { kind: 'folder', path: watched, subfolders: true, existing: true } as const;
  const { id: sourceId } = await station.call('source.add', { name: 'Own folder', productId, config });
  const request = { productId, ngFolder: null, backboneId: 1, features: null, size: null, seed: 3 };

  const first = await ended(station, () =>
    station.call('teach.start', { ...request, name: 'From folder', good: { from: 'folder', path: good } }),
  );
  expect(first.job).toMatchObject({ state: 'done', skipped: [{ error: { kind: 'imageUnreadable' } }] });
  expect(first.stages).toEqual(expect.arrayContaining(['features', 'memory', 'threshold', 'write']));
  const { products, models } = await station.call('station.snapshot', {});
  expect(products.find(({ id }) => id === productId)?.activeModelId).toBe(first.job.modelId);
  expect(models.find(({ id }) => id === first.job.modelId)?.origin).toMatchObject({
    goodImages: 24,
    seed: 3,
  });

  const second = await ended(station, async () => {
    const job = await station.call('teach.start', {
      ...request,
      name: 'From the line',
      good: { from: 'line', sourceId, count: 20 },
    });
    const pictures = await tilePictures(20, 0);
    for (const [index, picture] of pictures.entries())
      await writeFile(join(watched, `${index}.png`), picture);
    return job;
  });
  expect(second.job).toMatchObject({ state: 'done', skipped: [] });
  await station.call('model.activate', { id: second.job.modelId as number });
  // Each was compared with the scores computed while it was taught, on the way that the line's parts take.
  for (const { id, parity } of (await station.call('station.snapshot', {})).models.slice(1)) {
    const actor = id === first.job.modelId ? 'station' : 'operator';
    expect(parity).toMatchObject({ basis: 'made', passed: true, flips: 0, actor, provider: 'cpu' });
    expect(parity!.parts).toBeGreaterThanOrEqual(5);
    expect(parity!.worst).toBeLessThan(1e-4);
  }
  await writeFile(join(watched, 'last.png'), (await tilePictures(1, 1))[0] as Uint8Array);

  const filter = { ...everything, sourceId };
  const rows = async () =>
    (await station.call('history.page', { filter, before: null, after: null, limit: 50 })).rows;
  await expect.poll(async () => (await rows()).length, patient).toBe(21);
  const [newest, ...older] = await rows();
  expect(newest).toMatchObject({ origin: 'last.png', modelId: second.job.modelId });
  expect(newest?.score).toBeGreaterThan(0);
  for (const part of older)
    expect(part).toMatchObject({ modelId: first.job.modelId, imageKept: true, reason: null });
});

test('a model whose parts are judged otherwise here is refused by name, and taken once they are not', async () => {
  const root = await temporaryFolder();
  const good = await folderOf(root, 'good', await tilePictures(24, 0));
  const station = await startStationProcess(join(root, 'data'), starterDir);
  const tile = (await station.call('station.snapshot', {})).products[1]!;
  const request = { productId: tile.id, ngFolder: null, backboneId: 1, features: null, size: null, seed: 3 };
  const { job } = await ended(station, () =>
    station.call('teach.start', { ...request, name: 'Taught', good: { from: 'folder', path: good } }),
  );
  const { sha256 } = (await station.call('station.snapshot', {})).models.at(-1)!;
  const list = join(root, 'data', 'models', `${sha256}.reference`, 'reference.json');
  const kept = await readFile(list, 'utf8');
  const reference = JSON.parse(kept) as { parts: { name: string; score: number }[] };
  const [part] = reference.parts;
  await writeFile(list, kept.replace(String(part!.score), String(part!.score * 1.1)));

  const activate = () => station.call('model.activate', { id: job.modelId as number });
  await expect(activate()).rejects.toMatchObject({
    kind: 'modelDiffers',
    params: { name: 'Taught', parts: basename(part!.name), of: reference.parts.length },
  });
  const inUse = async () => (await station.call('station.snapshot', {})).products[1]?.activeModelId;
  expect(await inUse()).toBe(tile.activeModelId);
  await writeFile(list, kept);
  await activate();
  expect(await inUse()).toBe(job.modelId);
});

test('too few good parts, and a cancelled job, leave the registry as it was', async () => {
  const root = await temporaryFolder();
  const few = await folderOf(root, 'few', await tilePictures(1, 0));
  const empty = await folderOf(root, 'empty', []);
  const station = await startStationProcess(join(root, 'data'), starterDir);
  const request = {
    productId: 1,
    name: 'X',
    ngFolder: null,
    backboneId: 1,
    features: null,
    size: null,
    seed: 0,
  };
  const teach = (path: string) =>
    ended(station, () => station.call('teach.start', { ...request, good: { from: 'folder', path } }));
  expect((await teach(few)).job).toMatchObject({ state: 'failed', error: { kind: 'tooFewImages' } });
  expect((await teach(empty)).job).toMatchObject({ state: 'failed', error: { kind: 'folderEmpty' } });

  const many = await folderOf(root, 'many', await tilePictures(40, 0));
  const cancelled = await ended(station, async () => {
    const job = await station.call('teach.start', { ...request, good: { from: 'folder', path: many } });
    await station.call('job.cancel', { id: job.id });
    return job;
  });
  expect(cancelled.job.state).toBe('cancelled');
  expect((await station.call('station.snapshot', {})).models).toHaveLength(1);
});
