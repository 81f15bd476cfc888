import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { KenroError } from '../contract/errors.ts';
import type { Comparison } from '../contract/comparisons.ts';
import type { FineTuneReply } from '../contract/engine.ts';
import type { Job } from '../contract/jobs.ts';
import { ReportData, type ModelRole } from '../contract/report.ts';
import type { RetrainRequest } from '../contract/retrain.ts';
import type { Jobs } from '../learning/jobs.ts';
import { fileSha256 } from '../learning/modelFiles.ts';
import type { OnDemandEngine } from '../learning/onDemandEngine.ts';
import type { Retraining } from '../learning/retraining.ts';
import { readBegun, readTestSide } from '../learning/runFiles.ts';
import { progressTo } from '../learning/runFollower.ts';
import { reportFile } from '../learning/runRecords.ts';
import type { Clock } from '../platform/clock.ts';
import { errorCode, writeDurably } from '../platform/durableFile.ts';
import type { DataPaths } from '../platform/paths.ts';
import { evaluationReport, withPictures } from '../report/evaluation/evaluationReport.ts';
import { measureModels } from '../report/evaluation/measureModels.ts';
import { followMeasuring, runMeasurement, type ComparedTraining } from './runMeasurement.ts';

export interface ReportingOptions {
  readonly clock: Clock;
  /** Of Kenro. */
  readonly version: string;
  readonly paths: DataPaths;
  readonly engine: OnDemandEngine;
  readonly jobs: Jobs;
  readonly retraining: Pick<Retraining, 'open'>;
}

/** What the model in use when a run was begun is to it. */
const ofLine = new Set<ModelRole>(['current', 'rethresholded']);

/** A retraining that has made a model. */
interface Measured {
  readonly id: string;
  readonly title: string;
  readonly request: RetrainRequest;
  readonly result: FineTuneReply;
  readonly comparisons: readonly Comparison[];
  /** Images that it could not read. */
  readonly leftOut: readonly string[];
}

/** Evaluation reports of retrainings: the model that was in use beside the one made and its controls, kept in the run's folder. */
export class Reporting {
  readonly #options: ReportingOptions;

  constructor(options: ReportingOptions) {
    this.#options = options;
  }

  /**
   * Measures a run; a report made before is replaced once the new one is whole. While it is being measured already,
   * that job is the answer.
   * @throws {KenroError} `notFound` where the run has made nothing yet, `tooFewImages` where it has no test side
   */
  async start(id: string): Promise<Job> {
    const { jobs, retraining } = this.#options;
    const { title, productId, retrain } = await retraining.open(id);
    const result = retrain?.result;
    if (!result) throw new KenroError('notFound', { what: 'job', id });
    if (!result.after) throw new KenroError('tooFewImages', { found: 0, needed: 1 });
    const earlier = jobs.list().filter(({ reportOf }) => reportOf === id);
    const underWay = earlier.find(({ state }) => state === 'running');
    if (underWay) return underWay;
    for (const ended of earlier) jobs.dismiss(ended.id);
    const leftOut = (retrain.plan?.skipped ?? []).map(({ file }) => file);
    const { request, comparisons } = retrain;
    const run: Measured = { id, title, request, result, comparisons, leftOut };
    const about = { kind: 'report', title, productId, stage: 'read', reportOf: id } as const;
    return jobs.start(about, async (advance, signal) => {
      const tell = progressTo(advance, this.#options.clock);
      const report = await this.#measured(run, signal, tell);
      if (signal.aborted) throw new KenroError('cancelled');
      await writeDurably(this.#fileOf(id), JSON.stringify(report));
      // It may have been taken off the list meanwhile; opened again it shows what it has.
      if (jobs.list().some((job) => job.id === id)) jobs.complete(id, { hasReport: true });
      return {};
    });
  }

  /** @throws {KenroError} `notFound` where there is none; `reportUnreadable` naming the file */
  read(id: string): Promise<ReportData> {
    return readReport(this.#fileOf(id));
  }

  async #measured(
    { id, title, request, result, comparisons, leftOut }: Measured,
    signal: AbortSignal,
    tell: ReturnType<typeof progressTo>,
  ): Promise<ReportData> {
    const { paths, engine, clock, version } = this.#options;
    const folder = this.#folderOf(id);
    const [begun, parts] = [await readBegun(folder), await readTestSide(folder)];
    const made = await madeIn(folder, result);
    const compared = await comparedIn(folder, comparisons);
    const { settings, roles, ...measurement } = runMeasurement({
      paths,
      folder,
      begun,
      parts,
      made,
      request,
      result,
      compared,
    });
    const { onProgress, onModel } = followMeasuring(measurement.models.length, tell);
    return engine.use(async (client) => {
      const measured = await measureModels(client, measurement, { signal, onProgress }, onModel);
      const about = { madeAtMs: clock.nowMs(), version, settings, leftOut: [...leftOut] };
      tell({ stage: 'pictures', done: 0, total: 0 });
      const known = roles.map((role) => ({ role, name: ofLine.has(role) ? begun.model.name : title }));
      return withPictures(evaluationReport(measured, about, known), client);
    });
  }

  #folderOf(id: string): string {
    return join(this.#options.paths.runs, id);
  }

  #fileOf(id: string): string {
    return join(this.#folderOf(id), reportFile);
  }
}

/** @throws {KenroError} `notFound` where there is none; `reportUnreadable` naming the file */
export async function readReport(path: string): Promise<ReportData> {
  try {
    return ReportData.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') throw new KenroError('notFound', { what: 'report', path }, { cause });
    throw new KenroError('reportUnreadable', { path }, { cause });
  }
}

/** Where what a training has made lies now: the data folder may have moved since. @throws {KenroError} `modelHashMismatch` */
async function madeIn(folder: string, { model, sha256 }: FineTuneReply): Promise<string> {
  const path = join(folder, basename(model));
  if ((await fileSha256(path)) !== sha256) throw new KenroError('modelHashMismatch', { path });
  return path;
}

/** Those that have ended well. @throws {KenroError} as `madeIn` */
function comparedIn(folder: string, comparisons: readonly Comparison[]): Promise<ComparedTraining[]> {
  const ended = comparisons.flatMap(({ kind, result }) => (result ? [{ kind, result }] : []));
  return Promise.all(
    ended.map(async ({ kind, result }) => {
      const own = join(folder, kind);
      return { kind, folder: own, made: await madeIn(own, result), thresholds: result.thresholds };
    }),
  );
}
