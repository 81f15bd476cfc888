import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { patchOutput } from '../../../../../native-models/detectors/anomalyGraph.ts';
import { readCard } from '../../../../../native-models/detectors/card.ts';
import { openDetector } from '../../../../../native-models/detectors/detector.ts';
import { findLearnedMemory, memoryNames } from '../../../../../native-models/detectors/learnedMemory.ts';
import { teachAnomalyDetector } from '../../../../../native-models/detectors/teach.ts';
import { compareScores } from '../../../../../native-models/evaluate/parity.ts';
import { pixelsOf } from '../../../../../native-models/evaluate/pixelSource.ts';
import { drawPart } from '../../../../../native-models/images/procedural/draw.ts';
import type { Picture } from '../../../../../native-models/images/picture.ts';
import { corrupt } from '../../../../../native-models/images/corruptions/index.ts';
import { siteProfile } from '../../../../../native-models/images/site/profile.ts';
import { filterBank } from '../../../../../native-models/models/filterBank.ts';
import { GraphBuilder } from '../../../../../native-models/onnx/build.ts';
import { float32Tensor } from '../../../../../native-models/onnx/dataTypes.ts';
import type { Model } from '../../../../../native-models/onnx/ir.ts';
import { loadModelFile } from '../../../../../native-models/onnx/files.ts';
import { extractSubgraph } from '../../../../../native-models/onnx/passes/extractSubgraph.ts';
import { writeModel } from '../../../../../native-models/onnx/write.ts';
import { changedTensors } from '../../../../../native-models/patches/layerPatch.ts';
import { seededRandom } from '../../../../../native-models/random.ts';
import { floatsOf, openSession } from '../../../../../native-models/runtime/session.ts';
import type { SelectedSamples } from '../../../../../native-models/selection/samples.ts';
import { withClassifierCard } from '../../../../../native-models/training/classifierCard.ts';
import { writeParameters } from '../../../../../native-models/training/parameters.ts';
import { fineTune } from '../../../../../native-models/training/robust/fineTune.ts';
import { prepareFineTune } from '../../../../../native-models/training/robust/prepareFineTune.ts';
import { nuisanceWeights } from '../../../../../native-models/training/robust/relearnMemory.ts';
import type {
  FineTuneOptions,
  FineTuneSettings,
} from '../../../../../native-models/training/robust/settings.ts';
import {
  writeTrainerState,
  readTrainerState,
  type TrainerState,
} from '../../../../../native-models/training/trainerState.ts';
import type { Tuning } from '../../../../../native-models/training/tuning.ts';
import type { TrainingImage } from '../../../../../native-models/training/trainingImages.ts';
import { smallClassifier } from '../../../../support/smallClassifier.ts';
import { demoPart, smallPreprocess } from '../../../../support/smallDetector.ts';

const session = { threads: 1 };
const starterFolder = join(import.meta.dirname, '../../../../../native-models/models');
const side = 16;
const labels = ['ok', 'stripes'];

const base: FineTuneSettings = {
  ...{ objective: 'fast', norm: 'linf', epsilon: 0.05, attackSteps: 3, beta: 4, replays: 2, sigma: 0.1 },
  ...{
    featureShare: 0.1,
    withSite: false,
    testAttack: false,
    layers: 'all',
    budget: 0.6,
    samples: 'margin',
    fraction: 0.4,
  },
  ...{ warmUpEpochs: 1, reselectEvery: 1, reweigh: true, seed: 3 },
  trainer: {
    epochs: 3,
    batch: 16,
    optimiser: { kind: 'adamw', weightDecay: 0 },
    schedule: { rate: 0.01, shape: 'cosine' },
  },
  costs: {
    ...{ currency: 'JPY', falseAlarm: 1, escape: 10, escapeByType: {}, review: 1, lineStop: null },
    ...{ defectRate: 0.1, defectRateByType: null, attackWeight: 0.4 },
    ceilings: { falseAlarmRate: null, recall: null, criticalTypes: [], latencyP99Ms: null },
  },
  site: siteProfile({ clean: 0.7, 'gaussian-noise/2': 0.3 }),
  shares: { test: 0.25, validation: 0.2, calibration: 0.2 },
};

/** Grey noise, half of it with stripes. */
function pictures(count: number): TrainingImage[] {
  const random = seededRandom(12);
  return Array.from({ length: count }, (_, at) => {
    const label = labels[at % 2]!;
    const data = Uint8Array.from({ length: side * side }, (_, i) => {
      const stripes = label === 'stripes' ? 30 * Math.sign(Math.sin(i * 1.3)) : 0;
      return Math.min(255, Math.max(0, 128 + stripes + 12 * random.normal()));
    });
    const picture: Picture = { width: side, height: side, channels: 1, depth: 8, data };
    return { name: `image ${at}`, label, split: null, group: null, weight: 1, load: async () => picture };
  });
}

/**
 * Few pixels that differ by more than an attack may change, and a pattern over all of them that differs by less: both
 * tell the classes apart, and only the first withstands (Tsipras et al., arXiv 1805.12152).
 */
function weakAndStrong(count: number): TrainingImage[] {
  const random = seededRandom(21);
  const pattern = Array.from({ length: side * side }, () => Math.sign(random.normal()));
  return Array.from({ length: count }, (_, at) => {
    const sign = at % 2 === 0 ? 1 : -1;
    const data = Uint8Array.from({ length: side * side }, (_, i) => {
      const strong = i < 12 ? 30 * sign : 0;
      return Math.min(255, Math.max(0, 128 + strong + 5 * sign * pattern[i]! + 25 * random.normal()));
    });
    const picture: Picture = { width: side, height: side, channels: 1, depth: 8, data };
    const label = labels[at % 2]!;
    return { name: `image ${at}`, label, split: null, group: null, weight: 1, load: async () => picture };
  });
}

const card = {
  labels,
  preprocess: { order: 'GRAY', size: [side, side], mean: [128], std: [64], scale: 1, normalise: 'none' },
} as const;

const classifier = withClassifierCard(
  smallClassifier({ side, channels: [4, 6], classes: 2, random: seededRandom(4) }),
  card,
);

function linearClassifier(): Model {
  const g = new GraphBuilder();
  const flat = g.op('Flatten', [g.input('image', 'float32', ['N', 1, side, side])], { axis: 1 });
  const weight = g.initializer(
    'fc.weight',
    float32Tensor([2, side * side], new Float32Array(2 * side * side)),
  );
  g.outputAs('logits', g.op('Gemm', [flat, weight], { transB: 1 }), 'float32', ['N', 2]);
  return withClassifierCard(g.model(), card);
}

const optionsFor = (
  change: Partial<FineTuneSettings>,
  more: Partial<FineTuneOptions> = {},
): FineTuneOptions => ({
  model: classifier,
  images: pictures(96),
  corrected: new Set(),
  settings: { ...base, ...change },
  cacheBytes: 1e8,
  session,
  ...more,
});

async function tuned(options: FineTuneOptions) {
  const prepared = await prepareFineTune(options);
  return { prepared, ...(await fineTune(prepared, options, {})) };
}

describe('the plan', () => {
  it('scores every module, counts the step it would run and deals the images', async () => {
    const { plan } = await prepareFineTune(optionsFor({ layers: 'auto' }));
    expect(plan.layers.map(({ name }) => name)).toHaveLength(3);
    expect(plan.layers.some(({ isChosen }) => isChosen)).toBe(true);
    expect(plan.flops.step).toBeLessThanOrEqual(0.6 * plan.flops.whole);
    for (const { criticality, relativeGradient, aloneFlops } of plan.layers) {
      expect(criticality).toBeGreaterThan(0);
      expect(relativeGradient).toBeGreaterThan(0);
      expect(aloneFlops).toBeLessThanOrEqual(plan.flops.whole);
    }
    const { train, validation, calibration, test } = plan.images;
    expect(train + validation + calibration + test).toBe(96);
    expect(plan.samples).toEqual({ all: train, chosen: Math.round(0.4 * train) });
    expect(plan.claims!.bounds.map(({ parts }) => parts).reduce((sum, parts) => sum + parts)).toBe(
      calibration,
    );
  });

  it('takes a budget below what any layer costs for the rest, not for the cheapest layer', async () => {
    const { plan } = await prepareFineTune(optionsFor({ layers: 'auto', budget: 0.1 }));
    const { least, step, whole } = plan.flops;
    expect(least).toBeGreaterThan(0.1 * whole);
    expect(step).toBeLessThanOrEqual(least + 0.1 * (whole - least));
    const within = plan.layers.filter(({ aloneFlops }) => aloneFlops <= least + 0.1 * (whole - least));
    const most = Math.max(...within.map(({ criticality }) => criticality));
    expect(plan.layers.some(({ isChosen, criticality }) => isChosen && criticality === most)).toBe(true);
  });

  it('names the layers that take adapters, and counts the step on the model with them', async () => {
    const planOf = async (layers: string) => (await prepareFineTune(optionsFor({ layers }))).plan;
    const lora = await planOf('lora:1');
    const head = await planOf('head');
    const chosen = ({ layers }: typeof lora) =>
      layers.flatMap(({ name, isChosen }) => (isChosen ? name : []));
    // Of this network only the last layer can take one.
    expect(chosen(lora)).toEqual(chosen(head));
    expect(lora.parameters).toBeLessThan(head.parameters);
    expect(lora.flops.step).toBeGreaterThan(lora.flops.forward);
    expect(lora.flops.step).not.toBe(head.flops.step);
    const all = await planOf('all');
    expect(all.flops.step).toBe(all.flops.whole);
  });

  it.each<[string, Partial<FineTuneSettings>]>([
    ['corruptions', { objective: 'corruptions' }],
    ['corruptions on all samples', { objective: 'corruptions', samples: 'all' }],
    ['adapters', { objective: 'corruptions', layers: 'lora:1' }],
    ['the mixing back of clean accuracy', { objective: 'plain', layers: 'recover-clean' }],
    ['a run without a test side', { objective: 'noise', shares: { ...base.shares, test: 0 } }],
    ['images that move with each step', { objective: 'free', attackSteps: 1 }],
    ['the same below few layers', { objective: 'free', attackSteps: 1, layers: 'head' }],
    ['one step of an attack', { objective: 'fast', attackSteps: 1 }],
  ])('tells beforehand what is counted in the end, within a few per cent: %s', async (_name, change) => {
    const { prepared, flops } = await tuned(optionsFor(change));
    const { flops: planned, validationFlops } = prepared.costs(base.trainer.epochs);
    expect(validationFlops).toBeGreaterThan(0.02 * planned);
    expect(Math.abs(planned / flops - 1)).toBeLessThan(0.05);
  });

  it('tells at most what attacks of several steps come to, which leave alone what is misjudged already', async () => {
    const { prepared, flops } = await tuned(optionsFor({ objective: 'pgd', attackSteps: 3 }));
    const planned = prepared.costs(base.trainer.epochs).flops;
    expect(flops).toBeLessThan(1.05 * planned);
    expect(flops).toBeGreaterThan(0.5 * planned);
  });

  it('refuses a model without a card and labels that are no class', async () => {
    const bare = smallClassifier({ side, channels: [4], classes: 2, random: seededRandom(4) });
    await expect(prepareFineTune(optionsFor({}, { model: bare }))).rejects.toThrow(/modelUnreadable/);
    const [first] = pictures(1);
    const strange = [{ ...first!, label: 'rust' }];
    await expect(prepareFineTune(optionsFor({}, { images: strange }))).rejects.toThrow(/labelOutOfRange/);
  });
});

describe.each(['plain', 'pgd', 'trades', 'fast', 'free', 'corruptions', 'noise', 'features'] as const)(
  'fine-tuning by %s',
  (objective) => {
    it('learns, changes what the plan says and nothing else, and is the same again', async () => {
      const options = optionsFor({ objective, layers: objective === 'features' ? 'last-k:2' : 'all' });
      const first = await tuned(options);
      const { history, before, after, prepared } = first;
      expect(history).toHaveLength(3);
      // Epochs train on different samples, the hard ones later, so losses are compared on images held back.
      expect(after!.loss).toBeLessThan(0.8 * before!.loss);
      const costs = history.map(({ figures }) => figures!['expectedCost']!);
      expect(first.best.cost).toBe(Math.min(...costs));
      expect(before!.cost).toBeGreaterThan(0);
      expect(after!.costInterval![0]).toBeLessThanOrEqual(after!.cost);
      const allowed = new Set(
        prepared.plan.layers.flatMap((layer) => (layer.isChosen ? layer.parameters : [])),
      );
      const changed = [...changedTensors(classifier, first.model).keys()];
      expect(changed.length).toBeGreaterThan(0);
      expect(changed.every((name) => allowed.has(name))).toBe(true);
      expect(first.flops).toBeGreaterThan(0);
      const second = await tuned(options);
      expect(Buffer.from(writeModel(second.model)).equals(writeModel(first.model))).toBe(true);
    });
  },
);

describe('fine-tuning', () => {
  it('for attacks withstands them better than plain training at the same place', async () => {
    const trainer = { ...base.trainer, epochs: 20, schedule: { rate: 0.01, shape: 'cosine' } } as const;
    const change = { epsilon: 8 / 255, samples: 'all', trainer, layers: 'all' } as const;
    const given = { model: linearClassifier(), images: weakAndStrong(160) };
    const attacked = await tuned(optionsFor({ ...change, objective: 'pgd' }, given));
    // Next to no disturbance: plain training that is measured under attack.
    const plain = await tuned(optionsFor({ ...change, objective: 'features', featureShare: 1e-6 }, given));
    expect(attacked.after!.robust!).toBeGreaterThan(plain.after!.robust! + 0.1);
  });

  it.each<[string, Partial<FineTuneSettings>]>([
    ['chosen samples and all', { samples: 'margin', fraction: 0.5 }],
    ['moved images and all', { objective: 'free', trainer: { ...base.trainer, microBatch: 6 } }],
  ])('goes on from any of its states to the same weights, %s', async (_name, change) => {
    const options = optionsFor(change);
    const prepared = await prepareFineTune(options);
    const saved: Uint8Array[] = [];
    const whole = await fineTune(prepared, options, {
      checkpoints: { due: () => true, save: async (state) => void saved.push(writeTrainerState(state, {})) },
    });
    for (const at of [1, Math.floor(saved.length / 2), saved.length - 2]) {
      const resumeFrom = readTrainerState(saved[at]!).state;
      const again = await prepareFineTune(options);
      const resumed = await fineTune(again, options, { resumeFrom });
      expect(Buffer.from(writeModel(resumed.model)).equals(writeModel(whole.model)), `state ${at}`).toBe(
        true,
      );
      expect(resumed.history).toEqual(whole.history);
      expect(resumed.flops).toBe(whole.flops);
    }
  });

  it.each(['corruptions', 'trades', 'features', 'consistency'] as const)(
    'by %s takes the fastest formulations here, and goes on with those it began with on any computer',
    async (objective) => {
      const options = optionsFor({ objective, layers: objective === 'features' ? 'last-k:2' : 'all' });
      const saved: Uint8Array[] = [];
      const recorded: Readonly<Record<string, string>>[] = [];
      let now = 0;
      let memory: unknown = null;
      const tuning: Tuning = {
        ...{ processor: 'a processor', nowMs: () => (now += 1), recorded: null },
        store: {
          load: () => Promise.resolve(memory),
          save: (made) => Promise.resolve(void (memory = made)),
        },
        record: (choices) => Promise.resolve(void recorded.push(choices)),
      };
      const checkpoints = {
        due: () => true,
        save: async (state: TrainerState) => void saved.push(writeTrainerState(state, {})),
      };
      const whole = await fineTune(await prepareFineTune(options), options, { tuning, checkpoints });
      expect(recorded).toHaveLength(1);
      const [choices] = recorded;
      expect(Object.keys(choices!).length).toBeGreaterThan(0);
      expect(memory).not.toBeNull();
      const elsewhere: Tuning = {
        ...{ ...tuning, processor: 'another', recorded: choices! },
        store: {
          load: () => Promise.reject(new Error('asked')),
          save: () => Promise.reject(new Error('kept')),
        },
      };
      const resumeFrom = readTrainerState(saved[Math.floor(saved.length / 2)]!).state;
      const run = { tuning: elsewhere, resumeFrom };
      const resumed = await fineTune(await prepareFineTune(options), options, run);
      expect(Buffer.from(writeModel(resumed.model)).equals(writeModel(whole.model))).toBe(true);
    },
  );

  it('keeps corrected images in every round', async () => {
    const images = pictures(96);
    const probe = await prepareFineTune(optionsFor({}, { images }));
    const names = probe.inner.samples.slice(0, 3).map(({ image }) => image.name);
    const options = optionsFor({ fraction: 0.2 }, { images, corrected: new Set(names) });
    const selections: (readonly number[])[] = [];
    const onSelected = async (_epoch: number, { indices }: SelectedSamples) => void selections.push(indices);
    await fineTune(await prepareFineTune(options), options, { onSelected });
    expect(selections).toHaveLength(base.trainer.epochs);
    for (const indices of selections.slice(1)) expect(indices.slice(0, 3)).toEqual([0, 1, 2]);
  });

  it('recovers clean accuracy by the least critical module alone, mixed in as far as it helps', async () => {
    const options = optionsFor({ objective: 'plain', layers: 'recover-clean' });
    const { prepared, model } = await tuned(options);
    const chosen = prepared.plan.layers.filter(({ isChosen }) => isChosen);
    const least = Math.min(...prepared.plan.layers.map(({ criticality }) => criticality));
    expect(chosen.map(({ criticality }) => criticality)).toEqual([least]);
    const allowed = new Set(chosen.flatMap(({ parameters }) => parameters));
    const changed = [...changedTensors(classifier, model).keys()];
    expect(changed.every((name) => allowed.has(name))).toBe(true);
  });

  it('trains adapters and folds them in', async () => {
    const { model, history } = await tuned(optionsFor({ objective: 'corruptions', layers: 'lora:1' }));
    expect(history.at(-1)!.loss).toBeLessThan(history[0]!.loss);
    expect([...model.graph.initializers.keys()]).toEqual([...classifier.graph.initializers.keys()]);
  });

  it('tells what each model says of the parts of the test side, and looks at them under attack where it is asked to', async () => {
    const costs = { ...base.costs, attackWeight: 0 };
    const options = optionsFor({ objective: 'corruptions', costs, testAttack: true });
    const { prepared, before, after, history } = await tuned(options);
    const names = prepared.inner.sides.test.map(({ name }) => name);
    for (const figures of [before!, after!]) {
      expect(figures.parts.map(({ name }) => name)).toEqual(names);
      const right = figures.parts.filter(({ label, said }) => said === (label === 'ok' ? 'OK' : 'NG'));
      expect(figures.clean).toBeCloseTo(right.length / names.length);
      expect(figures.robust).toBeLessThanOrEqual(figures.clean);
    }
    expect(history.at(-1)?.figures?.['robust']).toBeUndefined();
    const spared = await tuned(optionsFor({ objective: 'corruptions', costs }));
    expect(spared.after!.robust).toBeNull();
    expect([spared.before!.cost, spared.after!.cost]).toEqual([before!.cost, after!.cost]);
  });

  it('stops when it is cancelled', async () => {
    const controller = new AbortController();
    const options = optionsFor({ objective: 'pgd' }, { signal: controller.signal });
    const prepared = await prepareFineTune(options);
    const run = fineTune(prepared, options, { onProgress: () => controller.abort() });
    await expect(run).rejects.toThrow(/cancelled/);
  });
});

describe('fine-tuning an anomaly detector', () => {
  let detector: Model;
  const parts = (count: number, from: number, defectRate: number): TrainingImage[] =>
    Array.from({ length: count }, (_, index) => {
      const { picture, label } = drawPart(demoPart(from + index, defectRate));
      const split = defectRate === 0 ? ('train' as const) : ('test' as const);
      return {
        name: `tile ${from + index}`,
        label,
        split,
        group: null,
        weight: 1,
        load: async () => picture,
      };
    });
  beforeAll(async () => {
    const good = parts(8, 0, 0).map(({ name, load }) => ({ name, load }));
    const backbone = { model: filterBank(), name: 'starter', preprocess: smallPreprocess };
    ({ model: detector } = await teachAnomalyDetector({
      ...{ good, backbone, features: ['fine'], seed: 0, memory: 100, session },
    }));
  });

  it.each([
    ['no defects', parts(20, 100, 0)],
    ['a few defects', [...parts(15, 100, 0), ...parts(5, 200, 1)]],
  ])('makes do with 20 images or less: %s', async (_, drawn) => {
    const images = drawn.map((image) => ({ ...image, split: null }));
    const change: Partial<FineTuneSettings> = {
      ...({ objective: 'corruptions', layers: 'last-k:1', samples: 'all' } as const),
      trainer: { ...base.trainer, epochs: 1 },
      shares: { test: 0.3, validation: 0.15, calibration: 0.1 },
    };
    const { prepared, thresholds, after } = await tuned(optionsFor(change, { model: detector, images }));
    const { sides } = prepared.inner;
    const tested = new Set(sides.test);
    expect(sides.calibration.length).toBeGreaterThan(1);
    expect(sides.calibration.some((image) => tested.has(image))).toBe(false);
    expect(thresholds!.ng).toBeGreaterThan(0);
    const isOneSided = images.every(({ label }) => label === 'ok');
    expect(after!.claims.some(({ kind }) => kind === 'noDefects')).toBe(isOneSided);
    expect(after!.claims.some(({ kind }) => kind === 'fewParts')).toBe(true);
  });

  it('refuses defects alone before it computes', async () => {
    const images = parts(10, 200, 1).map((image) => ({ ...image, split: null }));
    const told: string[] = [];
    const onProgress = (stage: string) => void told.push(stage);
    const refused = prepareFineTune(optionsFor({}, { model: detector, images, onProgress }));
    await expect(refused).rejects.toThrow(/classEmpty.*ok/);
    expect(told).not.toContain('plan');
  });

  it('learns from good parts alone, keeps its memory, and chooses its threshold anew', async () => {
    const change: Partial<FineTuneSettings> = {
      ...({ objective: 'corruptions', layers: 'last-k:1', samples: 'all' } as const),
      trainer: { ...base.trainer, epochs: 2, schedule: { rate: 0.001, shape: 'constant' } },
    };
    const images = [...parts(24, 100, 0), ...parts(12, 200, 0.5)];
    const { model, prepared, history, thresholds, after } = await tuned(
      optionsFor(change, { model: detector, images }),
    );
    expect(prepared.subject.kind).toBe('anomaly');
    // Every good part that trains comes a second time with something on it.
    expect(prepared.plan.samples.all).toBe(2 * prepared.plan.images.train);
    expect(history).toHaveLength(2);
    const changed = [...changedTensors(detector, model).keys()];
    expect(changed.length).toBeGreaterThan(0);
    const chosen = prepared.plan.layers.flatMap((layer) => (layer.isChosen ? layer.parameters : []));
    expect(changed.filter((name) => !chosen.includes(name))).toEqual([]);
    const judge = await openDetector(model);
    const { score, map } = await judge.judge(await images[0]!.load());
    expect(score).toBeGreaterThan(0);
    expect(map!.data).toHaveLength(map!.width * map!.height);
    // What it was measured by is what it says on the line.
    const live: number[] = [];
    for (const { name } of after!.parts) {
      const { load } = images.find((image) => image.name === name)!;
      live.push((await judge.judge(await load())).score);
    }
    await judge.close();
    const scores = after!.parts.map((part) => part.score!);
    expect(compareScores(scores, live, thresholds!)).toMatchObject({ agrees: true, flips: 0 });
    expect(readCard(model)!.thresholds).toEqual(thresholds);
    expect(after!.chosen!.basis).toBe('goodParts');
    expect(after!.chosen!.cost.claims.length).toBeGreaterThan(0);
  });

  it('by consistency teaches the patches to stay where they were while images are moved', async () => {
    const epsilon = 2 / 255;
    const good = parts(24, 100, 0);
    const backbone = {
      model: await loadModelFile(join(starterFolder, 'starterBackbone.onnx')),
      ...{ name: 'starter', preprocess: smallPreprocess },
    };
    const { model } = await teachAnomalyDetector({
      ...{ good, backbone, features: ['patch'], seed: 0, memory: 100, session },
    });
    const change: Partial<FineTuneSettings> = {
      ...({ objective: 'consistency', layers: 'last-k:4', samples: 'all', replays: 3, epsilon } as const),
      site: siteProfile({ clean: 1 }),
      trainer: { ...base.trainer, batch: 8, epochs: 6, schedule: { rate: 1e-3, shape: 'cosine' } },
    };
    const { history, best, prepared } = await tuned(optionsFor(change, { model, images: good }));
    const losses = history.map(({ loss }) => loss);
    expect(losses.at(-1)).toBeLessThan(0.8 * losses[0]!);
    const { attacked, adaptation } = prepared.inner;
    const images = pixelsOf(await Promise.all(parts(4, 300, 0.001).map(({ load }) => load())), attacked);
    const patchesBy = async (judging: Model) => {
      const opened = await openSession(writeModel(extractSubgraph(judging, [patchOutput])), session);
      const dims = [images.length / attacked.shape.reduce((a, b) => a * b), ...attacked.shape];
      const found = await opened.run({ [attacked.input]: float32Tensor(dims, images) });
      await opened.dispose();
      return floatsOf(found, patchOutput);
    };
    const asTheyWere = await patchesBy(attacked.model);
    const now = await patchesBy(writeParameters(adaptation.model, best.parameters));
    const moved = now.reduce((sum, value, i) => sum + (value - asTheyWere[i]!) ** 2, 0) / now.length;
    expect(moved).toBeGreaterThan(0);
    // Less than attacks moved them before.
    expect(moved).toBeLessThan(losses[0]!);
  });

  describe('by memory', () => {
    const change: Partial<FineTuneSettings> = {
      ...{ objective: 'memory', site: siteProfile({ clean: 0.5, 'exposure/4': 0.5 }) },
      shares: { test: 0, validation: 0.2, calibration: 0 },
    };
    const images = [...parts(36, 100, 0), ...parts(24, 300, 0.5)];

    it('learns what another exposure does to good parts, trains no layer, and is the same again', async () => {
      const options = optionsFor(change, { model: detector, images });
      const { model, history, best, prepared, flops } = await tuned(options);
      expect(prepared.plan.layers.filter(({ isChosen }) => isChosen)).toEqual([]);
      expect(prepared.plan.samples.all).toBe(prepared.plan.images.train);
      const own = memoryNames(findLearnedMemory(detector)!);
      expect([...changedTensors(detector, model).keys()].sort()).toEqual(own.sort());
      // Once as its pictures reach it, and once with their light evened out.
      expect(prepared.plan.rounds).toBe(2 * nuisanceWeights.length);
      expect(history).toHaveLength(prepared.plan.rounds);
      expect(flops).toBeGreaterThan(0);
      const costs = history.map(({ figures }) => figures!['smoothedCost']!);
      expect(best.cost).toBe(Math.min(...costs));
      const again = await tuned(options);
      expect(writeModel(again.model)).toEqual(writeModel(model));

      // Scores of good parts otherwise exposed lie nearer to those of the same parts as they were, in units of what defects score.
      const gap = async (judged: Model) => {
        const opened = await openDetector(judged);
        const mean = async (shown: readonly TrainingImage[], severity: 0 | 4) => {
          let sum = 0;
          for (const [at, { load }] of shown.entries()) {
            const picture = await load();
            const seen = severity === 0 ? picture : await corrupt(picture, 'exposure', severity, at);
            sum += (await opened.judge(seen)).score / shown.length;
          }
          return sum;
        };
        const good = parts(12, 600, 0);
        const defective = parts(24, 700, 1);
        const usual = await mean(good, 0);
        const share = ((await mean(good, 4)) - usual) / ((await mean(defective, 0)) - usual);
        await opened.close();
        return share;
      };
      expect(await gap(model)).toBeLessThan(0.5 * (await gap(detector)));
    });

    it('evens out the light where that costs less, and judges on the line as it was measured', async () => {
      const site = siteProfile({ clean: 0.2, 'exposure/5': 0.4, 'contrast/5': 0.4 });
      const shares = { test: 0.3, validation: 0.3, calibration: 0.2 };
      const own = [...parts(40, 100, 0), ...parts(60, 300, 0.5)].map((image) => ({ ...image, split: null }));
      const options = optionsFor({ ...change, site, shares }, { model: detector, images: own });
      const { model, normalise, after, thresholds } = await tuned(options);
      expect(normalise).toBe('image');
      expect(readCard(model)!.preprocess).toEqual({ ...readCard(detector)!.preprocess, normalise: 'image' });
      const opened = await openDetector(model);
      const live: number[] = [];
      for (const { name } of after!.parts) {
        const { load } = own.find((image) => image.name === name)!;
        live.push((await opened.judge(await load())).score);
      }
      await opened.close();
      const scores = after!.parts.map((part) => part.score!);
      expect(compareScores(scores, live, thresholds!)).toMatchObject({ agrees: true, flips: 0 });

      // One that does so already is asked nothing, and reads as before.
      const again = await tuned({ ...options, model });
      expect(again.prepared.plan.rounds).toBe(nuisanceWeights.length);
      expect(again.normalise).toBeNull();
      expect(readCard(again.model)!.preprocess).toEqual(readCard(model)!.preprocess);
    });

    it('learns from good parts alone: defective ones show how it judges, all of them where they are few', async () => {
      const shares = { test: 0.25, validation: 0.2, calibration: 0.2 };
      const own = [...parts(40, 100, 0), ...parts(60, 300, 0.5)].map((image) => ({ ...image, split: null }));
      const { inner, plan } = await prepareFineTune(
        optionsFor({ ...change, shares }, { model: detector, images: own }),
      );
      const { train, validation, calibration, test } = inner.sides;
      const defective = (side: readonly TrainingImage[]) => side.filter(({ label }) => label !== 'ok').length;
      expect(defective(train)).toBe(0);
      const all = defective(own);
      expect(defective(calibration) + defective(test)).toBe(all);
      expect(calibration).toEqual(expect.arrayContaining([...validation]));
      expect(plan.images.train + plan.images.calibration + plan.images.test).toBe(own.length);
    });

    it('refuses what has no such memory, a line that nothing disturbs, and too few good parts', async () => {
      await expect(prepareFineTune(optionsFor({ objective: 'memory' }))).rejects.toMatchObject({
        kind: 'badRequest',
      });
      const calm = optionsFor({ ...change, site: siteProfile({ clean: 1 }) }, { model: detector, images });
      await expect(tuned(calm)).rejects.toMatchObject({ kind: 'badRequest', params: { field: 'site' } });
      const few = optionsFor(change, { model: detector, images: parts(4, 100, 0) });
      await expect(tuned(few)).rejects.toMatchObject({ kind: 'tooFewImages' });
    });

    it('stops when it is told to', async () => {
      const stopping = new AbortController();
      const options = optionsFor(change, { model: detector, images, signal: stopping.signal });
      const prepared = await prepareFineTune(options);
      const onProgress = () => stopping.abort();
      await expect(fineTune(prepared, options, { onProgress })).rejects.toMatchObject({ kind: 'cancelled' });
    });
  });
});
