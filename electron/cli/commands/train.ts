import { resolve } from 'node:path';
import type { EngineReply, EngineRequest } from '../../contract/engine.ts';
import { dataDetails, dataFlags, labelledImages, limited } from '../labelledImages.ts';
import { engineFlags, oneOf } from '../arguments.ts';
import type { Command, Context, Flags, Given } from '../command.ts';
import { messageFor } from '../messages.ts';
import { folderToWrite } from '../outputs.ts';
import { preprocessDetails, preprocessFlags, preprocessOf } from '../preprocess.ts';
import { screened, screenFlags } from '../screening.ts';
import { progressTo, updateFlags, updatesOf } from '../trainingFlags.ts';
import { table } from '../terminal.ts';
import { withEngine } from '../withEngine.ts';
import { defaultDataFolder } from '../../platform/dataFolder.ts';
import { dataPaths } from '../../platform/paths.ts';
import { places } from '../../platform/places.ts';
import { findStarterBackbone } from '../../learning/starter.ts';

type Job = EngineRequest<'train'>;
type Settings = Job['settings'];

const settingsFlags: Flags = {
  layers: { type: 'string', value: 'POLICY', help: 'which layers train (default all)' },
  ...updateFlags,
  'step-mb': {
    type: 'string',
    value: 'N',
    help: 'memory a step may hold; larger batches are computed in parts',
  },
  'class-weights': { type: 'string', value: 'HOW', help: 'none or balanced (default none)' },
  augment: {
    type: 'string',
    value: 'WHAT',
    help: 'flip, shift and light, separated by commas (default: none)',
  },
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
    model: {
      type: 'string',
      value: 'FILE',
      help: 'the ONNX network to train, or starterBackbone for the built-in one',
      required: true,
    },
    out: { type: 'string', value: 'DIR', help: 'folder of the training', required: true },
    ...dataFlags,
    ...settingsFlags,
    ...preprocessFlags,
    ...screenFlags,
    'cache-mb': { type: 'string', value: 'N', help: 'memory for images read again and again (default 512)' },
    'cache-disk-mb': {
      type: 'string',
      value: 'N',
      help: 'disk, while training, for what frozen layers give beyond that (default 2048)',
    },
    resume: { type: 'boolean', help: 'go on with the training in --out' },
    ...engineFlags,
  },
  run: async (given, context) => {
    const chosen = settingsOf(given);
    const job = {
      model: await modelOf(given.text('model') as string),
      out: await folderToWrite('out', given.text('out') as string),
      cacheMb: given.integer('cache-mb', 512, 0, 1_000_000),
      cacheDiskMb: given.integer('cache-disk-mb', 2048, 0, 1_000_000),
      formulations: dataPaths(defaultDataFolder()).formulations,
      resume: given.has('resume'),
    };
    const samples = limited((await labelledImages(given)).samples, given);
    await withEngine(
      given,
      async (engine) => {
        const { signal } = context;
        const { suggestedPreprocess } = await engine.call('describe', { path: job.model }, { signal });
        const preprocess = preprocessOf(given, suggestedPreprocess);
        const settings = { ...chosen, preprocess };
        const kept = await screened(engine, { model: job.model, preprocess }, samples, given, context);
        const images = kept.map((sample) => ({ ...sample }));
        const onProgress = progressTo(given, context, epochLine);
        tell(await engine.call('train', { ...job, images, settings }, { signal, onProgress }), context);
      },
      'train',
    );
  },
};

async function modelOf(text: string): Promise<string> {
  return (await findStarterBackbone(places.starterDir, text))?.path ?? resolve(text);
}

function settingsOf(given: Given): Omit<Settings, 'preprocess'> {
  return {
    ...updatesOf(given),
    layers: given.text('layers') ?? 'all',
    stepMb: given.has('step-mb') ? given.integer('step-mb', 1, 1, 1_000_000) : null,
    classWeights: oneOf('class-weights', given.text('class-weights') ?? 'none', ['none', 'balanced']),
    augmentation: given.has('augment') ? augmentationOf(given.text('augment') as string) : null,
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
