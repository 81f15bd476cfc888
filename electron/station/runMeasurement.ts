import { join } from 'node:path';
import type { ComparisonKind } from '../contract/comparisons.ts';
import type { EngineProgress, FineTuneReply, FineTuneSettings } from '../contract/engine.ts';
import type { ModelRole, ReportSettings } from '../contract/report.ts';
import type { RetrainRequest } from '../contract/retrain.ts';
import { isAttacking, usualEvaluationBatch, usualSite } from '../contract/usualSettings.ts';
import { isSameLimits, judgedByModel, limitsOf } from '../contract/verdict.ts';
import { modelFile } from '../learning/modelFiles.ts';
import type { Begun } from '../learning/runFiles.ts';
import type { DataPaths } from '../platform/paths.ts';
import type { MeasureRequest } from '../report/evaluation/measureModels.ts';

export interface RunToMeasure {
  readonly paths: Pick<DataPaths, 'models' | 'images' | 'runs'>;
  readonly folder: string;
  readonly begun: Begun;
  /** Its test side. */
  readonly parts: readonly { readonly path: string; readonly label: string }[];
  /** File of the model it has made. */
  readonly made: string;
  readonly request: RetrainRequest;
  readonly result: Pick<FineTuneReply, 'before' | 'rethresholded' | 'thresholds'>;
  /** Trainings that it is compared with, as far as they have made a model. */
  readonly compared: readonly ComparedTraining[];
}

export interface ComparedTraining {
  readonly kind: ComparisonKind;
  readonly folder: string;
  readonly made: string;
  readonly thresholds: FineTuneReply['thresholds'];
}

export interface RunMeasurement extends MeasureRequest {
  /** What each of the models is. */
  readonly roles: readonly ModelRole[];
  readonly settings: ReportSettings;
}

/**
 * How a run is measured: the model in use when it was begun, at the thresholds of that time and at those chosen like the
 * candidate's, the one made, at its own, and those of the trainings it is compared with, at theirs; on the run's test side, by its own costs and its own site, under the
 * disturbances of this site at every severity, and attacked as it was itself.
 */
export function runMeasurement(run: RunToMeasure): RunMeasurement {
  const { paths, folder, begun, parts, made, result, compared } = run;
  const { model, job } = begun;
  const { site, costs, seed } = job.settings;
  const groups = new Map(job.images.map(({ path, group }) => [path, group]));
  const [corruptions, attacks] = [corruptionsOf(job.settings), attacksOf(job.settings)];
  const parent = model.origin.tuned;
  const current = {
    path: modelFile(paths.models, model.sha256),
    run: parent ? join(paths.runs, parent.run) : null,
  };
  // Without a class that means OK there is nothing to hold against a threshold.
  const inUse = result.thresholds && limitsOf(judgedByModel(model));
  const chosen = (result.rethresholded ?? result.before)?.thresholds ?? null;
  const isRechosen = inUse && chosen && !isSameLimits(chosen, inUse);
  return {
    models: [
      { ...current, thresholds: inUse },
      ...(isRechosen ? [{ ...current, thresholds: chosen }] : []),
      { path: made, run: folder, thresholds: result.thresholds },
      ...compared.map((other) => ({ path: other.made, run: other.folder, thresholds: other.thresholds })),
    ],
    roles: [
      'current',
      ...(isRechosen ? ['rethresholded' as const] : []),
      'candidate',
      ...compared.map(({ kind }) => kind),
    ],
    base: null,
    job: {
      images: parts.map(({ path, label }) => ({ path, label, group: groups.get(path) ?? null })),
      batch: usualEvaluationBatch,
      ...{ corruptions, attacks, site, costs, seed },
    },
    settings: {
      data: sourcesOf(run).join(', '),
      ...{ corruptions, attacks, site, costs, seed },
      // As the station starts the engine that trains.
      ...{ provider: 'cpu', threads: 0 },
    },
  };
}

function sourcesOf({ request, paths }: RunToMeasure): string[] {
  const { path, records } = request.parts;
  return [...(path === null ? [] : [path]), ...(records === 'none' ? [] : [paths.images])];
}

/** Of its site; where nothing disturbs this, what lines see most. */
export function corruptionsOf({ site }: Pick<FineTuneSettings, 'site'>): string[] {
  const named = (weights: FineTuneSettings['site']) =>
    Object.keys(weights).filter((name) => name !== 'clean' && weights[name]! > 0);
  const own = named(site);
  const conditions = own.length > 0 ? own : named(usualSite);
  return [...new Set(conditions.map((name) => name.split('/')[0]!))];
}

/** The run's own attack, and one that finds what that one misses; `null` where the run knew of none. */
function attacksOf(settings: FineTuneSettings): ReportSettings['attacks'] {
  const { testAttack, objective, norm, epsilon, attackSteps } = settings;
  if (!testAttack && !isAttacking(objective)) return null;
  const attacks = ['pgd', 'apgd-margin'];
  const steps = Object.fromEntries(attacks.map((name) => [name, attackSteps]));
  return { attacks, norm, epsilons: [epsilon], steps };
}

/** How far all the models are, one after the other: they have the same images and conditions before them. */
export function followMeasuring(models: number, tell: (progress: EngineProgress) => void) {
  let measured = 0;
  return {
    onModel: () => void (measured += 1),
    onProgress: ({ stage, done, total }: EngineProgress): void => {
      if (stage === 'evaluate') tell({ stage, done: measured * total + done, total: models * total });
      // The second time these images are read, nobody need be told.
      else if (stage !== 'read' || measured === 0) tell({ stage, done, total });
    },
  };
}
