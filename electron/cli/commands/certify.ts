import { resolve } from 'node:path';
import type { EngineReply } from '../../contract/engine.ts';
import { KenroError, toErrorInfo, type ErrorInfo } from '../../contract/errors.ts';
import type { CertifiedOutcome, SmoothingSettings } from '../../contract/smoothing.ts';
import type { EngineClient } from '../../engine/client.ts';
import { testSamples, type Sample } from '../../learning/dataset.ts';
import { engineFlags, oneOf } from '../arguments.ts';
import { numberOf } from '../attackFlags.ts';
import { UsageError, type Command, type Context, type Given } from '../command.ts';
import { dataDetails, dataFlags, labelledImages, limited } from '../labelledImages.ts';
import { messageFor } from '../messages.ts';
import { table } from '../terminal.ts';
import { numberWithin } from '../trainingFlags.ts';
import { withEngine } from '../withEngine.ts';

type Certificate = EngineReply<'certify'>;

/** As in the literature; with a radius it is seldom reached. */
const usualLooks = { toRadius: 100_000, toEnd: 10_000 };
const usualSelection = 100;
const usualAlpha = 0.001;

export const certify: Command = {
  name: 'certify',
  summary: 'Proves how much a disturbance may change without changing the verdict: randomized smoothing.',
  usage: '--model FILE --data DIR --sigma S [--radius R] [--sequential betting|bonferroni|none]',
  details: [
    ...dataDetails,
    'Where there is a test part, only it is used. S and R are of pixel values in 0..1, R as an L2 norm over the',
    "image at the network's size; they may be written 2/255. Of an anomaly detector the class is OK or NG.",
    'A radius says nothing about a change of light, or any other disturbance that is large in the L2 norm.',
    'The same seed gives the same certificates.',
  ],
  flags: {
    model: { type: 'string', value: 'FILE', help: 'a detector or classifier', required: true },
    ...dataFlags,
    sigma: { type: 'string', value: 'S', help: 'deviation of the noise', required: true },
    radius: {
      type: 'string',
      value: 'R',
      help: 'look only until it is certain whether R is certified (default: the largest radius)',
    },
    n: {
      type: 'string',
      value: 'N',
      help: `looks at most (default ${usualLooks.toRadius} with --radius, else ${usualLooks.toEnd})`,
    },
    n0: { type: 'string', value: 'N', help: `looks that choose the class (default ${usualSelection})` },
    alpha: {
      type: 'string',
      value: 'A',
      help: `share of wrong certificates at most (default ${usualAlpha})`,
    },
    sequential: {
      type: 'string',
      value: 'RULE',
      help: 'when to stop: betting (default with --radius), bonferroni, or none (after N looks)',
    },
    ...engineFlags,
  },
  run: async (given, context) => {
    const settings = settingsOf(given);
    const seed = given.integer('seed', 0, 0, 0xffff_ffff);
    const samples = limited(testSamples(await labelledImages(given)), given);
    await withEngine(given, (engine) => certifyAll(engine, given, samples, settings, seed, context));
  },
};

function settingsOf(given: Given): SmoothingSettings {
  const sigma = numberOf('sigma', given.text('sigma') as string);
  if (!(sigma <= 10)) throw new UsageError('--sigma needs a number up to 10, of pixel values in 0..1');
  const radius = given.has('radius') ? radiusOf(given.text('radius') as string) : null;
  const rules = ['betting', 'bonferroni', 'none'] as const;
  const usual = radius === null ? usualLooks.toEnd : usualLooks.toRadius;
  return {
    sigma,
    radius,
    alpha: numberWithin(given, 'alpha', usualAlpha, 1e-12, 0.5),
    rule: oneOf('sequential', given.text('sequential') ?? (radius === null ? 'none' : 'betting'), rules),
    n: given.integer('n', usual, 1, 1_000_000_000),
    n0: given.integer('n0', usualSelection, 1, 1_000_000),
  };
}

/** 0 asks only for the class. */
function radiusOf(text: string): number {
  return Number(text) === 0 && text.trim() !== '' ? 0 : numberOf('radius', text);
}

async function certifyAll(
  engine: EngineClient,
  given: Given,
  samples: readonly Sample[],
  settings: SmoothingSettings,
  seed: number,
  { terminal, signal }: Context,
): Promise<void> {
  const path = resolve(given.text('model') as string);
  const images = samples.map(({ path: image, label, group }) => ({ path: image, label, group }));
  // All labels before the first look: looking takes long.
  const { sha256, meant } = await engine.call('classNames', { model: path, images }, { signal });
  const outcomes: (CertifiedOutcome & { looks: number })[] = [];
  for (const [at, { path: image, label }] of images.entries()) {
    const request = { model: { path, sha256 }, image, settings, seed };
    const stage = `${at + 1} of ${images.length}`;
    const certified = await engine
      .call('certify', request, { signal, onProgress: (looks) => terminal.progress({ ...looks, stage }) })
      .catch(unreadable);
    const { record, line } = tellOf(certified, image, label, meant[at]!);
    terminal.result(record, [line]);
    outcomes.push(record);
  }
  await tellSummary(engine, settings, outcomes, { terminal, signal });
}

/** An image that cannot be read is certified nothing; any other failure ends the command. */
function unreadable(thrown: unknown): { error: ErrorInfo } {
  if (thrown instanceof KenroError && thrown.kind.startsWith('image')) return { error: toErrorInfo(thrown) };
  throw thrown;
}

function tellOf(certified: Certificate | { error: ErrorInfo }, file: string, label: string, meant: string) {
  if ('error' in certified) {
    const message = messageFor(certified.error);
    const nothing = { predicted: null, radius: 0, looks: 0, abstained: true, isRight: false };
    const record = { file, label, ...nothing, isCertified: false, reason: certified.error.kind, message };
    return { record, line: `${file}  ${label}: ${message}` };
  }
  const { predicted, radius, abstained, isCertified, n0, n, hits, ended, seed } = certified;
  const looks = n0 + n;
  const record = {
    ...{ file, label, predicted, radius, looks, abstained },
    ...{ isRight: !abstained && predicted === meant, isCertified, n0, n, hits, ended, seed },
  };
  const said = abstained ? 'abstained' : `${predicted}, radius ${radius.toFixed(4)}`;
  return { record, line: `${file}  ${label}: ${said}  (${looks} looks)` };
}

async function tellSummary(
  engine: EngineClient,
  settings: SmoothingSettings,
  outcomes: readonly (CertifiedOutcome & { looks: number })[],
  { terminal, signal }: Pick<Context, 'terminal' | 'signal'>,
): Promise<void> {
  const { sigma, radius, rule, ...rest } = settings;
  const radii = radiiFor(settings);
  const slim = outcomes.map(({ isRight, abstained, radius: own }) => ({ isRight, abstained, radius: own }));
  const asked = radius ?? 0;
  const request = { outcomes: slim, radii: [asked, ...radii] };
  const { accuracies, abstained } = await engine.call('certifiedAccuracy', request, { signal });
  const [certified, ...curve] = accuracies;
  const meanLooks = outcomes.reduce((sum, { looks }) => sum + looks, 0) / outcomes.length;
  const record = {
    certifiedAccuracy: certified!.value,
    meanLooks,
    ...{ images: outcomes.length, radius, sigma, ...rest, sequential: rule },
    abstained: abstained.value,
    certifiedAccuracyAt: Object.fromEntries(radii.map((each, at) => [String(each), curve[at]!.value])),
    intervals: { certifiedAccuracy: certified!.interval, abstained: abstained.interval },
  };
  const text = ({ value, hits, of }: typeof abstained) => `${value.toFixed(4)}  (${hits} of ${of})`;
  terminal.result(
    record,
    table([
      [`certified at ${asked}`, text(certified!)],
      ...radii.map((each, at) => [`certified at ${each}`, text(curve[at]!)]),
      ['abstained', text(abstained)],
      ['looks, mean', meanLooks.toFixed(1)],
    ]),
  );
}

/** Where the looks went for the largest radius, certified accuracy is told at several. */
function radiiFor({ sigma, radius }: SmoothingSettings): number[] {
  return radius === null ? [0.5, 1, 1.5, 2, 3].map((times) => Number((times * sigma).toPrecision(6))) : [];
}
