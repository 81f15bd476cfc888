import { describe, expect, it } from 'vitest';
import { countModel } from '../../../../native-models/onnx/count.ts';
import { GraphBuilder } from '../../../../native-models/onnx/build.ts';
import { boolTensor, float32Tensor } from '../../../../native-models/onnx/dataTypes.ts';
import { parameterNames } from '../../../../native-models/onnx/parameters.ts';
import { seededRandom } from '../../../../native-models/random.ts';
import { readParameters } from '../../../../native-models/training/parameters.ts';
import { stepGraphOf } from '../../../../native-models/training/classifierStep.ts';
import { planStep } from '../../../../native-models/training/stepMemory.ts';
import { trainClassifier } from '../../../../native-models/training/trainer.ts';
import type { TrainerOptions, TrainerProgress } from '../../../../native-models/training/trainerOptions.ts';
import {
  readTrainerState,
  writeTrainerState,
  type TrainerState,
} from '../../../../native-models/training/trainerState.ts';
import { toyModel, toySet, toyTraining } from '../../../support/toyTraining.ts';

const settings = (change: Partial<TrainerOptions['settings']>) => ({
  settings: { ...toyTraining().settings, ...change },
});

/** Every state a training saves, as the bytes a file would hold. */
async function states(options: TrainerOptions) {
  const saved: Uint8Array[] = [];
  const result = await trainClassifier({
    ...options,
    checkpoints: { due: () => true, save: async (state) => void saved.push(writeTrainerState(state, {})) },
  });
  return { saved, result };
}

/** Many convolutions of few channels: all its memory goes into activations. */
function deepTraining(): TrainerOptions {
  const g = new GraphBuilder();
  const draws = seededRandom(4);
  const normal = (dims: number[]) => {
    const size = dims.reduce((product, dim) => product * dim, 1);
    return float32Tensor(
      dims,
      Float32Array.from({ length: size }, () => draws.normal() / 3),
    );
  };
  let value = g.input('x', 'float32', ['batch', 2, 12, 12]);
  for (let layer = 0; layer < 12; layer++) {
    const weight = g.initializer(`conv${layer}.weight`, normal([2, 2, 3, 3]));
    value = g.op('Tanh', [g.op('Conv', [value, weight], { pads: [1, 1, 1, 1] })]);
  }
  const pooled = g.op('Flatten', [g.op('GlobalAveragePool', [value])]);
  const logits = g.op(
    'Gemm',
    [pooled, g.initializer('fc.weight', normal([2, 3]))],
    {},
    { outputs: ['logits'] },
  );
  g.output(logits, 'float32', ['batch', 3]);
  const model = g.model('deep');
  const set = (labels: number[]) => ({
    source: {
      batch: async (indices: readonly number[]) => {
        const images = indices.map((index) => [...normalImage(index)]);
        return { x: float32Tensor([indices.length, 2, 12, 12], images.flat()) };
      },
      flops: () => 0,
    },
    labels,
    weights: null,
    nameOf: String,
  });
  return toyTraining({
    model,
    parameters: parameterNames(model.graph),
    train: set([0, 1, 2, 0, 1, 2]),
    validation: set([0, 1, 2]),
    ...settings({ epochs: 2, batch: 3 }),
  });
}

function normalImage(seed: number): Float32Array {
  const draws = seededRandom(seed);
  return Float32Array.from({ length: 2 * 12 * 12 }, () => draws.normal());
}

const failure = (options: TrainerOptions) =>
  trainClassifier(options).then(
    () => null,
    (thrown: unknown) => thrown,
  );

describe('trainClassifier', () => {
  it('learns, and keeps the weights of the epoch that did best', async () => {
    const { best, history } = await trainClassifier(toyTraining(settings({ epochs: 30 })));
    expect(best.accuracy).toBeGreaterThan(0.9);
    expect(best.accuracy).toBe(Math.max(...history.map(({ validationAccuracy }) => validationAccuracy)));
    const kept = history[best.epoch - 1]!;
    expect([kept.validationAccuracy, kept.validationLoss]).toEqual([best.accuracy, best.loss]);
    expect(history.at(-1)!.loss).toBeLessThan(history[0]!.loss / 2);
  });

  it('keeps what breaks ceilings least, and of those what costs least, also after it was resumed', async () => {
    const measured = [
      { cost: 5, excess: 0.1 },
      { cost: 9, excess: 0 },
      { cost: 1, excess: 0.2 },
      { cost: 7, excess: 0 },
    ];
    const options = () => {
      const left = [...measured];
      return toyTraining({
        ...settings({ epochs: 4 }),
        validate: async () => ({ accuracy: 0.5, loss: 1, ...left.shift()! }),
      });
    };
    const { saved, result } = await states(options());
    expect(result.best).toMatchObject({ epoch: 4, cost: 7, excess: 0 });
    const ofEpochs = saved.map((bytes) => readTrainerState(bytes).state);
    const afterTwo = ofEpochs.find(({ epoch, stepInEpoch }) => epoch === 2 && stepInEpoch === 0)!;
    expect(afterTwo.best).toMatchObject({ epoch: 2, cost: 9, excess: 0 });
    const rest = measured.slice(2, 3);
    const resumed = await trainClassifier({
      ...options(),
      ...settings({ epochs: 3 }),
      validate: async () => ({ accuracy: 0.5, loss: 1, ...rest.shift()! }),
      resumeFrom: afterTwo,
    });
    expect(resumed.best.epoch).toBe(2);
  });

  it('gives the same weights for the same seed, and others for another order', async () => {
    const first = await trainClassifier(toyTraining());
    expect(await trainClassifier(toyTraining())).toEqual(first);
    const { random } = toyTraining();
    const other = await trainClassifier(toyTraining({ random: random.fork('other') }));
    expect(other.best.parameters).not.toEqual(first.best.parameters);
  });

  it.each<[string, Partial<TrainerOptions['settings']>]>([
    ['AdamW with an average', { averageDecay: 0.9 }],
    [
      'SGD with momentum, clipping and small parts',
      {
        optimiser: { kind: 'sgd', momentum: 0.9, weightDecay: 1e-3 },
        clipNorm: 0.5,
        microBatch: 5,
      },
    ],
  ])('resumes from any state to the same end, bit for bit: %s', async (_name, change) => {
    const options = toyTraining(settings(change));
    const { saved, result } = await states(options);
    // 4 updates an epoch: three inside it, one state at its end.
    expect(saved).toHaveLength(12);
    for (const bytes of saved) {
      const resumed = await trainClassifier({ ...options, resumeFrom: readTrainerState(bytes).state });
      expect(resumed).toEqual(result);
    }
  });

  it('adds the gradients of small parts up to those of the batch', async () => {
    const weights = Array.from({ length: 50 }, (_, i) => 0.5 + (i % 4));
    const train = toySet(50, 1, { weights });
    const whole = await trainClassifier(toyTraining({ train }));
    const parts = await trainClassifier(toyTraining({ train, ...settings({ microBatch: 3 }) }));
    for (const [name, values] of whole.best.parameters) {
      parts.best.parameters.get(name)!.forEach((value, i) => expect(value).toBeCloseTo(values[i]!, 4));
    }
  });

  it('changes nothing but what it was told to train', async () => {
    const { best } = await trainClassifier(toyTraining({ parameters: ['fc2.weight'] }));
    expect([...best.parameters.keys()]).toEqual(['fc2.weight']);
    expect(best.parameters).not.toEqual(readParameters(toyModel(), ['fc2.weight']));
  });

  it('counts the operations of every graph it runs', async () => {
    const options = toyTraining({ train: toySet(32, 1), ...settings({ epochs: 2 }) });
    const { flops } = await trainClassifier(options);
    const step = countModel((await stepGraphOf(options)).model, { x: [16, 4], 'kenro.labels': [16] }).flops;
    const check =
      countModel(options.model, { x: [16, 4] }).flops + countModel(options.model, { x: [14, 4] }).flops;
    expect(flops).toBe(4 * step + 2 * check);
  });

  it('fits the parts of a batch into the memory there is', async () => {
    const options = toyTraining();
    const { model } = await stepGraphOf(options);
    const bytesOf = (size: number) =>
      countModel(model, { x: [size, 4], 'kenro.labels': [size] }).peakActivationBytes;
    const plan = (microBatch: number) => ({ microBatch, recompute: false });
    expect(await planStep(bytesOf(16), options)).toEqual(plan(16));
    expect(await planStep(bytesOf(16) - 1, options)).toEqual(plan(8));
    expect(await planStep(bytesOf(3), options)).toEqual(plan(2));
    await expect(planStep(1, options)).rejects.toMatchObject({ kind: 'memoryTooSmall' });
  });

  it('computes values twice where a single sample does not fit, and ends in the same weights', async () => {
    const options = deepTraining();
    const { model } = await stepGraphOf(options);
    const single = countModel(model, { x: [1, 2, 12, 12], 'kenro.labels': [1] }).peakActivationBytes;
    const plan = await planStep(single - 1, options);
    expect(plan).toEqual({ microBatch: 1, recompute: true });
    const small = { ...options, settings: { ...options.settings, microBatch: 1 } };
    const twice = await trainClassifier({ ...small, recompute: true });
    const once = await trainClassifier(small);
    expect(twice.best).toEqual(once.best);
    expect(twice.flops).toBeGreaterThan(once.flops);
  });

  it('tells about each update and each epoch', async () => {
    const told: TrainerProgress[] = [];
    await trainClassifier(toyTraining({ onProgress: (progress) => told.push(progress) }));
    expect(told.filter(({ metrics }) => !metrics).map(({ step }) => step)).toEqual(
      Array.from({ length: 12 }, (_, i) => i + 1),
    );
    expect(told.flatMap(({ metrics }) => metrics?.epoch ?? [])).toEqual([1, 2, 3]);
    expect(told.every(({ steps }) => steps === 12)).toBe(true);
  });

  it('stops after epochs that bring nothing', async () => {
    const stuck = { kind: 'sgd', momentum: 0 } as const;
    const still = { rate: 1e-30, shape: 'constant' } as const;
    const { history } = await trainClassifier(
      toyTraining(settings({ epochs: 50, patience: 2, optimiser: stuck, schedule: still })),
    );
    expect(history).toHaveLength(3);
  });

  it('saves where it was when it is cancelled, and goes on from there', async () => {
    const abort = new AbortController();
    const saved: TrainerState[] = [];
    const options = toyTraining({
      checkpoints: { due: () => false, save: async (state) => void saved.push(structuredClone(state)) },
    });
    const cancelled = await failure({
      ...options,
      signal: abort.signal,
      onProgress: ({ step }) => step === 6 && abort.abort(),
    });
    expect(cancelled).toMatchObject({ kind: 'cancelled' });
    expect(saved.at(-1)).toMatchObject({ epoch: 1, stepInEpoch: 2 });
    const resumed = await trainClassifier({ ...options, resumeFrom: saved.at(-1)! });
    expect(resumed).toEqual(await trainClassifier(toyTraining()));
  });

  it('waits for its turn', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let steps = 0;
    const running = trainClassifier(toyTraining({ turn: () => promise, onProgress: () => steps++ }));
    await new Promise((later) => setTimeout(later, 50));
    expect(steps).toBe(0);
    resolve();
    await running;
    expect(steps).toBe(15);
  });
});

describe('what cannot be trained on is named', () => {
  it.each<[string, Partial<TrainerOptions>, object]>([
    [
      'a label out of range',
      { train: toySet(6, 1, { labels: [0, 1, 2, 0, 3, 1] }) },
      { kind: 'labelOutOfRange', params: { name: 'point 4', label: 3, classes: 3 } },
    ],
    [
      'an empty class',
      { train: toySet(4, 1, { labels: [0, 2, 0, 2] }) },
      { kind: 'classEmpty', params: { label: 'b' } },
    ],
    ['a single class', { labels: ['a'], train: toySet(3, 1, { labels: [0, 0, 0] }) }, { kind: 'oneClass' }],
    [
      'a rate that makes it diverge',
      settings({ optimiser: { kind: 'sgd' }, schedule: { rate: 1e38, shape: 'constant' } }),
      { kind: 'lossNotFinite' },
    ],
  ])('%s', async (_name, change, expected) => {
    expect(await failure(toyTraining(change))).toMatchObject(expected);
  });

  it('NaN in the data, before any state is saved with it', async () => {
    const clean = toySet(50, 1);
    const saved: TrainerState[] = [];
    const train = {
      ...clean,
      source: {
        ...clean.source,
        async batch(indices: readonly number[]) {
          const feeds = await clean.source.batch(indices, null);
          const row = indices.indexOf(17);
          if (row >= 0) feeds['x']!.data[row * 4 + 2] = NaN;
          return feeds;
        },
      },
    };
    const checkpoints = { due: () => true, save: async (state: TrainerState) => void saved.push(state) };
    const thrown = await failure(toyTraining({ train, checkpoints }));
    expect(thrown).toMatchObject({ kind: 'dataNotFinite', params: { name: 'point 17' } });
    for (const { parameters } of saved) {
      for (const values of parameters.values()) expect(values.every(Number.isFinite)).toBe(true);
    }
  });

  it('a node that loops on the way', async () => {
    const g = new GraphBuilder(toyModel());
    const loop = g.op('Loop', ['', '', 'logits'], {}, { name: 'again', outputs: ['looped'] });
    g.output(loop, 'float32', ['batch', 3]);
    expect(await failure(toyTraining({ model: g.model(), logits: 'looped' }))).toMatchObject({
      kind: 'gradientUnsupported',
      params: { op: 'Loop', node: 'again' },
    });
  });

  it('a node that chooses between branches which read trained values', async () => {
    const g = new GraphBuilder(toyModel());
    const branch = { output: [{ name: 'inner' }], node: [{ input: ['logits'], attribute: [] }] };
    g.node({
      ...{ name: 'choose', op: 'If', domain: '', inputs: [g.constant(boolTensor([], [true]))] },
      outputs: ['chosen'],
      attributes: new Map([['then_branch', { type: 'opaque', value: { g: branch, graphs: [] } }]]),
    });
    g.describe('chosen', 'float32', ['batch', 3]);
    g.output('chosen', 'float32', ['batch', 3]);
    expect(await failure(toyTraining({ model: g.model(), logits: 'chosen' }))).toMatchObject({
      kind: 'gradientUnsupported',
      params: { op: 'If', node: 'choose' },
    });
  });
});

describe('trainer state', () => {
  it('is refused when damaged, or when it belongs to other parameters', async () => {
    const { saved } = await states(toyTraining());
    expect(() => readTrainerState(saved[0]!.subarray(0, 200))).toThrow(/checkpointUnreadable/);
    expect(() => readTrainerState(new Uint8Array(9))).toThrow(/checkpointUnreadable/);
    const few = toyTraining({ parameters: ['fc1.bias'] });
    const { saved: ofFew } = await states(few);
    const thrown = await failure(toyTraining({ resumeFrom: readTrainerState(ofFew[0]!).state }));
    expect(thrown).toMatchObject({ kind: 'checkpointUnreadable' });
  });
});
