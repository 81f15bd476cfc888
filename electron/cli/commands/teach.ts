import { basename, resolve } from 'node:path';
import type { CorrectionWish } from '../../contract/correction.ts';
import type { EngineReply, EngineRequest } from '../../contract/engine.ts';
import type { EngineClient } from '../../engine/client.ts';
import { findStarterBackbone, readStarterBackbone } from '../../learning/starter.ts';
import { shuffled } from '../../learning/dataset.ts';
import { listImages } from '../../platform/imageFiles.ts';
import { places } from '../../platform/places.ts';
import { engineFlags } from '../arguments.ts';
import { UsageError } from '../command.ts';
import type { Command, Context, Given } from '../command.ts';
import { messageFor } from '../messages.ts';
import { fileToWrite } from '../outputs.ts';
import { preprocessDetails, preprocessFlags, preprocessOf } from '../preprocess.ts';
import { table } from '../terminal.ts';
import { withEngine } from '../withEngine.ts';

type Job = EngineRequest<'teach'>;

export const teach: Command = {
  name: 'teach',
  summary: 'Makes an anomaly detector from images of good parts.',
  usage: '--good DIR [--ng DIR] --out FILE [--backbone FILE.onnx] [--features NAME,NAME]',
  details: [
    'The threshold comes from held-out good parts, or from both where defective parts are given.',
    ...preprocessDetails,
  ],
  flags: {
    good: { type: 'string', value: 'DIR', help: 'images of good parts', required: true },
    ng: { type: 'string', value: 'DIR', help: 'images of defective parts' },
    out: { type: 'string', value: 'FILE', help: 'where the detector is written', required: true },
    backbone: {
      type: 'string',
      value: 'FILE',
      help: 'ONNX feature extractor, or filterBank (default) or starterBackbone for a built-in one',
    },
    features: { type: 'string', value: 'NAMES', help: 'tensors of the backbone, separated by commas' },
    correct: {
      type: 'string',
      value: 'WHAT',
      help: 'corrects position and light towards the usual part: auto (default: measured, off where it does not help), none, or gain, field and position, separated by commas',
    },
    ...preprocessFlags,
    ...engineFlags,
  },
  run: async (given, context) => {
    const seed = given.integer('seed', 0, 0, 0xffff_ffff);
    const ng = given.text('ng');
    const job = {
      good: await imagesOf(given.text('good') as string, given, seed),
      ng: ng === undefined ? null : await imagesOf(ng, given, seed),
      seed,
      out: await fileToWrite('out', given.text('out') as string),
      correction: correctionOf(given.text('correct') ?? 'auto'),
    };
    await withEngine(given, async (engine) => {
      const chosen = await backboneOf(engine, given);
      const reply = await engine.call(
        'teach',
        { ...job, ...chosen },
        { signal: context.signal, onProgress: context.terminal.progress },
      );
      tell(reply, context);
    });
  },
};

/** @throws UsageError for a word that names no correction */
function correctionOf(text: string): Job['correction'] {
  if (text === 'auto') return { by: 'measured' };
  const words = text.split(',').map((word) => word.trim());
  const known = ['none', 'gain', 'field', 'position'];
  const light = (['gain', 'field'] as const).find((word) => words.includes(word)) ?? 'none';
  const isClear =
    words.every((word) => known.includes(word)) && !(words.includes('none') && words.length > 1);
  if (!isClear || (words.includes('gain') && words.includes('field'))) {
    throw new UsageError(`--correct takes auto, none, or gain or field and position, not ${text}`);
  }
  const wish: CorrectionWish | null = words.includes('none')
    ? null
    : { position: words.includes('position'), light };
  return { by: 'user', wish, reason: `--correct ${text}` };
}

async function imagesOf(folder: string, given: Given, seed: number): Promise<Job['good']> {
  const path = resolve(folder);
  if (!given.has('limit')) return { from: 'folder', path };
  const limit = given.integer('limit', 1, 1, 100_000);
  const files = (await listImages(path)).map((file) => ({ path: file }));
  return {
    from: 'list',
    images: shuffled(files, seed, limit).map((file) => ({ from: 'file', path: file.path })),
  };
}

async function backboneOf(engine: EngineClient, given: Given): Promise<Pick<Job, 'backbone' | 'features'>> {
  const file = given.text('backbone');
  const { starterDir } = places;
  const base =
    file === undefined
      ? await readStarterBackbone(starterDir)
      : ((await findStarterBackbone(starterDir, file)) ?? (await describe(engine, file)));
  const preprocess = preprocessOf(given, base.preprocess);
  const features =
    given
      .text('features')
      ?.split(',')
      .map((name) => name.trim()) ?? base.features;
  if (features.length === 0)
    throw new UsageError('no features were found in the backbone; name some with --features');
  return { backbone: { path: base.path, name: base.name, preprocess }, features };
}

async function describe(engine: EngineClient, file: string) {
  const path = resolve(file);
  const network = await engine.call('describe', { path });
  return {
    path,
    name: basename(path),
    preprocess: network.suggestedPreprocess,
    features: network.suggestedFeatures,
  };
}

function tell(reply: EngineReply<'teach'>, { terminal }: Context): void {
  for (const { file, error } of reply.skipped) terminal.note(`left out ${file}: ${messageFor(error)}`);
  const record = {
    model: reply.path,
    sha256: reply.sha256,
    threshold: reply.thresholds.ng,
    reviewThreshold: reply.thresholds.review,
    thresholdInterval: reply.thresholdInterval,
    images: reply.goodImages + reply.ngImages,
    goodImages: reply.goodImages,
    ngImages: reply.ngImages,
    skipped: reply.skipped.length,
    features: reply.features,
    memory: reply.memory,
    correction: reply.correction,
    seconds: reply.seconds,
  };
  const interval = reply.thresholdInterval;
  const lines = table([
    ['model', reply.path],
    ['sha256', reply.sha256],
    ['review from', reply.thresholds.review.toPrecision(5)],
    ['NG from', reply.thresholds.ng.toPrecision(5)],
    ['95 % interval', interval ? `[${interval.map((end) => end.toPrecision(5)).join(', ')}]` : 'unknown'],
    ['images', `${reply.goodImages} good, ${reply.ngImages} defective, ${reply.skipped.length} left out`],
    ['memory', `${reply.memory} patches`],
    ...correctionRows(reply.correction),
    ['time', `${reply.seconds.toFixed(1)} s`],
  ]);
  terminal.result(record, lines);
}

const whys = {
  helps: 'on',
  noGain: 'off: false alarms do not fall with certainty',
  hidesDefects: 'off: fewer defects would be found',
  moreCleanAlarms: 'off: more false alarms on undisturbed parts',
} as const;

/** What is corrected, and what was measured of each correction that was tried. */
function correctionRows(correction: EngineReply<'teach'>['correction']): [string, string][] {
  if (!correction) return [];
  const { wish, trial } = correction;
  const on = wish && [wish.light === 'none' ? '' : `light (${wish.light})`, wish.position ? 'position' : ''];
  const what = on?.filter((word) => word !== '').join(', ') || 'nothing';
  const steps = (trial?.steps ?? []).map(
    ({ wish: tried, falseAlarms, detected, reason }): [string, string] => {
      const rate = ({ before, after }: { before: number; after: number }) =>
        `${before.toFixed(3)} -> ${after.toFixed(3)}`;
      const interval = falseAlarms.interval.map((end) => end.toFixed(3)).join(', ');
      const name = tried.position ? 'position' : `light (${tried.light})`;
      return [
        `  ${name}`,
        `${whys[reason]}; false alarms ${rate(falseAlarms)} [${interval}], found ${rate(detected)}`,
      ];
    },
  );
  const tooFew = trial && trial.steps.length === 0 ? ' (too few good parts to measure)' : '';
  return [['corrects', what + tooFew], ...steps];
}
