import { resolve } from 'node:path';
import { disturbanceNames } from '../../contract/disturbances.ts';
import type { ReportSettings } from '../../contract/report.ts';
import { usualCosts } from '../../contract/usualSettings.ts';
import { testSamples } from '../../learning/dataset.ts';
import { programVersion } from '../../platform/places.ts';
import { evaluationReport, withPictures } from '../../report/evaluation/evaluationReport.ts';
import {
  measureModels,
  type MeasuredModel,
  type MeasureRequest,
} from '../../report/evaluation/measureModels.ts';
import { engineFlags, someOf } from '../arguments.ts';
import { attackFlags, attackPlanOf, batchOf } from '../attackFlags.ts';
import type { Command, Given } from '../command.ts';
import { linesOf, recordOf } from '../evaluationLines.ts';
import { dataDetails, dataFlags, labelledImages, limited } from '../labelledImages.ts';
import { reportFilesOf, reportFlags } from '../reportFiles.ts';
import { costsFlag, costsOf, siteFlag, siteOf, usualCostsDetail } from '../settingsFiles.ts';
import { numberWithin } from '../trainingFlags.ts';
import { withEngine } from '../withEngine.ts';

export const evaluate: Command = {
  name: 'evaluate',
  summary:
    'Measures models on labelled images, disturbed and attacked ones too, with 95 % confidence intervals.',
  usage:
    '--model FILE [--model FILE...] --data DIR [--corruptions all] [--attacks NAMES] [--costs FILE] [--site FILE] [--report FILE.html]',
  details: [
    ...dataDetails,
    'Where there is a test part, only it is used.',
    'Attacks run one after the other, each on the images that the ones before left standing.',
    '--calibrate deals the images by class and group, the same way for every model; without it models run at their own',
    'thresholds.',
    'Several models are compared on the same images; the first is what the others are held against.',
    usualCostsDetail,
    'Without --site the pictures of the line are taken to be undisturbed.',
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
    ...costsFlag,
    ...siteFlag,
    calibrate: {
      type: 'string',
      value: 'SHARE',
      help: "of the images: every model's thresholds are chosen on them by expected cost, all figures are of the others",
    },
    base: {
      type: 'string',
      value: 'FILE',
      help: 'model to compare layers with (default: the first of several)',
    },
    ...reportFlags,
    ...engineFlags,
  },
  run: async (given, { terminal, clock, signal }) => {
    const reports = await reportFilesOf(given);
    const settings = await settingsOf(given);
    const request = await requestOf(given, settings);
    await withEngine(given, async (engine) => {
      const earlier: MeasuredModel[] = [];
      const measured = await measureModels(
        engine,
        request,
        { signal, onProgress: terminal.progress },
        (model) => {
          const told = { measured: model, earlier: [...earlier], settings };
          terminal.result(recordOf(told), linesOf(told));
          earlier.push(model);
        },
      );
      if (reports.paths.length === 0) return;
      const about = { madeAtMs: clock.nowMs(), version: programVersion(), settings, leftOut: [] };
      await reports.write(await withPictures(evaluationReport(measured, about), engine));
      for (const path of reports.paths) terminal.note(`report ${path}`);
    });
  },
};

async function settingsOf(given: Given): Promise<ReportSettings> {
  return {
    data: resolve(given.text('data') as string),
    corruptions: corruptionsOf(given),
    attacks: attackPlanOf(given),
    site: (await siteOf(given)) ?? { clean: 1 },
    costs: (await costsOf(given)) ?? usualCosts,
    seed: given.integer('seed', 0, 0, 0xffff_ffff),
    provider: given.text('provider') ?? 'cpu',
    threads: given.integer('threads', 0, 0, 1024),
  };
}

async function requestOf(given: Given, settings: ReportSettings): Promise<MeasureRequest> {
  const samples = limited(testSamples(await labelledImages(given)), given);
  const base = given.text('base');
  const { corruptions, attacks, site, costs, seed } = settings;
  return {
    models: given.texts('model').map((path) => ({ path: resolve(path), run: null, thresholds: null })),
    base: base === undefined ? null : resolve(base),
    job: {
      images: samples.map(({ path, label, group }) => ({ path, label, group })),
      batch: batchOf(given),
      calibrate: numberWithin(given, 'calibrate', 0, 0, 0.9),
      ...{ corruptions, attacks, site, costs, seed },
    },
  };
}

function corruptionsOf(given: Given): 'all' | string[] {
  const names = given.text('corruptions') ?? 'none';
  if (names === 'all') return 'all';
  if (names === 'none') return [];
  return someOf('corruptions', names, disturbanceNames);
}
