import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { output } from 'zod';
import type { Model } from '../contract/domain.ts';
import type { FineTuneJob } from '../contract/engine.ts';
import { type EngineProgress } from '../contract/engine.ts';
import { KenroError } from '../contract/errors.ts';
import type { Job } from '../contract/jobs.ts';
import type { RetrainRequest } from '../contract/retrain.ts';
import { EpochFigures, RunFigures, type RetrainRun } from '../contract/retrain.ts';
import type { Clock } from '../platform/clock.ts';
import { writeDurably } from '../platform/durableFile.ts';
import type { DataPaths } from '../platform/paths.ts';
import { appendAudit } from '../store/audit.ts';
import { transaction, type WritableDb } from '../store/db.ts';
import { addModel, readModel } from '../store/models.ts';
import { readProduct } from '../store/products.ts';
import type { Advance, JobResult, Jobs } from './jobs.ts';
import { adoptModel, modelFile } from './modelFiles.ts';
import type { OnDemandEngine } from './onDemandEngine.ts';
import { gatherParts } from './trainingParts.ts';

type Request = output<typeof RetrainRequest>;

export interface RetrainingOptions {
  db: WritableDb;
  clock: Clock;
  paths: DataPaths;
  engine: OnDemandEngine;
  jobs: Jobs;
  /** A candidate has joined the registry. */
  onModel: (model: Model) => void;
}

/** Memory for decoded pictures. */
const cacheMb = 512;
/** Steps are told about this often at most; epochs always. */
const tellEveryMs = 250;

/** Fine-tunes the model that a product is judged by, beside the running line. One run at a time. */
export class Retraining {
  readonly #options: RetrainingOptions;

  constructor(options: RetrainingOptions) {
    this.#options = options;
  }

  /** Says what a run would train and cost. @throws {KenroError} `notFound`; `noModel` where there is none to retrain. */
  plan(request: Request): Job {
    const model = this.#modelOf(request);
    const about = { kind: 'plan', title: request.name, productId: request.parts.productId } as const;
    return this.#options.jobs.start(
      { ...about, stage: 'read', retrain: runOf(request) },
      async (advance, signal) => {
        const job = await this.#jobOf(request, model);
        const plan = await this.#options.engine.use((client) =>
          client.call('planFineTune', job, { signal, onProgress: this.#progressTo(advance) }),
        );
        return { retrain: { ...runOf(request), plan }, skipped: plan.skipped };
      },
    );
  }

  /** Throws as `plan`, and `conflict` while another run is under way. */
  start(request: Request): Job {
    const { db, clock, jobs } = this.#options;
    this.#assertAlone();
    const model = this.#modelOf(request);
    const detail = { ...request, model: model.name, sha256: model.sha256 };
    appendAudit(db, { actor: 'operator', action: 'retrain.start', detail }, clock.nowMs());
    return jobs.start(aboutRun(request, runOf(request)), async (advance, signal, id) => {
      const runDir = join(this.#options.paths.runs, id);
      await mkdir(runDir, { recursive: true });
      const job = await this.#jobOf(request, model);
      await writeDurably(join(runDir, 'job.json'), JSON.stringify({ model, request, job }, null, 2));
      return this.#run(job, runOf(request), advance, signal, id);
    });
  }

  /**
   * Goes on where a run was left that was cancelled or failed, with the images and settings it was begun with.
   * @throws {KenroError} `notFound`; `conflict` while it or another runs
   */
  resume(id: string): Job {
    const { db, clock, jobs } = this.#options;
    const { retrain } = jobs.read(id);
    if (!retrain) throw new KenroError('notFound', { what: 'job', id });
    this.#assertAlone();
    const run = { ...retrain, isPaused: false };
    appendAudit(db, { actor: 'operator', action: 'retrain.resume', detail: { run: id } }, clock.nowMs());
    return jobs.restart(id, aboutRun(run.request, run), async (advance, signal) => {
      const { job } = await this.#begun(id);
      return this.#run(job, run, advance, signal, id);
    });
  }

  /** Holds a run before its next step, or lets it go on. @throws {KenroError} `notFound`. */
  async pause(id: string, paused: boolean): Promise<void> {
    const { jobs, engine } = this.#options;
    if (jobs.read(id).state !== 'running') throw new KenroError('notFound', { what: 'job', id });
    await engine.use((client) => client.call('pauseTraining', { paused }));
    this.#pauses.get(id)?.(paused);
  }

  /**
   * Puts what a run has made into the registry, beside the model in use.
   * @throws {KenroError} `notFound` (no such run, or nothing made); `conflict` when it was done before
   */
  async makeCandidate(id: string, name: string): Promise<Model> {
    const { db, clock, jobs, paths, onModel } = this.#options;
    const { retrain, modelId } = jobs.read(id);
    const result = retrain?.result;
    if (!retrain || !result) throw new KenroError('notFound', { what: 'job', id });
    if (modelId !== undefined) throw new KenroError('conflict', { what: 'model', name });
    const { model: before, job } = await this.#begun(id);
    await adoptModel(paths.models, result.model, [], result.sha256);
    const nowMs = clock.nowMs();
    const good = job.images.filter(({ label }) => label === 'ok').length;
    const origin: Model['origin'] = {
      ...before.origin,
      goodImages: good,
      ngImages: job.images.length - good,
      seed: job.settings.seed,
      seconds: result.seconds,
      tuned: {
        from: before.name,
        fromSha256: before.sha256,
        run: id,
        layers: result.layers,
        parameters: result.parameters,
      },
    };
    const added = transaction(db, () => {
      const { productId, kind, preprocess } = before;
      const thresholds = result.thresholds ?? before.thresholds;
      const known = { sha256: result.sha256, name, productId, kind, preprocess, thresholds };
      const model = addModel(db, { ...known, thresholdInterval: null, origin }, nowMs);
      const detail = { id: model.id, name, sha256: model.sha256, thresholds, origin };
      appendAudit(db, { actor: 'operator', action: 'model.add', detail }, nowMs);
      return model;
    });
    jobs.complete(id, { modelId: added.id });
    onModel(added);
    return added;
  }

  /** How running jobs are told that they were paused. */
  readonly #pauses = new Map<string, (paused: boolean) => void>();

  async #run(
    job: FineTuneJob,
    begun: RetrainRun,
    advance: Advance,
    signal: AbortSignal,
    id: string,
  ): Promise<JobResult> {
    const out = join(this.#options.paths.runs, id);
    const resume = (await stat(join(out, 'settings.json')).catch(() => null)) !== null;
    const follow = this.#follower(advance, begun);
    this.#pauses.set(id, (isPaused) => follow.change({ isPaused }));
    try {
      return await this.#options.engine.use(async (client) => {
        try {
          const plan = await client.call('planFineTune', job, { signal, onProgress: follow.progress });
          follow.change({ plan });
          advance({ skipped: plan.skipped });
          const call = { ...job, out, resume };
          const result = await client.call('fineTune', call, { signal, onProgress: follow.progress });
          return { retrain: { ...follow.run(), result }, skipped: plan.skipped };
        } finally {
          if (follow.run().isPaused) {
            follow.change({ isPaused: false });
            // An engine that is gone holds nothing.
            await client.call('pauseTraining', { paused: false }).catch(() => undefined);
          }
        }
      });
    } finally {
      this.#pauses.delete(id);
    }
  }

  /** Keeps what a run has measured, and tells it. */
  #follower(advance: Advance, begun: RetrainRun) {
    let run = begun;
    const change = (next: Partial<RetrainRun>) => {
      run = { ...run, ...next };
      advance({ retrain: run });
    };
    const tell = this.#progressTo(advance);
    const progress = (news: EngineProgress) => {
      if (news.stage === 'start') change({ current: RunFigures.parse(news.figures) });
      else if (news.stage === 'epoch') {
        const now = EpochFigures.parse(news.figures);
        change({ epochs: [...run.epochs.filter(({ epoch }) => epoch < now.epoch), now] });
      } else tell(news);
    };
    return { run: () => run, change, progress };
  }

  #progressTo(advance: Advance): (progress: EngineProgress) => void {
    const { clock } = this.#options;
    let toldMs = -Infinity;
    let told = '';
    return ({ stage, done, total }) => {
      const nowMs = clock.monotonicMs();
      if (stage === told && done < total && nowMs - toldMs < tellEveryMs) return;
      toldMs = nowMs;
      told = stage;
      advance({ stage, done, total });
    };
  }

  async #jobOf({ parts, settings }: Request, model: Model): Promise<FineTuneJob> {
    const { db, paths } = this.#options;
    const { samples, corrected } = await gatherParts(db, paths.images, parts);
    return {
      model: modelFile(paths.models, model.sha256),
      images: samples.map((sample) => ({ ...sample })),
      corrected: [...corrected],
      settings,
      cacheMb,
    };
  }

  async #begun(id: string): Promise<{ model: Model; job: FineTuneJob }> {
    const path = join(this.#options.paths.runs, id, 'job.json');
    const text = await readFile(path, 'utf8').catch(() => {
      throw new KenroError('notFound', { what: 'job', id });
    });
    return JSON.parse(text) as { model: Model; job: FineTuneJob };
  }

  #modelOf({ parts }: Request): Model {
    const { db } = this.#options;
    const { activeModelId } = readProduct(db, parts.productId);
    if (activeModelId === null) throw new KenroError('noModel');
    return readModel(db, activeModelId);
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
  return { request, plan: null, current: null, epochs: [], isPaused: false, result: null };
}
