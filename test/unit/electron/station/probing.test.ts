import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { KenroError } from '../../../../electron/contract/errors.ts';
import { everything } from '../../../../electron/contract/history.ts';
import type { BackdoorProbe } from '../../../../electron/contract/probe.ts';
import { keptPath } from '../../../../electron/engine/keptPictures.ts';
import { spread } from '../../../../electron/learning/probeParts.ts';
import { dataPaths } from '../../../../electron/platform/paths.ts';
import { testStarter, testStation, withCards, type TestStation } from '../../../support/testStation.ts';

const id = 1;

const found = (isSuspicious: boolean): BackdoorProbe & { skipped: [] } => {
  const trigger = (label: string, isOk: boolean, share: number) => ({
    ...{ label, isOk, share, success: 1, images: 9 },
  });
  const classes = [trigger('OK', true, isSuspicious ? 0.001 : 0.2), trigger('NG', false, 0.01)];
  return {
    ...{
      classes,
      ratio: isSuspicious ? 0.1 : 20,
      limit: 1.6,
      overrules: null,
      isSuspicious,
      images: 12,
      steps: 200,
    },
    ...{ layout: { foreign: null, backbone: 'same' }, seconds: 3, skipped: [] },
  };
};

/** A station with pictures of parts of its first product on record. @returns their paths too */
async function station(): Promise<{ on: TestStation; kept: string[] }> {
  const on = await testStation({ starterDir: await testStarter(), prepare: withCards });
  const { sources } = await on.call('station.snapshot', {});
  const line = sources.find(({ productId }) => productId === 1)!;
  if (line.config.kind === 'demo') {
    await on.call('source.change', { id: line.id, config: { ...line.config, intervalMs: 10 } });
  }
  const filter = { ...everything, productId: 1 };
  const hashes = async () => {
    const { rows } = await on.call('history.page', { filter, before: null, after: null, limit: 100 });
    return rows.flatMap(({ imageKept, imageHash }) => (imageKept && imageHash ? [imageHash] : []));
  };
  await expect.poll(async () => (await hashes()).length).toBeGreaterThan(3);
  await on.call('source.change', { id: line.id, paused: true });
  const kept = (await hashes()).map((hash) => keptPath(dataPaths(on.dataDir).images, hash, 'png'));
  for (const path of kept) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, 'picture');
  }
  return { on, kept };
}

async function probed(on: TestStation) {
  const job = await on.call('model.probe', { id });
  await expect.poll(async () => (await jobOf(on, job.id)).state).not.toBe('running');
  return jobOf(on, job.id);
}

const jobOf = async (on: TestStation, jobId: string) =>
  (await on.call('station.snapshot', {})).jobs.find((job) => job.id === jobId)!;
const model = async (on: TestStation) => (await on.call('station.snapshot', {})).models[0]!;

describe('a search for a backdoor in a model of the registry', () => {
  test('takes parts on record, and keeps what it has found beside the model and on the trail', async () => {
    const { on, kept } = await station();
    let asked: readonly string[] = [];
    on.train.handle('probe', ({ images }) => {
      asked = images;
      return found(false);
    });
    const job = await probed(on);
    expect(job).toMatchObject({ kind: 'probe', state: 'done', probed: id });
    expect(asked.length).toBeGreaterThan(0);
    expect(kept).toEqual(expect.arrayContaining([...asked]));
    expect((await model(on)).probe).toMatchObject({ job: job.id, isSuspicious: false, ratio: 20 });
    const { entries } = await on.call('audit.page', { before: null, limit: 1 });
    expect(entries[0]).toMatchObject({ action: 'model.probe', detail: { id, isSuspicious: false } });
    await on.call('model.activate', { id });
  });

  test('a suspicious one judges nothing until an administrator lets it, and not when it is found again', async () => {
    const { on } = await station();
    on.train.handle('probe', () => found(true));
    await probed(on);
    expect((await model(on)).trust).toMatchObject({ state: 'signed' });
    const refused = { kind: 'modelSuspicious', params: { name: (await model(on)).name } };
    await expect(on.call('model.activate', { id })).rejects.toMatchObject(refused);
    await on.call('model.trust', { id, reason: 'the mark is our own stamp' });
    await on.call('model.activate', { id });
    await probed(on);
    await expect(on.call('model.activate', { id })).rejects.toMatchObject(refused);
    on.train.handle('probe', () => found(false));
    await probed(on);
    await on.call('model.activate', { id });
  });

  test('is stopped, and can be asked for once at a time', async () => {
    const { on } = await station();
    const begun = Promise.withResolvers<void>();
    on.train.handle('probe', (_job, { signal }) => {
      begun.resolve();
      return new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(new KenroError('cancelled')));
      });
    });
    const job = await on.call('model.probe', { id });
    await begun.promise;
    await expect(on.call('model.probe', { id })).rejects.toMatchObject({ kind: 'conflict' });
    await on.call('job.cancel', { id: job.id });
    await expect.poll(async () => (await jobOf(on, job.id)).state).toBe('cancelled');
    expect((await model(on)).probe).toBeUndefined();
  });

  test('says so where there are no parts to search with', async () => {
    const on = await testStation({ starterDir: await testStarter(), prepare: withCards });
    expect(await probed(on)).toMatchObject({ state: 'failed', error: { kind: 'probePartsMissing' } });
  });
});

test('parts to probe with are some of every kind, evenly', () => {
  const parts = (label: string, count: number) =>
    Array.from({ length: count }, (_, at) => ({ label, path: `${label} ${at}` }));
  const chosen = spread([...parts('OK', 90), ...parts('crack', 3), ...parts('dent', 40)], 30);
  const counts = Map.groupBy(chosen, ({ label }) => label);
  expect([...counts].map(([label, own]) => [label, own.length])).toEqual([
    ['crack', 3],
    ['dent', 13],
    ['OK', 14],
  ]);
  expect(new Set(chosen).size).toBe(30);
  expect(counts.get('OK')!.at(-1)!.path).toBe('OK 83');
});
