import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { judgedByModel, limitsOf } from '../contract/verdict.ts';
import type { Model } from '../contract/domain.ts';
import { KenroError } from '../contract/errors.ts';
import type { Job } from '../contract/jobs.ts';
import { ReportSummary, type ModelReportRequest } from '../contract/modelReports.ts';
import type { ReportData } from '../contract/report.ts';
import { usualEvaluationBatch, usualFineTune } from '../contract/usualSettings.ts';
import type { Sample } from '../learning/dataset.ts';
import type { Jobs } from '../learning/jobs.ts';
import { modelFile } from '../learning/modelFiles.ts';
import type { OnDemandEngine } from '../learning/onDemandEngine.ts';
import { readBegun, readTestSide } from '../learning/runFiles.ts';
import { progressTo } from '../learning/runFollower.ts';
import { gatherParts } from '../learning/trainingParts.ts';
import type { Clock } from '../platform/clock.ts';
import { errorCode, writeDurably } from '../platform/durableFile.ts';
import type { Log } from '../platform/log.ts';
import type { DataPaths } from '../platform/paths.ts';
import { evaluationReport, withPictures } from '../report/evaluation/evaluationReport.ts';
import { measureModels, type MeasureRequest } from '../report/evaluation/measureModels.ts';
import { appendAudit } from '../store/audit.ts';
import type { WritableDb } from '../store/db.ts';
import { readModel } from '../store/models.ts';
import { readReport } from './reporting.ts';
import { corruptionsOf, followMeasuring } from './runMeasurement.ts';

export interface ModelReportsOptions {
  readonly db: WritableDb;
  readonly clock: Clock;
  /** Of Kenro. */
  readonly version: string;
  readonly paths: DataPaths;
  readonly engine: OnDemandEngine;
  readonly jobs: Jobs;
  readonly log: Log;
}

const aboutFile = 'about.json';
const reportFile = 'report.json';

/** Evaluation reports on any models of a product, each in a folder of its own until somebody deletes it. */
export class ModelReports {
  readonly #options: ModelReportsOptions;

  constructor(options: ModelReportsOptions) {
    this.#options = options;
  }

  /** @throws {KenroError} `notFound` for a model that is not there; `badRequest` for one of another product */
  start(request: ModelReportRequest): Job {
    const { db, jobs, clock } = this.#options;
    const { productId } = request.parts;
    const models = request.modelIds.map((id) => readModel(db, id));
    const foreign = models.find((model) => model.productId !== productId);
    if (foreign) throw new KenroError('badRequest', { field: 'modelIds', reason: foreign.name });
    const about = { kind: 'report', title: request.name, productId, stage: 'read' } as const;
    return jobs.start(about, async (advance, signal, id) => {
      const report = await this.#measured(request, models, signal, progressTo(advance, clock));
      if (signal.aborted) throw new KenroError('cancelled');
      const summary: ReportSummary = {
        ...{ id, title: request.name, productId, madeAtMs: report.madeAtMs },
        models: models.map(({ name }) => name),
      };
      const folder = this.#folderOf(id);
      await writeDurably(join(folder, reportFile), JSON.stringify(report));
      await writeDurably(join(folder, aboutFile), JSON.stringify(summary));
      return { hasReport: true };
    });
  }

  /** Of a product, newest first. */
  async list(productId: number): Promise<ReportSummary[]> {
    const { paths } = this.#options;
    const ids = await readdir(paths.reports);
    const found = await Promise.all(ids.map((id) => this.#about(id)));
    return found
      .flatMap((each) => (each?.productId === productId ? [each] : []))
      .sort((one, other) => other.madeAtMs - one.madeAtMs);
  }

  /** @throws {KenroError} `notFound` where there is none; `reportUnreadable` naming the file */
  read(id: string): Promise<ReportData> {
    return readReport(join(this.#folderOf(id), reportFile));
  }

  /** @throws {KenroError} `notFound` */
  async remove(id: string): Promise<void> {
    const { db, clock, jobs } = this.#options;
    const about = await this.#about(id);
    if (!about) throw new KenroError('notFound', { what: 'report', id });
    await rm(this.#folderOf(id), { recursive: true, force: true });
    if (jobs.list().some((job) => job.id === id)) jobs.dismiss(id);
    appendAudit(db, { action: 'report.remove', detail: about }, clock.nowMs());
  }

  async #measured(
    request: ModelReportRequest,
    models: readonly Model[],
    signal: AbortSignal,
    tell: ReturnType<typeof progressTo>,
  ): Promise<ReportData> {
    const { db, paths, engine, clock, version } = this.#options;
    const { samples } = await gatherParts(db, paths.images, request.parts);
    const images = await this.#unlearned(testSide(samples), models);
    if (images.length === 0) throw new KenroError('tooFewImages', { found: 0, needed: 1 });
    const { costs, site, attacks, parts } = request;
    const corruptions = request.allDisturbances ? ('all' as const) : corruptionsOf({ site });
    const { seed } = usualFineTune;
    const measurement: MeasureRequest = {
      models: models.map((model) => this.#asMeasured(model)),
      base: null,
      job: {
        images: images.map(({ path, label, group }) => ({ path, label, group })),
        batch: usualEvaluationBatch,
        ...{ corruptions, attacks, site, costs, seed },
      },
    };
    const data = [
      ...(parts.path === null ? [] : [parts.path]),
      ...(parts.records === 'none' ? [] : [paths.images]),
    ];
    const settings = { ...{ corruptions, attacks, site, costs, seed }, provider: 'cpu', threads: 0 };
    const { onProgress, onModel } = followMeasuring(models.length, tell);
    return engine.use(async (client) => {
      const measured = await measureModels(client, measurement, { signal, onProgress }, onModel);
      const about = { madeAtMs: clock.nowMs(), version, settings: { ...settings, data: data.join(', ') } };
      tell({ stage: 'pictures', done: 0, total: 0 });
      const known = models.map(({ name }) => ({ name, role: null }));
      return withPictures(evaluationReport(measured, { ...about, leftOut: [] }, known), client);
    });
  }

  /** Without the parts that one of the models was retrained on, as far as its run is still there to tell. */
  async #unlearned(samples: readonly Sample[], models: readonly Model[]): Promise<readonly Sample[]> {
    const runs = models.flatMap(({ origin }) => (origin.tuned ? [origin.tuned.run] : []));
    const learned = await Promise.all(runs.map((run) => learnedBy(join(this.#options.paths.runs, run))));
    const known = new Set(learned.flat());
    return samples.filter(({ path }) => !known.has(path));
  }

  /** As the line judges by it. */
  #asMeasured(model: Model): MeasureRequest['models'][number] {
    const { paths } = this.#options;
    const { sha256, classes, origin } = model;
    const meansOk = classes === undefined || classes.okLabels.length > 0;
    return {
      path: modelFile(paths.models, sha256),
      run: origin.tuned ? join(paths.runs, origin.tuned.run) : null,
      thresholds: meansOk ? limitsOf(judgedByModel(model)) : null,
    };
  }

  /** `null` for what is no report, or none that this version can read. */
  async #about(id: string): Promise<ReportSummary | null> {
    const file = join(this.#folderOf(id), aboutFile);
    try {
      return ReportSummary.parse(JSON.parse(await readFile(file, 'utf8')));
    } catch (thrown) {
      const isLost = !['ENOENT', 'ENOTDIR'].includes(errorCode(thrown) ?? '');
      if (isLost) this.#options.log.warn(`${file} cannot be read`, thrown);
      return null;
    }
  }

  #folderOf(id: string): string {
    return join(this.#options.paths.reports, id);
  }
}

/** What a data set keeps for testing; where it does not say, everything. */
function testSide(samples: readonly Sample[]): readonly Sample[] {
  const kept = samples.filter(({ split }) => split === 'test');
  return kept.length > 0 ? kept : samples;
}

/** Images that a retraining did not keep for its test; none where its folder is gone. */
async function learnedBy(folder: string): Promise<string[]> {
  try {
    const [{ job }, tested] = [await readBegun(folder), await readTestSide(folder)];
    const kept = new Set(tested.map(({ path }) => path));
    return job.images.flatMap(({ path }) => (kept.has(path) ? [] : [path]));
  } catch (thrown) {
    if (thrown instanceof KenroError && thrown.kind === 'runFileUnreadable') return [];
    throw thrown;
  }
}
