import { resolve } from 'node:path';
import type { EngineReply } from '../../contract/engine.ts';
import { testSamples } from '../../learning/dataset.ts';
import type { Sample } from '../../learning/dataset.ts';
import { engineFlags } from '../arguments.ts';
import type { Command, Context, Given } from '../command.ts';
import { dataDetails, dataFlags, labelledImages, limited } from '../labelledImages.ts';
import { table } from '../terminal.ts';
import { withEngine } from '../withEngine.ts';

type Report = EngineReply<'evaluate'>;
type Rate = Report['accuracy'];

export const evaluate: Command = {
  name: 'evaluate',
  summary: 'Measures models on labelled images, with 95 % confidence intervals.',
  usage: '--model FILE [--model FILE...] --data DIR',
  details: [...dataDetails, 'Where there is a test part, only it is used.'],
  flags: {
    model: { type: 'string', value: 'FILE', help: 'a detector', required: true, multiple: true },
    ...dataFlags,
    ...engineFlags,
  },
  run: async (given, context) => {
    const images = await imagesOf(given);
    const thresholds = null;
    const seed = given.integer('seed', 0, 0, 0xffff_ffff);
    await withEngine(given, async (engine) => {
      for (const model of given.texts('model')) {
        const report = await engine.call(
          'evaluate',
          { model: resolve(model), images, thresholds, seed },
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

function tell(report: Report, { terminal }: Context): void {
  const record = {
    model: report.model,
    sha256: report.sha256,
    cleanAccuracy: report.accuracy?.value ?? null,
    auroc: report.auroc?.value ?? null,
    falseAlarmRate: report.falseAlarms?.value ?? null,
    escapeRate: report.escapes?.value ?? null,
    reviewRate: report.reviews?.value ?? null,
    threshold: report.thresholds.ng,
    reviewThreshold: report.thresholds.review,
    flops: report.flops,
    images: report.scores.length,
    failed: report.scores.filter(({ error }) => error !== null).length,
    byLabel: report.byLabel.map(({ label, images, auroc, detected }) => ({
      label,
      images,
      auroc,
      detectionRate: detected.value,
    })),
    flags: [],
    intervals: {
      cleanAccuracy: report.accuracy?.interval ?? null,
      auroc: report.auroc?.interval ?? null,
      falseAlarmRate: report.falseAlarms?.interval ?? null,
      escapeRate: report.escapes?.interval ?? null,
      reviewRate: report.reviews?.interval ?? null,
    },
    seconds: report.seconds,
  };
  terminal.result(record, linesOf(report));
}

function linesOf(report: Report): string[] {
  return [
    report.model,
    ...table([
      ['  accuracy', rateText(report.accuracy)],
      ['  AUROC', report.auroc ? intervalText(report.auroc.value, report.auroc.interval) : 'needs OK and NG'],
      ['  false alarms', rateText(report.falseAlarms)],
      ['  escapes', rateText(report.escapes)],
      ['  reviews', rateText(report.reviews)],
      ...report.byLabel.map(({ label, images, auroc, detected }) => [
        `  ${label}`,
        `${images} images, not OK ${percent(detected.value)}${auroc === null ? '' : `, AUROC ${auroc.toFixed(3)}`}`,
      ]),
    ]),
  ];
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
