import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { statfsSync } from 'node:fs';
import { constants, getPriority, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { EngineProgress, EngineRequest } from '../../electron/contract/engine.ts';
import type { EngineClient } from '../../electron/engine/client.ts';
import { startEngine } from '../../electron/engine/startEngine.ts';
import { readDataset } from '../../electron/learning/dataset.ts';
import { nodeLauncher } from '../../electron/platform/launcher.ts';
import { loadModelFile } from '../../native-models/onnx/files.ts';
import { writeModel } from '../../native-models/onnx/write.ts';
import { applyLayerPatch, readLayerPatch } from '../../native-models/patches/layerPatch.ts';
import { readTrainerState } from '../../native-models/training/trainerState.ts';
import { canMountSmallDisk, mountSmallDisk, unmountSmallDisk } from '../support/smallDisk.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { writePatterns, writeSmallClassifier } from '../support/trainingFiles.ts';

type Job = EngineRequest<'train'>;

let folder: string;
let job: Omit<Job, 'out'>;
/** Of the same job, never interrupted. */
let calm: Buffer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kenro-training-'));
  const { samples } = await readDataset(await writePatterns(folder, 24));
  job = {
    model: await writeSmallClassifier(folder),
    images: samples.map((sample) => ({ ...sample })),
    settings: {
      ...{
        layers: 'all',
        epochs: 8,
        batch: 8,
        microBatch: null,
        stepMb: null,
        optimizer: 'adamw',
        learningRate: 0.03,
      },
      ...{ schedule: 'cosine', warmUp: 0, momentum: 0.9, weightDecay: 0.01, clipNorm: 1, averageDecay: 0.9 },
      ...{ labelSmoothing: 0, classWeights: 'none', patience: null, testShare: 0.3, validationShare: 0.2 },
      augmentation: { flip: true, shift: 0.05, light: 0.1 },
      preprocess: { order: 'GRAY', size: [32, 32], mean: [128], std: [64], scale: 1, normalise: 'none' },
      seed: 4,
    },
    cacheMb: 64,
    cacheDiskMb: 0,
    formulations: join(folder, 'formulations.json'),
    resume: false,
  };
  const engine = start();
  const { testAccuracy } = await engine.call('train', { ...job, out: join(folder, 'calm') });
  expect(testAccuracy!.value).toBeGreaterThan(0.8);
  await engine.stop();
  calm = await readFile(join(folder, 'calm', 'model.onnx'));
  return () => rm(folder, { recursive: true, force: true });
}, 600_000);

function start(): EngineClient {
  return startEngine({
    launcher: nodeLauncher,
    role: 'train',
    config: { imagesDir: null, threads: 1, provider: 'cpu' },
  });
}

function engineForTest(): EngineClient {
  const engine = start();
  onTestFinished(() => engine.stop());
  return engine;
}

const modelIn = (out: string) => readFile(join(out, 'model.onnx'));

/** Trains until `isEnough`, then does something to it. */
function trainUntil(
  engine: EngineClient,
  request: Job,
  isEnough: (progress: EngineProgress) => boolean,
  act: () => void,
  signal?: AbortSignal,
) {
  let acted = false;
  return engine.call('train', request, {
    ...(signal ? { signal } : {}),
    onProgress: (progress) => {
      if (acted || !isEnough(progress)) return;
      acted = true;
      act();
    },
  });
}

describe('a training process', () => {
  it(
    'killed at any moment and resumed ends in the same model, bit for bit',
    { timeout: 900_000 },
    async () => {
      const out = join(await temporaryFolder(), 'run');
      // While images are read, in the middle of epochs, and right after an epoch, while its state is being written.
      const moments: ((progress: EngineProgress) => boolean)[] = [
        ({ stage }) => stage === 'read',
        ({ stage, done }) => stage === 'train' && done >= 3,
        ({ stage, done }) => stage === 'epoch' && done >= 10,
        ({ stage, done }) => stage === 'train' && done >= 17,
        ({ stage, done }) => stage === 'epoch' && done >= 25,
        ({ stage, done }) => stage === 'train' && done >= 30,
      ];
      for (const [index, moment] of moments.entries()) {
        const engine = engineForTest();
        const kill = () => process.kill(engine.state.pid!, 'SIGKILL');
        const resume = index > 1;
        await expect(trainUntil(engine, { ...job, out, resume }, moment, kill)).rejects.toMatchObject({
          kind: 'engineLost',
        });
      }
      await engineForTest().call('train', { ...job, out, resume: true });
      expect((await modelIn(out)).equals(calm)).toBe(true);
      expect((await readdir(out)).sort()).toEqual([
        'checkpoint.safetensors',
        'formulations.json',
        'metrics.jsonl',
        'model.onnx',
        'patch.safetensors',
        'result.json',
        'settings.json',
      ]);
      const epochs = (await readFile(join(out, 'metrics.jsonl'), 'utf8')).trim().split('\n');
      expect(epochs.map((line) => (JSON.parse(line) as { epoch: number }).epoch)).toEqual([
        1, 2, 3, 4, 5, 6, 7, 8,
      ]);
    },
  );

  it('keeps what frozen layers give on disk where memory is short, until the run has ended', async () => {
    const parent = await temporaryFolder();
    const frozen: Job = {
      ...job,
      settings: { ...job.settings, layers: 'head', augmentation: null },
      out: '',
    };
    await engineForTest().call('train', { ...frozen, out: join(parent, 'memory') });
    const out = join(parent, 'disk');
    const short = { ...frozen, cacheMb: 0, cacheDiskMb: 64, out };
    const engine = engineForTest();
    const kill = () => process.kill(engine.state.pid!, 'SIGKILL');
    const late = ({ stage, done }: EngineProgress) => stage === 'epoch' && done >= 6;
    await expect(trainUntil(engine, short, late, kill)).rejects.toMatchObject({ kind: 'engineLost' });
    const [model] = await readdir(join(out, 'activations'));
    expect((await readdir(join(out, 'activations', model!))).length).toBeGreaterThan(10);
    await engineForTest().call('train', { ...short, resume: true });
    expect((await modelIn(out)).equals(await modelIn(join(parent, 'memory')))).toBe(true);
    expect(await readdir(out)).not.toContain('activations');
  });

  it('cancelled and resumed ends in the same model too', async () => {
    const out = join(await temporaryFolder(), 'run');
    const engine = engineForTest();
    const abort = new AbortController();
    const request = { ...job, out };
    const inEpoch = ({ stage, done }: EngineProgress) => stage === 'train' && done >= 6;
    await expect(
      trainUntil(engine, request, inEpoch, () => abort.abort(), abort.signal),
    ).rejects.toMatchObject({ kind: 'cancelled' });
    const { state } = readTrainerState(await readFile(join(out, 'checkpoint.safetensors')));
    expect(state.optimiser.steps).toBeGreaterThanOrEqual(6);
    await engine.call('train', { ...request, resume: true });
    expect((await modelIn(out)).equals(calm)).toBe(true);
  });

  it('holds still while it is paused', async () => {
    const engine = engineForTest();
    const out = join(await temporaryFolder(), 'run');
    await engine.call('pauseTraining', { paused: true });
    let steps = 0;
    const running = engine.call(
      'train',
      { ...job, out },
      {
        onProgress: ({ stage }) => void (stage === 'train' && steps++),
      },
    );
    await expect.poll(() => readdir(out).catch(() => []), { timeout: 10_000 }).toContain('settings.json');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(steps).toBe(0);
    await engine.call('pauseTraining', { paused: false });
    await running;
    expect((await modelIn(out)).equals(calm)).toBe(true);
  });

  it.skipIf(process.platform === 'win32')('gives way to other programs', async () => {
    const engine = engineForTest();
    await engine.call('ping', {});
    expect(getPriority(engine.state.pid!)).toBe(constants.priority.PRIORITY_BELOW_NORMAL);
  });

  it('leaves a patch that makes its model out of the base, and of no other', async () => {
    const base = await loadModelFile(job.model);
    const patch = readLayerPatch(await readFile(join(folder, 'calm', 'patch.safetensors')));
    expect(Buffer.from(writeModel(applyLayerPatch(base, patch.base, patch))).equals(calm)).toBe(true);
    expect(() => applyLayerPatch(base, '0'.repeat(64), patch)).toThrow(/patchBaseMismatch/);
    expect([...patch.tensors.keys()].sort()).toEqual([...base.graph.initializers.keys()].sort());
  });

  it('gives a model of other classes a new head, which its patch rebuilds', async () => {
    const out = join(await temporaryFolder(), 'run');
    const model = await writeSmallClassifier(folder, 7);
    const { testAccuracy } = await engineForTest().call('train', { ...job, model, out });
    // Guessing would be right a third of the time.
    expect(testAccuracy!.value).toBeGreaterThan(0.5);
    const patch = readLayerPatch(await readFile(join(out, 'patch.safetensors')));
    const patched = applyLayerPatch(await loadModelFile(model), patch.base, patch);
    expect(Buffer.from(writeModel(patched)).equals(await modelIn(out))).toBe(true);
    expect(patched.graph.initializers.get('fc.weight')!.dims[0]).toBe(3);
  });
});

describe('a folder that holds a training', () => {
  const resumed = (change: Partial<Job>) =>
    engineForTest().call('train', { ...job, out: join(folder, 'calm'), resume: true, ...change });

  it('is not begun anew', async () => {
    await expect(resumed({ resume: false })).rejects.toMatchObject({ kind: 'runExists' });
  });

  it.each<[string, () => Partial<Job>]>([
    ['learningRate', () => ({ settings: { ...job.settings, learningRate: 0.02 } })],
    ['data', () => ({ images: job.images.slice(1) })],
  ])('is resumed with the same %s only', async (what, change) => {
    await expect(resumed(change())).rejects.toMatchObject({ kind: 'runMismatch', params: { what } });
  });

  it('is not resumed where there is none', async () => {
    const out = join(await temporaryFolder(), 'none');
    await expect(resumed({ out })).rejects.toMatchObject({ kind: 'notFound' });
  });

  it('with a damaged checkpoint says so', async () => {
    const out = await temporaryFolder();
    await copyFile(join(folder, 'calm', 'settings.json'), join(out, 'settings.json'));
    await writeFile(join(out, 'checkpoint.safetensors'), 'half');
    await expect(resumed({ out })).rejects.toMatchObject({ kind: 'checkpointUnreadable' });
  });
});

describe('images', () => {
  it('that cannot be read are named, and the others trained on', async () => {
    const out = await temporaryFolder();
    const broken = join(out, 'broken.png');
    await writeFile(broken, 'no picture');
    const images = [
      ...job.images,
      { ...job.images[0]!, path: broken },
      { ...job.images[0]!, path: '/gone.png' },
    ];
    const settings = { ...job.settings, epochs: 1 };
    const { skipped } = await engineForTest().call('train', {
      ...job,
      images,
      settings,
      out: join(out, 'run'),
    });
    expect(skipped.map(({ file, error }) => [basename(file), error.kind])).toEqual([
      ['broken.png', 'imageUnreadable'],
      ['gone.png', 'imageVanished'],
    ]);
  });
});

describe.skipIf(!canMountSmallDisk())('a disk that fills during a training', () => {
  it('is named, leaves the checkpoint before, and costs nothing once there is room', async () => {
    const disk = mountSmallDisk(1)!;
    onTestFinished(() => unmountSmallDisk(disk));
    const engine = engineForTest();
    const out = join(disk, 'run');
    const ballast = join(disk, 'ballast');
    const fill = () => {
      const { bavail, bsize } = statfsSync(disk);
      return writeFile(ballast, Buffer.alloc(bavail * bsize));
    };
    const later = ({ stage, done }: EngineProgress) => stage === 'train' && done >= 9;
    await expect(trainUntil(engine, { ...job, out }, later, () => void fill())).rejects.toMatchObject({
      kind: 'diskFull',
    });
    const { state } = readTrainerState(await readFile(join(out, 'checkpoint.safetensors')));
    expect(state.epoch).toBeGreaterThanOrEqual(1);
    expect((await readdir(out)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    await rm(ballast);
    await engine.call('train', { ...job, out, resume: true });
    expect((await modelIn(out)).equals(calm)).toBe(true);
  });
});
