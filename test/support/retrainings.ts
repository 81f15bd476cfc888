import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Breach, EngineReply, EngineRequest } from '../../electron/contract/engine.ts';
import { KenroError } from '../../electron/contract/errors.ts';
import type { Job } from '../../electron/contract/jobs.ts';
import type { RetrainRequest } from '../../electron/contract/retrain.ts';
import { usualFineTune } from '../../electron/contract/usualSettings.ts';
import type { FakeHandlers } from './fakeEngine.ts';
import { temporaryFolder } from './temporaryFolder.ts';
import {
  sha256,
  testStarter,
  testStation,
  withCards,
  type TestStation,
  type TestStationOptions,
} from './testStation.ts';

export const patient = { timeout: 10_000 };
export const tuned = 'bytes of a tuned detector';
export const thresholds = { review: 0.3, ng: 0.4 };
export const noGroups = { groupColumn: null, groupPattern: null };
export const figures = { clean: 0.8, site: 0.7, expectedCost: 50, validationLoss: 0.5 };
export const plan: EngineReply<'planFineTune'> = {
  layers: [],
  parameters: 10,
  samples: { all: 6, chosen: 2 },
  flops: { forward: 1, step: 2, least: 2, whole: 3 },
  total: { flops: 10, validationFlops: 1, wholeFlops: 100, seconds: 1 },
  images: { train: 4, validation: 1, calibration: 1, test: 2 },
  claims: null,
  skipped: [],
};

/** A station whose training engine plans; on an earlier station's data where they are given. */
export async function retrainStation(
  dataDir?: string,
  options: Pick<TestStationOptions, 'printPdf'> = {},
): Promise<TestStation> {
  const known = dataDir === undefined ? options : { ...options, dataDir };
  const on = await testStation({ ...known, starterDir: await testStarter(), prepare: withCards });
  on.train.handle('screen', ({ images }) => screeningOf(images));
  on.train.handle('planFineTune', () => plan);
  on.train.handle('pauseTraining', ({ paused }) => ({ paused }));
  return on;
}

async function labelledFolder(): Promise<string> {
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

/** The first crack is a suspect. */
function screeningOf(images: EngineRequest<'screen'>['images']): EngineReply<'screen'> {
  const suspects = images
    .filter(({ label }) => label === 'crack')
    .slice(0, 1)
    .map(({ path, label }) => {
      const reasons = [{ check: 'neighbours' as const, figure: 0.9, looksLike: 'ok' }];
      return { path, label, reasons, suspicion: 0.9 };
    });
  return {
    ...{ suspects, suspectCount: suspects.length, images: images.length, checks: ['neighbours'] },
    ...{ tooFew: [], separation: 0.95, isWeak: false, features: ['patch'], skipped: [], seconds: 1 },
  };
}

export async function retrainRequest(): Promise<RetrainRequest> {
  const parts = { productId: 1, records: 'none', path: await labelledFolder(), ...noGroups } as const;
  return { name: 'Run', parts, settings: { ...usualFineTune, epochs: 2 }, leftOut: [], compare: [] };
}

const kpi = { clean: 1, site: 0.9, robust: null, costInterval: null, falseAlarmRate: 0, escapeRate: 0 };

/** Three good parts and two with a crack, as `support/evaluations.ts` measures them. */
function testSide(images: Parameters<FakeHandlers['fineTune']>[0]['images']) {
  const of = (wanted: string) => images.filter(({ label }) => label === wanted);
  const parts = [...of('ok').slice(0, 3), ...of('crack').slice(0, 2)];
  const said = { said: 'OK', score: 0.1 };
  return parts.map(({ path, label }) => ({ file: path, label, before: said, after: said }));
}

/** A training that ends well, two epochs long, with these parts changed and these ceilings broken. */
export function finishing(names: readonly string[] = [], breaches: Breach[] = []): FakeHandlers['fineTune'] {
  return async ({ out, images }, { onProgress }) => {
    onProgress?.({ stage: 'start', done: 0, total: 1, figures });
    for (const epoch of [1, 2]) {
      const now = { ...figures, epoch, loss: 1 / epoch, flops: 10 * epoch };
      onProgress?.({ stage: 'epoch', done: epoch, total: 2, figures: now });
    }
    const model = join(out, 'model.onnx');
    await mkdir(out, { recursive: true });
    await writeFile(model, tuned);
    await writeFile(join(out, 'settings.json'), '{}');
    await writeFile(join(out, 'verdicts.json'), JSON.stringify(testSide(images)));
    const said = { before: { said: 'NG', score: 0.8 }, after: { said: 'OK', score: 0.1 } };
    const parts = names.map((path) => ({ path, label: 'crack', kind: 'newEscape', ...said }) as const);
    return {
      ...{ model, sha256: sha256(tuned), patch: join(out, 'patch.safetensors') },
      before: { ...kpi, cost: 60, thresholds, claims: [] },
      rethresholded: null,
      after: { ...kpi, cost: 20, thresholds, claims: [] },
      chosen: null,
      changed: { counts: names.length === 0 ? {} : { newEscape: names.length }, parts },
      ...{ thresholds, breaches, inference: { medianMs: 1, p99Ms: 2 }, bestEpoch: 2, epochs: 2 },
      ...{ trainFlops: 5, seconds: 3, parameters: 10, layers: ['head'], samples: 2 },
    };
  };
}

export function finishes({ train }: TestStation, names?: readonly string[]): void {
  train.handle('fineTune', finishing(names));
}

/** A training that goes on until it is told to stop. */
export const lasting: FakeHandlers['fineTune'] = async ({ out }, { signal }) => {
  await mkdir(out, { recursive: true });
  await writeFile(join(out, 'settings.json'), '{}');
  return new Promise((_resolve, reject) => {
    const stop = () => reject(new KenroError('cancelled'));
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop);
  });
};

/** How a job stood when the pages were last told. */
export function lastTold(on: TestStation, id: string): Job | undefined {
  return on.told('job.changed').findLast((job) => job.id === id);
}

/** The same data folder, opened again. */
export async function again({ station, dataDir }: TestStation): Promise<TestStation> {
  await station.stop();
  return retrainStation(dataDir);
}

/** Waits until a job has ended so. */
export async function ended(on: TestStation, id: string, state: Job['state'] = 'done'): Promise<Job> {
  await expect.poll(() => lastTold(on, id)?.state, patient).toBe(state);
  return lastTold(on, id)!;
}
