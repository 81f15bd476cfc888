import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { loadModelFile, saveModelFile } from '../../native-models/onnx/files.ts';
import { realStarter, tilePictures } from '../support/realStarter.ts';
import { sharedPath } from '../support/shared.ts';
import { startStationProcess, type StationProcess } from '../support/stationProcess.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const patient = { timeout: 100_000, interval: 100 };
let starterDir: string;
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kenro-starter-'));
  starterDir = await realStarter(folder);
  return () => rm(folder, { recursive: true, force: true });
});

async function start(): Promise<{ station: StationProcess; root: string }> {
  const root = await temporaryFolder();
  const station = await startStationProcess(join(root, 'data'), starterDir);
  await station.call('source.change', { id: 1, paused: true });
  return { station, root };
}

async function teach(station: StationProcess, root: string, backboneId: number, size: number | null) {
  const good = join(root, 'good');
  await mkdir(good);
  for (const [index, picture] of (await tilePictures(12, 0)).entries()) {
    await writeFile(join(good, `${index}.png`), picture);
  }
  const { id } = await station.call('teach.start', {
    productId: 1,
    name: 'On an imported backbone',
    good: { from: 'folder', path: good },
    ngFolder: null,
    backboneId,
    features: null,
    size,
    seed: 0,
  });
  const job = async () =>
    (await station.call('station.snapshot', {})).jobs.find((candidate) => candidate.id === id);
  await expect.poll(async () => (await job())?.state, patient).not.toBe('running');
  expect(await job()).toMatchObject({ state: 'done' });
}

test('a network with its weights beside it is imported with them, and taught on after the original is gone', async () => {
  const { station, root } = await start();
  const outside = join(root, 'outside');
  await mkdir(outside);
  const path = join(outside, 'net.onnx');
  const model = await loadModelFile(join(starterDir, 'backbone.onnx'));
  await saveModelFile(path, model, { externalData: { minimumBytes: 16 } });
  expect(await readdir(outside)).toEqual(['net.onnx', 'net.onnx.data']);

  const network = await station.call('backbone.describe', { path });
  expect(network.externalFiles).toEqual(['net.onnx.data']);
  const backbone = await station.call('backbone.import', {
    path,
    name: 'Mine',
    preprocess: { order: 'RGB', size: [64, 64], mean: [128], std: [64], scale: 1 },
    features: ['fine'],
  });
  await rm(outside, { recursive: true });
  await teach(station, root, backbone.id, null);
  await station.call('backbone.remove', { id: backbone.id });
  expect(await readdir(join(root, 'data', 'models'))).not.toContain(backbone.sha256);
  await expect(station.call('backbone.remove', { id: 1 })).rejects.toMatchObject({ kind: 'notAllowed' });
});

test('a network that cannot serve is refused by name', async () => {
  const { station, root } = await start();
  const path = join(root, 'text.onnx');
  await writeFile(path, 'this is no network');
  await expect(station.call('backbone.describe', { path })).rejects.toMatchObject({
    kind: 'modelUnreadable',
  });
  await expect(station.call('backbone.describe', { path: join(root, 'gone.onnx') })).rejects.toMatchObject({
    kind: 'modelMissing',
  });
  const given = { path: join(starterDir, 'backbone.onnx'), name: 'X' };
  const preprocess = { order: 'RGB' as const, mean: [0], std: [1], scale: 1 };
  await expect(
    station.call('backbone.import', {
      ...given,
      preprocess: { ...preprocess, size: [64, 64] },
      features: ['nothing'],
    }),
  ).rejects.toMatchObject({ kind: 'modelOutputMissing', params: { name: 'nothing' } });
  expect((await station.call('station.snapshot', {})).backbones).toHaveLength(1);
});

const mobileNet = sharedPath('onnx', 'mobilenet_v2_1.0_224_f32.onnx');
test.skipIf(mobileNet === null)('MobileNetV2 as it comes is described, imported and taught on', async () => {
  const { station, root } = await start();
  const path = mobileNet as string;
  const network = await station.call('backbone.describe', { path });
  expect(network.parameters).toBeGreaterThan(3_000_000);
  expect(network.suggestedFeatures.length).toBeGreaterThan(0);
  const { id } = await station.call('backbone.import', {
    path,
    name: 'MobileNetV2',
    preprocess: network.suggestedPreprocess,
    features: network.suggestedFeatures,
  });
  await teach(station, root, id, null);
});
