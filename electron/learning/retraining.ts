import { basename, join } from 'node:path';
import type { ComparisonKind } from '../contract/comparisons.ts';
import type { Model } from '../contract/domain.ts';
import type { FineTuneJob } from '../contract/engine.ts';
import { KenroError } from '../contract/errors.ts';
import type { Job } from '../contract/jobs.ts';
import type { RetrainRequest, RetrainRun, RunSummary } from '../contract/retrain.ts';
import type { ScreenJob, Screening } from '../contract/screening.ts';
import { judgedByModel, limitsOf } from '../contract/verdict.ts';
import type { Clock } from '../platform/clock.ts';
import { writeDurably } from '../platform/durableFile.ts';
import type { DataPaths } from '../platform/paths.ts';
import { appendAudit } from '../store/audit.ts';
import type { WritableDb } from '../store/db.ts';
import { listModels, readModel } from '../store/models.ts';
import { readProduct } from '../store/products.ts';
import { addCandidate } from './candidates.ts';
import { carryOutRun } from './carryOutRun.ts';
import type { Advance, JobResult, Jobs } from './jobs.ts';
import { adoptModel, modelFile } from './modelFiles.ts';
import type { OnDemandEngine } from './onDemandEngine.ts';
import { keepReference } from './reference.ts';
import { progressTo, RunFollower } from './runFollower.ts';
import { begunFile, readBegun, type Begun } from './runFiles.ts';
import type { RunRecords } from './runRecords.ts';
import { gatherParts } from './trainingParts.ts';

export interface RetrainingOptions {
  db: WritableDb;
  clock: Clock;
  paths: DataPaths;
  engine: OnDemandEngine;
  jobs: Jobs;
  /** Of runs, earlier ones too. */
  records: RunRecords;
  /** By the station's own key. */
  sign: (model: Model) => void;
  /** A candidate has joined the registry. */
  onModel: (model: Model) => void;
}

/** What is shown of a run: parts whose verdicts it changed, samples it trained on, or suspects. */
export type ShownPart = 'part' | 'sample' | 'suspect';

/** Memory for decoded pictures. */
const cacheMb = 512;

interface Handles {
  readonly follower: RunFollower;
  readonly comparing: Map<ComparisonKind, AbortController>;
}

/** Fine-tunes the model that a product is judged by, beside the running line. One run at a time. */
export class Retraining {
  readonly #options: RetrainingOptions;
  /** Of runs under way. */
  readonly #handles = new Map<string, Handles>();

  constructor(options: RetrainingOptions) {
    this.#options = options;
  }

  /** Says what a run would train and cost. @throws {KenroError} `notFound`; `noModel` where there is none to retrain. */
  plan(request: RetrainRequest): Job {
    const { jobs, engine, clock } = this.#options;
    const model = this.#modelOf(request);
    const about = { kind: 'plan', title: request.name, productId: request.parts.productId } as const;
    return jobs.start({ ...about, stage: 'read', retrain: runOf(request) }, async (advance, signal) => {
      const { job, screen } = await this.#jobsOf(request, model);
      return engine.use(async (client) => {
        const follow = { signal, onProgress: progressTo(advance, clock) };
        const screening = await client.call('screen', screen, follow);
        advance({ retrain: { ...runOf(request), screening } });
        const plan = await client.call('planFineTune', job, follow);
        return { retrain: { ...runOf(request), screening, plan }, skipped: plan.skipped };
      });
    });
  }

  /** Throws as `plan`, and `conflict` while another run is under way. */
  start(request: RetrainRequest): Job {
    const { db, clock, jobs } = this.#options;
    this.#assertAlone();
    const model = this.#modelOf(request);
    const detail = { ...request, model: model.name, sha256: model.sha256 };
    appendAudit(db, { action: 'retrain.start', detail }, clock.nowMs());
    const run = runOf(request);
    return jobs.start(aboutRun(request, run), (advance, signal, id) =>
      this.#run(run, { advance, signal, id }, async () => {
        const begun: Begun = { model, ...(await this.#jobsOf(request, model)) };
        await writeDurably(join(this.#folderOf(id), begunFile), JSON.stringify(begun, null, 2));
        return begun;
      }),
    );
  }

  /**
   * Goes on where a run was left that was cancelled or interrupted or has failed, with the images and settings it was
   * begun with.
   * @throws {KenroError} `notFound`; `runFileUnreadable`; `conflict` while it or another runs
   */
  async resume(id: string): Promise<Job> {
    const { db, clock, jobs } = this.#options;
    const { retrain } = await this.open(id);
    if (!retrain) throw new KenroError('notFound', { what: 'job', id });
    const begun = await readBegun(this.#folderOf(id));
    this.#assertAlone();
    const run = { ...retrain, isPaused: false };
    appendAudit(db, { action: 'retrain.resume', detail: { run: id } }, clock.nowMs());
    return jobs.restart(id, aboutRun(run.request, run), (advance, signal) =>
      this.#run(run, { advance, signal, id }, () => Promise.resolve(begun)),
    );
  }

  /** Runs of a product, of earlier starts too, newest first. */
  runs(productId: number): Promise<RunSummary[]> {
    return this.#options.records.list(productId);
  }

  /** Brings a run of an earlier start among the jobs. @throws {KenroError} `notFound` */
  async open(id: string): Promise<Job> {
    const { jobs, records } = this.#options;
    const isHere = () => jobs.list().find((job) => job.id === id);
    const known = isHere() ?? (await records.read(id));
    // Meanwhile another page may have asked for it too.
    if (isHere() === undefined) jobs.restore(known);
    return jobs.read(id);
  }

  /** Holds a run before its next step, or lets it go on. @throws {KenroError} `notFound`. */
  async pause(id: string, isPaused: boolean): Promise<void> {
    const { follower } = this.#underWay(id);
    await this.#options.engine.use((client) => client.call('pauseTraining', { paused: isPaused }));
    follower.change({ isPaused });
  }

  /** Leaves out one of the trainings that a run is compared with. @throws {KenroError} `notFound`. */
  leaveOut(id: string, kind: ComparisonKind): void {
    const { follower, comparing } = this.#underWay(id);
    const state = follower.run.comparisons.find((each) => each.kind === kind)?.state;
    if (state === 'running') comparing.get(kind)?.abort();
    else if (state === 'waiting') follower.changeComparison(kind, { state: 'cancelled' });
    else throw new KenroError('notFound', { what: 'job', id });
  }

  /**
   * Puts what a run has made into the registry, beside the model in use.
   * @param reason why, where what it has made breaks ceilings
   * @throws {KenroError} `notFound` (no such run, or nothing made); `conflict` where it is there already; `reasonMissing`;
   *   `runFileUnreadable`; as `adoptModel`
   */
  async makeCandidate(id: string, name: string, reason: string | null): Promise<Model> {
    const { db, clock, jobs, paths, sign, onModel } = this.#options;
    const { retrain, modelId } = await this.open(id);
    const result = retrain?.result;
    if (!result) throw new KenroError('notFound', { what: 'job', id });
    if (listModels(db).some((model) => model.id === modelId))
      throw new KenroError('conflict', { what: 'model', name });
    if (result.breaches.length > 0 && reason === null) throw new KenroError('reasonMissing', { name });
    const { model: before, job } = await readBegun(this.#folderOf(id));
    // Where the run lies now: the data folder may have moved since.
    await adoptModel(paths.models, join(this.#folderOf(id), basename(result.model)), [], result.sha256);
    await keepReference(paths.models, result.sha256, result.reference ?? []);
    const model = addCandidate(db, { name, reason, before, job, result, runId: id }, clock.nowMs());
    sign(model);
    jobs.complete(id, { modelId: model.id });
    onModel(model);
    return model;
  }

  /**
   * File of a part whose verdict a run changed, of a sample it chose, or of a suspect of a run, plan or screening, by its
   * place among those shown; `null` where there is none.
   */
  async shownPart(id: string, what: ShownPart, index: number): Promise<string | null> {
    const { jobs, records } = this.#options;
    const job = jobs.list().find((each) => each.id === id) ?? (await records.read(id));
    const { changed, chosen } = job.retrain?.result ?? {};
    const suspects = (job.screening ?? job.retrain?.screening)?.suspects;
    const shown = { part: changed?.parts, sample: chosen?.parts, suspect: suspects }[what];
    return shown?.[index]?.path ?? null;
  }

  async #run(
    run: RetrainRun,
    { advance, signal, id }: { advance: Advance; signal: AbortSignal; id: string },
    begin: () => Promise<Begun>,
  ): Promise<JobResult> {
    const { engine, clock, paths } = this.#options;
    const handles: Handles = { follower: new RunFollower(run, advance, clock), comparing: new Map() };
    this.#handles.set(id, handles);
    const { follower } = handles;
    try {
      const { model, job, screen } = await begin();
      // The data folder may have moved since.
      const file = modelFile(paths.models, model.sha256);
      const here = { ...job, model: file };
      const screenHere = screen && { ...screen, model: file };
      const onScreened = (found: Screening) => this.#noteScreened(id, run.request.leftOut, found);
      return await engine.use(async (client) => {
        try {
          const folder = this.#folderOf(id);
          const { formulations } = paths;
          const under = { client, job: here, screen: screenHere, onScreened, folder, formulations };
          await carryOutRun({ ...under, advance, signal, ...handles });
          return { retrain: follower.run };
        } finally {
          if (follower.run.isPaused) {
            follower.change({ isPaused: false });
            // An engine that is gone holds nothing.
            await client.call('pauseTraining', { paused: false }).catch(() => undefined);
          }
        }
      });
    } finally {
      this.#handles.delete(id);
    }
  }

  async #jobsOf(
    { parts, settings, compare, leftOut }: RetrainRequest,
    model: Model,
  ): Promise<{ job: FineTuneJob; screen: ScreenJob }> {
    const { db, paths } = this.#options;
    const { samples, corrected } = await gatherParts(db, paths.images, parts);
    const without = new Set(leftOut);
    const kept = samples.filter(({ path }) => !without.has(path));
    if (kept.length === 0) throw new KenroError('folderEmpty', { path: parts.path ?? paths.images });
    const file = modelFile(paths.models, model.sha256);
    const job = {
      model: file,
      images: kept.map((sample) => ({ ...sample })),
      corrected: corrected.filter((path) => !without.has(path)),
      inUse: limitsOf(judgedByModel(model)),
      // A model that was trained for attacks has to be compared under attack.
      settings: { ...settings, testAttack: settings.testAttack || compare.includes('wholeModel') },
      cacheMb,
    };
    const images = samples.map(({ path, label, group }) => ({ path, label, group }));
    const screen = { model: file, preprocess: null, features: null, images, seed: settings.seed };
    return { job, screen };
  }

  /** What was found, and what was decided about it, before anything is trained. */
  #noteScreened(id: string, leftOut: readonly string[], { suspects, suspectCount, images }: Screening): void {
    const { db, clock } = this.#options;
    const kept = suspects.map(({ path }) => path).filter((path) => !leftOut.includes(path));
    const detail = { run: id, images, suspects: suspectCount, leftOut, kept };
    appendAudit(db, { action: 'retrain.screen', detail }, clock.nowMs());
  }

  #folderOf(id: string): string {
    return join(this.#options.paths.runs, id);
  }

  #modelOf({ parts }: RetrainRequest): Model {
    const { db } = this.#options;
    const { activeModelId } = readProduct(db, parts.productId);
    if (activeModelId === null) throw new KenroError('noModel');
    return readModel(db, activeModelId);
  }

  #underWay(id: string): Handles {
    const found = this.#handles.get(id);
    if (!found) throw new KenroError('notFound', { what: 'job', id });
    return found;
  }

  #assertAlone(): void {
    const other = this.#options.jobs
      .list()
      .find(({ kind, state }) => kind === 'retrain' && state === 'running');
    if (other) throw new KenroError('conflict', { what: 'job', name: other.title });
  }
}

function aboutRun(request: RetrainRequest, retrain: RetrainRun) {
  const { productId } = request.parts;
  return { kind: 'retrain', title: request.name, productId, stage: 'read', retrain } as const;
}

function runOf(request: RetrainRequest): RetrainRun {
  const comparisons = request.compare.map((kind) => ({ kind, state: 'waiting', result: null }) as const);
  return {
    request,
    plan: null,
    screening: null,
    current: null,
    epochs: [],
    isPaused: false,
    result: null,
    comparisons,
  };
}
