import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { everything } from '../../electron/contract/history.ts';
import type { Job } from '../../electron/contract/jobs.ts';
import { readStationKey } from '../../electron/learning/signing/keys.ts';
import { keyIdOf, signStatement } from '../../electron/learning/signing/statement.ts';
import { fileSha256 } from '../../electron/learning/modelFiles.ts';
import { dataPaths } from '../../electron/platform/paths.ts';
import { writeModel } from '../../native-models/onnx/write.ts';
import { seededRandom } from '../../native-models/random.ts';
import { writeClassFolders } from '../support/classPictures.ts';
import { realStarter } from '../support/realStarter.ts';
import { smallClassifier } from '../support/smallClassifier.ts';
import { startStationProcess, type StationProcess } from '../support/stationProcess.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const patient = { timeout: 60_000, interval: 100 };
let starterDir: string;
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kenro-starter-'));
  starterDir = await realStarter(folder);
  return () => rm(folder, { recursive: true, force: true });
});

async function ended(station: StationProcess, start: () => Promise<Job>): Promise<Job> {
  const told: Job[] = [];
  station.on('job.changed', (job) => told.push(job));
  const { id } = await start();
  const last = () => told.findLast((job) => job.id === id);
  await expect.poll(() => last()?.state, patient).not.toBe('running');
  return last() as Job;
}

async function ownLine(root: string) {
  const watched = join(root, 'watched');
  await mkdir(watched);
  const station = await startStationProcess(join(root, 'data'), starterDir);
  await station.call('source.change', { id: 1, paused: true });
  const { id: productId } = await station.call('product.add', { name: 'Own' });
  const config = { kind: 'folder', path: watched, subfolders: true, existing: true } as const;
  const { id: sourceId } = await station.call('source.add', { name: 'Own folder', productId, config });
  const filter = { ...everything, sourceId };
  const rows = async () =>
    (await station.call('history.page', { filter, before: null, after: null, limit: 50 })).rows;
  return { station, watched, productId, filter, rows };
}

test('made from class folders, it judges parts, names and counts their defects, each type by its own thresholds', async () => {
  const root = await temporaryFolder();
  const classes = join(root, 'classes');
  await writeClassFolders(classes, 12);
  const fresh = join(root, 'fresh');
  await writeClassFolders(fresh, 3, 500);
  const { station, watched, productId, filter, rows } = await ownLine(root);
  const survey = await station.call('classifier.survey', { path: classes });
  expect(survey.classes).toEqual([
    { label: 'ok', images: 12 },
    { label: 'spot', images: 12 },
    { label: 'stripe', images: 12 },
  ]);

  const request = { productId, images: classes, okLabels: ['ok'], backboneId: 1, size: 64, seed: 1 };
  const job = await ended(station, () => station.call('classifier.teach', { ...request, name: 'Sorter' }));
  expect(job).toMatchObject({ state: 'done', skipped: [] });
  const snapshot = async () => station.call('station.snapshot', {});
  const model = (await snapshot()).models.find(({ id }) => id === job.modelId)!;
  expect(model).toMatchObject({
    kind: 'classifier',
    classes: { labels: ['ok', 'spot', 'stripe'], okLabels: ['ok'], thresholdsByLabel: {} },
    origin: { goodImages: 12, ngImages: 24, heldOut: { of: 12 } },
    parity: { basis: 'made', passed: true, parts: 12, flips: 0 },
  });
  expect((await snapshot()).products.find(({ id }) => id === productId)?.activeModelId).toBe(model.id);

  const deliver = async (kind: string, number: number) => {
    const name = `${kind}-${number}.png`;
    await copyFile(join(fresh, kind, name), join(watched, name));
  };
  for (const kind of ['ok', 'spot', 'stripe']) for (const number of [500, 501]) await deliver(kind, number);
  await expect.poll(async () => (await rows()).length, patient).toBe(6);
  for (const row of await rows()) {
    const kind = row.origin.split('-')[0];
    expect(row).toMatchObject({ label: kind === 'ok' ? null : kind, thresholds: model.thresholds });
    expect(row.verdict === 'OK').toBe(kind === 'ok');
  }
  const { defects } = await station.call('history.defects', { filter });
  expect(defects.map(({ label, parts }) => [label, parts])).toEqual([
    ['spot', 2],
    ['stripe', 2],
  ]);
  const stripes = { ...filter, label: 'stripe' };
  expect((await station.call('history.count', { filter: stripes })).count).toBe(2);

  // Stripes may stay, whatever their score; spots are judged as before.
  const thresholdsByLabel = { stripe: { review: 2, ng: 2 } };
  const { thresholds } = model;
  await station.call('model.thresholds', { id: model.id, thresholds, thresholdsByLabel, reason: 'try' });
  for (const kind of ['spot', 'stripe']) await deliver(kind, 502);
  await expect.poll(async () => (await rows()).length, patient).toBe(8);
  const at = async (origin: string) => (await rows()).find((row) => row.origin === origin);
  expect(await at('stripe-502.png')).toMatchObject({
    verdict: 'OK',
    label: null,
    thresholds: thresholdsByLabel.stripe,
  });
  expect(await at('spot-502.png')).toMatchObject({ label: 'spot', thresholds });

  const { entries } = await station.call('audit.page', { before: null, limit: 50 });
  const actions = entries.map(({ action }) => action);
  expect(actions).toEqual(expect.arrayContaining(['classifier.teach', 'model.add', 'model.thresholds']));
});

test('somebody’s ONNX classifier is described, imported with its labels, and what does not fit is refused', async () => {
  const root = await temporaryFolder();
  const path = join(root, 'classifier.onnx');
  const network = smallClassifier({ side: 32, channels: [4, 6], classes: 3, random: seededRandom(1) });
  await writeFile(path, writeModel(network));
  await writeFile(join(root, 'labels.csv'), '2,stripe\n0,ok\n1,spot\n');
  const images = join(root, 'classes');
  await writeClassFolders(images, 4);
  const { station, productId } = await ownLine(root);

  const description = await station.call('classifier.describe', { path });
  expect(description).toMatchObject({ classes: 3, labels: null, inputShape: ['batch', 1, 32, 32] });
  const { labels } = await station.call('classifier.labels', { path: join(root, 'labels.csv') });
  expect(labels).toEqual(['ok', 'spot', 'stripe']);
  const preprocess = description.suggestedPreprocess;
  const request = { productId, name: 'Imported', path, labels, okLabels: ['ok'], preprocess };
  const job = await ended(station, () => station.call('classifier.import', { ...request, heldOut: images }));
  expect(job).toMatchObject({ state: 'done' });
  const id = job.modelId!;
  // It is looked at for a backdoor by itself; a network with random weights may or may not look like one.
  await expect
    .poll(async () => {
      const { jobs } = await station.call('station.snapshot', {});
      return jobs.find(({ probed }) => probed === id)?.state;
    }, patient)
    .not.toBe('running');
  // Nobody has signed it: it judges nothing until an administrator lets it.
  await expect(station.call('model.activate', { id })).rejects.toThrow(/modelUntrusted/);
  await station.call('model.trust', { id, reason: 'trained by our supplier' });
  await station.call('model.activate', { id });
  const { models } = await station.call('station.snapshot', {});
  expect(models.find((model) => model.id === id)).toMatchObject({
    ...{ kind: 'classifier', classes: { labels, okLabels: ['ok'] }, origin: { heldOut: { of: 12 } } },
    trust: { state: 'unsigned', override: { reason: 'trained by our supplier' } },
    parity: { basis: 'made', passed: true, parts: 12, flips: 0 },
  });

  const few = await ended(station, () =>
    station.call('classifier.import', { ...request, labels: ['ok', 'spot'], heldOut: null }),
  );
  expect(few).toMatchObject({ state: 'failed', error: { kind: 'labelsWrong' } });
  const none = station.call('classifier.import', { ...request, okLabels: [], heldOut: null });
  await expect(none).rejects.toThrow(/noOkClass/);
  const notes = station.call('classifier.labels', { path: join(root, 'nothing.txt') });
  await expect(notes).rejects.toThrow(/folderMissing/);
});

test('somebody’s classifier that came with a signature that counts is signed here, one that was changed since is not', async () => {
  const root = await temporaryFolder();
  const path = join(root, 'classifier.onnx');
  const network = smallClassifier({ side: 32, channels: [4, 6], classes: 2, random: seededRandom(2) });
  await writeFile(path, writeModel(network));
  const { station, productId } = await ownLine(root);
  const pair = (await readStationKey(join(dataPaths(join(root, 'data')).keys, 'station.pem')))!;
  const keyId = keyIdOf(pair.publicKey);
  const sha256 = await fileSha256(path);
  const about = { format: 'kenro-signature-1', what: 'model', sha256, meaning: {}, keyId } as const;
  const signature = signStatement({ ...about, signedMs: 0 }, pair.privateKey);
  await writeFile(`${path}.sig.json`, JSON.stringify(signature));

  const { suggestedPreprocess: preprocess } = await station.call('classifier.describe', { path });
  const request = { productId, path, labels: ['ok', 'spot'], okLabels: ['ok'], preprocess, heldOut: null };
  const trustOf = async (name: string) => {
    const job = await ended(station, () => station.call('classifier.import', { ...request, name }));
    expect(job).toMatchObject({ state: 'done' });
    const { models } = await station.call('station.snapshot', {});
    return models.find(({ id }) => id === job.modelId)?.trust?.state;
  };
  expect(await trustOf('Signed')).toBe('signed');
  const other = smallClassifier({ side: 32, channels: [4, 6], classes: 2, random: seededRandom(3) });
  await writeFile(path, writeModel(other));
  expect(await trustOf('Changed')).toBe('unsigned');
});
