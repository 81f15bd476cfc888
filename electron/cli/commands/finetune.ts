import { resolve } from 'node:path';
import {
  fineTuneObjectives,
  type EngineReply,
  type FineTuneJob,
  type FineTuneSettings,
} from '../../contract/engine.ts';
import { costsFor, usualFineTune } from '../../contract/usualSettings.ts';
import { defaultDataFolder } from '../../platform/dataFolder.ts';
import { dataPaths } from '../../platform/paths.ts';
import { engineFlags, oneOf } from '../arguments.ts';
import { radiusOf } from '../attackFlags.ts';
import type { Command, Context, Flags, Given } from '../command.ts';
import { linesOf, recordOf } from '../fineTuneLines.ts';
import { dataDetails, dataFlags, labelledImages, limited } from '../labelledImages.ts';
import { messageFor } from '../messages.ts';
import { folderToWrite } from '../outputs.ts';
import { screened, screenFlags } from '../screening.ts';
import { costsFlag, costsOf, siteFlag, siteOf, usualCostsDetail } from '../settingsFiles.ts';
import { table } from '../terminal.ts';
import { numberWithin, progressTo, updateFlags, updatesOf } from '../trainingFlags.ts';
import { withEngine } from '../withEngine.ts';

type Plan = EngineReply<'planFineTune'>;

const settingsFlags: Flags = {
  objective: {
    type: 'string',
    value: 'NAME',
    help: 'pgd, trades, fast, free, corruptions (default), noise, features, consistency, memory, or plain',
  },
  layers: { type: 'string', value: 'POLICY', help: 'which layers train (default auto)' },
  budget: {
    type: 'string',
    value: 'SHARE',
    help: 'of auto: cost of a step against one that trains all (default 0.5)',
  },
  samples: { type: 'string', value: 'POLICY', help: 'margin (default), gradmatch, easy, random, or all' },
  fraction: {
    type: 'string',
    value: 'SHARE',
    help: 'of the samples, per epoch after the warm-up (default 0.3)',
  },
  'warm-up-epochs': { type: 'string', value: 'N', help: 'epochs on all samples first (default 1)' },
  reselect: { type: 'string', value: 'N', help: 'epochs between two selections (default 1)' },
  eps: { type: 'string', value: 'E', help: 'radius of attacks, e.g. 2/255 (the default)' },
  norm: { type: 'string', value: 'NAME', help: 'of attacks: linf (default) or l2' },
  'attack-steps': { type: 'string', value: 'N', help: 'of pgd and trades (default 10)' },
  beta: { type: 'string', value: 'X', help: 'of trades (default 6)' },
  replays: { type: 'string', value: 'N', help: 'of free and consistency (default 4)' },
  sigma: { type: 'string', value: 'X', help: 'of noise (default 0.1)' },
  'feature-share': { type: 'string', value: 'X', help: 'of features: size of the change (default 0.1)' },
  'with-site': {
    type: 'boolean',
    help: "train on the site's disturbances too where the objective is an attack",
  },
  'test-attack': { type: 'boolean', help: 'test under attack too where the objective is none' },
  'no-reweigh': { type: 'boolean', help: 'leave the weights of disturbances and kinds of part as they are' },
  calibration: {
    type: 'string',
    value: 'SHARE',
    help: 'of the training part, for thresholds (default 0.15)',
  },
  ...costsFlag,
  ...siteFlag,
};

export const finetune: Command = {
  name: 'finetune',
  summary: 'Makes a model robust: the samples and layers that matter, judged by what errors cost the plant.',
  usage: '--model FILE --data DIR --out DIR [--objective NAME] [--layers POLICY] [--samples POLICY]',
  details: [
    ...dataDetails,
    'POLICY of layers: auto, first-block, last-k:K, head, lora:R, recover-clean, random:F, all, or names with commas.',
    'memory learns anew what a detector knows of good parts, under the disturbances of the site; no layer trains.',
    'The plan is told before any training. --out receives model.onnx, patch.safetensors, plan.json,',
    'selections.jsonl, metrics.jsonl, and checkpoints from which an interrupted training goes on with --resume.',
    usualCostsDetail,
  ],
  flags: {
    model: { type: 'string', value: 'FILE', help: 'a detector or classifier', required: true },
    out: { type: 'string', value: 'DIR', help: 'folder of the training', required: true },
    ...dataFlags,
    ...settingsFlags,
    ...updateFlags,
    ...screenFlags,
    'cache-mb': { type: 'string', value: 'N', help: 'memory for decoded pictures (default 512)' },
    resume: { type: 'boolean', help: 'go on with the training in --out' },
    ...engineFlags,
  },
  run: async (given, context) => {
    const settings = await settingsOf(given);
    const samples = limited((await labelledImages(given)).samples, given);
    const model = resolve(given.text('model') as string);
    const about: Omit<FineTuneJob, 'images'> = {
      model,
      corrected: [],
      inUse: null,
      settings,
      cacheMb: given.integer('cache-mb', 512, 0, 1_000_000),
    };
    const run = {
      out: await folderToWrite('out', given.text('out') as string),
      formulations: dataPaths(defaultDataFolder()).formulations,
      resume: given.has('resume'),
    };
    await withEngine(
      given,
      async (engine) => {
        const { signal, terminal } = context;
        const kept = await screened(engine, { model, preprocess: null }, samples, given, context);
        const job = { ...about, images: kept.map((sample) => ({ ...sample })) };
        const planned = await engine.call('planFineTune', job, { signal, onProgress: terminal.progress });
        tellPlan(planned, context);
        const onProgress = progressTo(given, context, epochLine);
        const reply = await engine.call('fineTune', { ...job, ...run }, { signal, onProgress });
        terminal.result(recordOf(reply), linesOf(reply));
      },
      'train',
    );
  },
};

async function settingsOf(given: Given): Promise<FineTuneSettings> {
  const usual = usualFineTune;
  const objective = oneOf('objective', given.text('objective') ?? usual.objective, fineTuneObjectives);
  const within = (flag: string, fallback: number, min: number, max: number) =>
    numberWithin(given, flag, fallback, min, max);
  const policies = ['all', 'margin', 'gradmatch', 'easy', 'random'] as const;
  return {
    ...updatesOf(given),
    objective,
    norm: oneOf('norm', given.text('norm') ?? usual.norm, ['linf', 'l2']),
    epsilon: given.has('eps') ? radiusOf(given.text('eps') as string) : usual.epsilon,
    attackSteps: given.integer('attack-steps', usual.attackSteps, 1, 1000),
    beta: within('beta', usual.beta, 0, 1000),
    replays: given.integer('replays', usual.replays, 1, 100),
    sigma: within('sigma', usual.sigma, 1e-6, 10),
    featureShare: within('feature-share', usual.featureShare, 1e-6, 10),
    withSite: given.has('with-site'),
    testAttack: given.has('test-attack'),
    layers: given.text('layers') ?? usual.layers,
    budget: within('budget', usual.budget, 1e-6, 1),
    samples: oneOf('samples', given.text('samples') ?? usual.samples, policies),
    fraction: within('fraction', usual.fraction, 1e-6, 1),
    warmUpEpochs: given.integer('warm-up-epochs', usual.warmUpEpochs, 0, 100_000),
    reselectEvery: given.integer('reselect', usual.reselectEvery, 1, 100_000),
    reweigh: !given.has('no-reweigh'),
    calibrationShare: within('calibration', usual.calibrationShare, 0, 0.9),
    costs: costsFor(objective, (await costsOf(given)) ?? usual.costs),
    site: (await siteOf(given)) ?? usual.site,
  };
}

function tellPlan(plan: Plan, { terminal }: Context): void {
  for (const { file, error } of plan.skipped) terminal.note(`left out ${file}: ${messageFor(error)}`);
  const chosen = plan.layers.filter(({ isChosen }) => isChosen);
  const { flops, total, samples, images } = plan;
  const record = {
    plan: {
      layers: chosen.map(({ name }) => name),
      parameters: plan.parameters,
      samples: samples.chosen,
      flops: total.flops,
      validationFlops: total.validationFlops,
      seconds: total.seconds,
      wholeModelFlops: total.wholeFlops,
      scores: plan.layers.map(({ parameters: _, ...score }) => score),
      images,
      claims: plan.claims,
    },
  };
  terminal.result(record, [
    ...table([
      ['module', 'elements', 'gradient / weight', 'criticality', 'step alone'],
      ...plan.layers.map((layer) => [
        `${layer.isChosen ? '* ' : '  '}${layer.name}`,
        String(layer.size),
        layer.relativeGradient.toExponential(2),
        layer.criticality.toExponential(2),
        `${((100 * layer.aloneFlops) / flops.whole).toFixed(0)} %`,
      ]),
    ]),
    '',
    ...table([
      ['trains', `${plan.parameters} parameters in ${chosen.length} of ${plan.layers.length} modules (*)`],
      ['samples', `${samples.chosen} of ${samples.all} an epoch after the warm-up`],
      [
        'images',
        `${images.train} train, ${images.validation} validation, ${images.calibration} calibration, ${images.test} test`,
      ],
      ['step', stepWords(flops)],
      [
        'cost',
        `about ${total.flops.toExponential(2)} FLOPs, ${Math.ceil(total.seconds)} s; adversarial training of the whole model: ${total.wholeFlops.toExponential(2)} FLOPs`,
      ],
      [
        'of it validation',
        `${total.validationFlops.toExponential(2)} FLOPs; the test at the end comes on top`,
      ],
    ]),
    ...claimLines(plan),
    '',
  ]);
}

function stepWords({ step, least, whole }: Plan['flops']): string {
  const share = (flops: number) => `${((100 * flops) / whole).toFixed(0)} %`;
  return `${share(step)} of one that trains everything (no choice of layers costs less than ${share(least)})`;
}

/** What the thresholds can show in the end, and what it would take to show more. */
function claimLines({ claims, images }: Plan): string[] {
  if (!claims) return [];
  const kind = (label: string) => (label === 'ok' ? 'good' : label === 'ng' ? 'defective' : label);
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const learned = images.train + images.validation + images.calibration;
  const isSmall = claims.missing.length === 0 && claims.share * learned > images.calibration;
  return [
    '',
    'What the calibration images can show, if thresholds err on none of them (95 % confidence):',
    ...claims.bounds.map(({ label, parts, atMost }) => {
      const errors = label === 'ok' ? 'false alarms' : 'escapes';
      return `  ${errors} at most ${percent(atMost)} (${parts} independent ${kind(label)} parts)`;
    }),
    ...(isSmall
      ? [`  --calibration ${claims.share.toFixed(2)} would show what the ceilings ask, or rates of 10 %`]
      : []),
    ...claims.missing.map(
      ({ label, parts }) =>
        `  ${parts} more ${kind(label)} parts are needed to show what the ceilings ask, or rates of 10 %`,
    ),
  ];
}

function epochLine(figures: Readonly<Record<string, number>>): string {
  const { epoch = 0, loss = NaN, clean = NaN, site = NaN, robust, expectedCost = NaN } = figures;
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const attacked = robust === undefined ? '' : `, attacked ${percent(robust)}`;
  return `epoch ${epoch}  loss ${loss.toFixed(4)}  right: clean ${percent(clean)}, disturbed ${percent(site)}${attacked}  cost ${expectedCost.toFixed(2)}`;
}
