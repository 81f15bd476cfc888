import { resolve } from 'node:path';
import type { EngineReply } from '../../contract/engine.ts';
import { testSamples } from '../../learning/dataset.ts';
import type { Sample } from '../../learning/dataset.ts';
import { engineFlags } from '../arguments.ts';
import { attackFlags, attackPlanOf, batchOf } from '../attackFlags.ts';
import type { Command, Context, Given } from '../command.ts';
import { dataDetails, dataFlags, labelledImages, limited } from '../labelledImages.ts';
import { table } from '../terminal.ts';
import { withEngine } from '../withEngine.ts';

type Report = EngineReply<'evaluate'>;
type Rate = Report['cleanAccuracy'];

export const evaluate: Command = {
  name: 'evaluate',
  summary:
    'Measures models on labelled images, disturbed and attacked ones too, with 95 % confidence intervals.',
  usage:
    '--model FILE [--model FILE...] --data DIR [--corruptions all] [--attacks pgd,apgd-margin,fab,square]',
  details: [
    ...dataDetails,
    'Where there is a test part, only it is used.',
    'Attacks run one after the other, each on the images that the ones before left standing.',
  ],
  flags: {
    model: {
      type: 'string',
      value: 'FILE',
      help: 'a detector or classifier',
      required: true,
      multiple: true,
    },
    ...dataFlags,
    corruptions: { type: 'string', value: 'NAMES', help: 'all, none (default) or names separated by commas' },
    attacks: { type: 'string', value: 'NAMES', help: 'names separated by commas (default none)' },
    ...attackFlags,
    ...engineFlags,
  },
  run: async (given, context) => {
    const images = await imagesOf(given);
    const job = {
      images,
      thresholds: null,
      corruptions: corruptionsOf(given),
      attacks: attackPlanOf(given),
      batch: batchOf(given),
      seed: given.integer('seed', 0, 0, 0xffff_ffff),
    };
    await withEngine(given, async (engine) => {
      for (const model of given.texts('model')) {
        const report = await engine.call(
          'evaluate',
          { model: resolve(model), ...job },
          { signal: context.signal, onProgress: context.terminal.progress },
        );
        tell(report, context);
      }
    });
  },
};

async function imagesOf(given: Given): Promise<Pick<Sample, 'path' | 'label' | 'group'>[]> {
  const samples = limited(testSamples(await labelledImages(given)), given);
  return samples.map(({ path, label, group }) => ({ path, label, group }));
}

function corruptionsOf(given: Given): 'all' | string[] {
  const names = given.text('corruptions') ?? 'none';
  return names === 'all' ? 'all' : names === 'none' ? [] : names.split(',').map((name) => name.trim());
}

function tell(report: Report, { terminal }: Context): void {
  const { clean } = report;
  const record = {
    model: report.model,
    sha256: report.sha256,
    kind: report.kind,
    cleanAccuracy: report.cleanAccuracy?.value ?? null,
    auroc: clean?.auroc?.value ?? null,
    falseAlarmRate: clean?.falseAlarms?.value ?? null,
    escapeRate: clean?.escapes?.value ?? null,
    reviewRate: clean?.reviews?.value ?? null,
    threshold: report.thresholds.ng,
    reviewThreshold: report.thresholds.review,
    corruption: Object.fromEntries(
      Object.entries(report.corruption).map(([name, rates]) => [name, rates.map(({ value }) => value)]),
    ),
    corruptionAccuracy: report.corruptionAccuracy,
    robustAccuracy: Object.fromEntries(report.robust.map(({ name, accuracy }) => [name, accuracy.value])),
    brokenBy: Object.fromEntries(report.robust.map(({ name, brokenBy }) => [name, brokenBy])),
    flops: report.flops,
    evaluationFlops: report.evaluationFlops,
    images: report.images.length + report.unreadable.length,
    failed: report.unreadable.length,
    byLabel: (clean?.byLabel ?? []).map(({ label, images, auroc, detected }) => ({
      label,
      images,
      auroc,
      detectionRate: detected.value,
    })),
    flags: report.flags,
    intervals: {
      cleanAccuracy: report.cleanAccuracy?.interval ?? null,
      auroc: clean?.auroc?.interval ?? null,
      falseAlarmRate: clean?.falseAlarms?.interval ?? null,
      escapeRate: clean?.escapes?.interval ?? null,
      reviewRate: clean?.reviews?.interval ?? null,
      robustAccuracy: Object.fromEntries(
        report.robust.map(({ name, accuracy }) => [name, accuracy.interval]),
      ),
    },
    seconds: report.seconds,
  };
  terminal.result(record, linesOf(report));
}

function linesOf(report: Report): string[] {
  const { clean } = report;
  return [
    report.model,
    ...table([
      ['  accuracy', rateText(report.cleanAccuracy)],
      ...(clean ? verdictLines(clean) : []),
      ...Object.entries(report.corruption).map(([name, rates]) => [
        `  ${name}`,
        `${rates.map(({ value }) => value.toFixed(3)).join('  ')}  (severity 1 to 5)`,
      ]),
      ...(report.corruptionAccuracy === null
        ? []
        : [['  accuracy, disturbed', `${report.corruptionAccuracy.toFixed(4)}  (mean)`]]),
      ...report.robust.map(({ name, accuracy, brokenBy }) => [
        `  robust, ${name}`,
        `${rateText(accuracy)}${brokenText(brokenBy)}`,
      ]),
    ]),
    ...report.flags.map((flag) => `  caution: ${cautions[flag.kind]} (${flag.images} of ${flag.of} images)`),
  ];
}

function verdictLines(clean: NonNullable<Report['clean']>): string[][] {
  return [
    ['  AUROC', clean.auroc ? intervalText(clean.auroc.value, clean.auroc.interval) : 'needs OK and NG'],
    ['  false alarms', rateText(clean.falseAlarms)],
    ['  escapes', rateText(clean.escapes)],
    ['  reviews', rateText(clean.reviews)],
    ...clean.byLabel.map(({ label, images, auroc, detected }) => [
      `  ${label}`,
      `${images} images, not OK ${percent(detected.value)}${auroc === null ? '' : `, AUROC ${auroc.toFixed(3)}`}`,
    ]),
  ];
}

/** What a sanity flag means for whoever reads the robust accuracy. */
const cautions: Readonly<Record<Report['flags'][number]['kind'], string>> = {
  randomised: 'the same image gives different outputs, so gradients mislead attacks',
  probabilities: 'the outputs look like probabilities, not logits, so gradients vanish',
  zeroGradients: 'the gradient is zero, so attacks that follow it stand still',
  epsilonHarmless: 'images withstand a change that leaves nothing of them, so the attacks are at fault',
  squareFound: 'Square, without gradients, broke what gradient attacks could not',
  noiseFound: 'random noise broke what the attacks could not',
};

function brokenText(brokenBy: Readonly<Record<string, number>>): string {
  const parts = Object.entries(brokenBy).map(([name, count]) => `${name} ${count}`);
  return parts.length === 0 ? '' : `  broken by ${parts.join(', ')}`;
}

function rateText(rate: Rate): string {
  return rate ? `${intervalText(rate.value, rate.interval)}  (${rate.hits} of ${rate.of})` : 'no such images';
}

function intervalText(value: number, [low, high]: readonly [number, number]): string {
  return `${value.toFixed(4)}  [${low.toFixed(4)}, ${high.toFixed(4)}]`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
