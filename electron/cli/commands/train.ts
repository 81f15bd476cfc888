import { resolve } from 'node:path';
import type { EngineProgress, EngineReply, EngineRequest } from '../../contract/engine.ts';
import { dataDetails, dataFlags, labelledImages, limited } from '../labelledImages.ts';
import { engineFlags, oneOf } from '../arguments.ts';
import { UsageError } from '../command.ts';
import type { Command, Context, Flags, Given } from '../command.ts';
import { messageFor } from '../messages.ts';
import { preprocessDetails, preprocessFlags, preprocessOf } from '../preprocess.ts';
import { table } from '../terminal.ts';
import { withEngine } from '../withEngine.ts';

type Job = EngineRequest<'train'>;
type Settings = Job['settings'];

/** With `--json`, steps are told about this often at most; epochs always. */
const tellEveryMs = 1_000;

const settingsFlags: Flags = {
  layers: { type: 'string', value: 'POLICY', help: 'which layers train (default all)' },
  epochs: { type: 'string', value: 'N', help: 'times every image is seen (default 10)' },
  batch: { type: 'string', value: 'N', help: 'images of one update (default 32)' },
  'micro-batch': { type: 'string', value: 'N', help: 'images computed at one time (default: the batch)' },
  'step-mb': {
    type: 'string',
    value: 'N',
    help: 'memory a step may hold; larger batches are computed in parts',
  },
  lr: { type: 'string', value: 'X', help: 'highest learning rate (default 0.001, with sgd 0.01)' },
  optimizer: { type: 'string', value: 'NAME', help: 'sgd or adamw (default adamw)' },
  schedule: { type: 'string', value: 'SHAPE', help: 'constant, cosine or linear (default cosine)' },
  'warm-up': {
    type: 'string',
    value: 'SHARE',
    help: 'share of the steps in which the rate climbs (default 0)',
  },
  momentum: { type: 'string', value: 'X', help: 'of sgd (default 0.9)' },
  'weight-decay': { type: 'string', value: 'X', help: '(default 0.01, with sgd 0.0001)' },
  clip: { type: 'string', value: 'X', help: 'global norm of the gradients at most (default: no limit)' },
  average: { type: 'string', value: 'DECAY', help: 'keep a moving average of the weights (default: none)' },
  'label-smoothing': { type: 'string', value: 'X', help: 'share of each target spread over all classes' },
  'class-weights': { type: 'string', value: 'HOW', help: 'none or balanced (default none)' },
  augment: {
    type: 'string',
    value: 'WHAT',
    help: 'flip, shift and light, separated by commas (default: none)',
  },
  patience: { type: 'string', value: 'N', help: 'end after N epochs without a better one' },
  'test-share': { type: 'string', value: 'SHARE', help: 'where the data name no test part (default 0.3)' },
  validation: { type: 'string', value: 'SHARE', help: 'of the training part (default 0.15)' },
};

export const train: Command = {
  name: 'train',
  summary: 'Trains a classifier, or some of its layers, on labelled images.',
  usage: '--model FILE --data DIR --out DIR [--layers POLICY] [--epochs N] [--batch N] [--lr X]',
  details: [
    ...dataDetails,
    'The head is replaced or added when the classes differ. --out receives model.onnx, patch.safetensors,',
    'metrics.jsonl, and checkpoints from which an interrupted training goes on with --resume.',
    'POLICY: all, head, first-block, last-k:K, random:F, lora:R, or names and patterns of layers with commas.',
    ...preprocessDetails,
  ],
  flags: {
    model: { type: 'string', value: 'FILE', help: 'the ONNX network to train', required: true },
    out: { type: 'string', value: 'DIR', help: 'folder of the training', required: true },
    ...dataFlags,
    ...settingsFlags,
    ...preprocessFlags,
    'cache-mb': { type: 'string', value: 'N', help: 'memory for images read again and again (default 512)' },
    resume: { type: 'boolean', help: 'go on with the training in --out' },
    ...engineFlags,
  },
  run: async (given, context) => {
    const chosen = settingsOf(given);
    const job = {
      model: resolve(given.text('model') as string),
      out: resolve(given.text('out') as string),
      cacheMb: given.integer('cache-mb', 512, 0, 1_000_000),
      resume: given.has('resume'),
    };
    const images = limited((await labelledImages(given)).samples, given).map((sample) => ({ ...sample }));
    await withEngine(
      given,
      async (engine) => {
        const { signal } = context;
        const { suggestedPreprocess } = await engine.call('describe', { path: job.model }, { signal });
        const settings = { ...chosen, preprocess: preprocessOf(given, suggestedPreprocess) };
        const onProgress = progressTo(given, context);
        tell(await engine.call('train', { ...job, images, settings }, { signal, onProgress }), context);
      },
      'train',
    );
  },
};

function settingsOf(given: Given): Omit<Settings, 'preprocess'> {
  const optimizer = oneOf('optimizer', given.text('optimizer') ?? 'adamw', ['sgd', 'adamw']);
  const isSgd = optimizer === 'sgd';
  const within = (flag: string, fallback: number, min: number, max: number) => {
    const value = given.number(flag) ?? fallback;
    if (!(value >= min && value <= max))
      throw new UsageError(`--${flag} needs a number from ${min} to ${max}`);
    return value;
  };
  const optional = <Value>(flag: string, read: () => Value) => (given.has(flag) ? read() : null);
  return {
    layers: given.text('layers') ?? 'all',
    epochs: given.integer('epochs', 10, 1, 100_000),
    batch: given.integer('batch', 32, 1, 65_536),
    microBatch: optional('micro-batch', () => given.integer('micro-batch', 1, 1, 65_536)),
    stepMb: optional('step-mb', () => given.integer('step-mb', 1, 1, 1_000_000)),
    optimizer,
    learningRate: within('lr', isSgd ? 0.01 : 0.001, 1e-12, 1000),
    schedule: oneOf('schedule', given.text('schedule') ?? 'cosine', ['constant', 'cosine', 'linear']),
    warmUp: within('warm-up', 0, 0, 0.9),
    momentum: within('momentum', 0.9, 0, 1),
    weightDecay: within('weight-decay', isSgd ? 1e-4 : 0.01, 0, 10),
    clipNorm: optional('clip', () => within('clip', 1, 1e-12, 1e12)),
    averageDecay: optional('average', () => within('average', 0.99, 0, 1)),
    labelSmoothing: within('label-smoothing', 0, 0, 0.9),
    classWeights: oneOf('class-weights', given.text('class-weights') ?? 'none', ['none', 'balanced']),
    augmentation: optional('augment', () => augmentationOf(given.text('augment') as string)),
    patience: optional('patience', () => given.integer('patience', 1, 1, 100_000)),
    testShare: within('test-share', 0.3, 0, 0.9),
    validationShare: within('validation', 0.15, 0, 0.9),
    seed: given.integer('seed', 0, 0, 0xffff_ffff),
  };
}

function augmentationOf(text: string): NonNullable<Settings['augmentation']> {
  const changes = text
    .split(',')
    .map((change) => oneOf('augment', change.trim(), ['flip', 'shift', 'light']));
  return {
    flip: changes.includes('flip'),
    shift: changes.includes('shift') ? 0.05 : 0,
    light: changes.includes('light') ? 0.1 : 0,
  };
}

/** A bar on a terminal; the figures as lines of JSON with `--json`, else a remark after each epoch. */
function progressTo(given: Given, { terminal, clock }: Context): (progress: EngineProgress) => void {
  let toldMs = -Infinity;
  return (progress) => {
    const { stage, figures } = progress;
    terminal.progress(progress);
    if (!figures) return;
    const nowMs = clock.monotonicMs();
    if (given.has('json')) {
      if (stage !== 'epoch' && nowMs - toldMs < tellEveryMs) return;
      toldMs = nowMs;
      terminal.result(figures, []);
    } else if (stage === 'epoch') {
      terminal.note(epochLine(figures));
    }
  };
}

function epochLine(figures: Readonly<Record<string, number>>): string {
  const { epoch = 0, loss = NaN, validationLoss = NaN, validationAccuracy = NaN } = figures;
  const accuracy = (validationAccuracy * 100).toFixed(1);
  return `epoch ${epoch}  loss ${loss.toFixed(4)}  validation loss ${validationLoss.toFixed(4)}, ${accuracy} % right`;
}

function tell(reply: EngineReply<'train'>, { terminal }: Context): void {
  for (const { file, error } of reply.skipped) terminal.note(`left out ${file}: ${messageFor(error)}`);
  const { testAccuracy: test, images, skipped, ...rest } = reply;
  const record = {
    ...rest,
    testAccuracy: test?.value ?? null,
    intervals: { testAccuracy: test?.interval ?? null },
    images,
    skipped: skipped.length,
  };
  const lines = table([
    ['model', reply.model],
    ['patch', reply.patch],
    ['classes', reply.labels.join(', ')],
    [
      'test accuracy',
      test
        ? `${test.value.toFixed(4)}  [${test.interval.map((end) => end.toFixed(4)).join(', ')}]  (${test.hits} of ${test.of})`
        : 'no test images',
    ],
    [
      'kept',
      `epoch ${reply.bestEpoch} of ${reply.epochs}, validation ${reply.validationAccuracy.toFixed(4)}`,
    ],
    ['images', `${images.train} to train, ${images.validation} to validate, ${skipped.length} left out`],
    ['trained', `${reply.parameters} parameters`],
    ['operations', `${reply.trainFlops.toExponential(3)} floating-point`],
    ['time', `${reply.seconds.toFixed(1)} s`],
  ]);
  terminal.result(record, lines);
}
