import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Backbone, Inspection, Model, TeachRequest } from '../contract/domain.ts';
import type { Job } from '../contract/jobs.ts';
import type { EngineRequest } from '../contract/engine.ts';
import { KenroError, type ErrorInfo } from '../contract/errors.ts';
import type { z } from 'zod';
import type { TeachReply } from '../contract/engine.ts';
import { findKept } from '../engine/keptPictures.ts';
import type { Clock } from '../platform/clock.ts';
import { writeDurably } from '../platform/durableFile.ts';
import type { DataPaths } from '../platform/paths.ts';
import { appendAudit } from '../store/audit.ts';
import { readBackbone } from '../store/backbones.ts';
import type { WritableDb } from '../store/db.ts';
import { readProduct } from '../store/products.ts';
import { readSource } from '../store/sources.ts';
import { Collector } from './collector.ts';
import type { Advance, JobResult, Jobs } from './jobs.ts';
import { adoptModel, modelFile } from './modelFiles.ts';
import type { OnDemandEngine } from './onDemandEngine.ts';
import { registerModel } from './registerModel.ts';
import type { Turns } from './turns.ts';

type Teach = z.output<typeof TeachRequest>;
type Skipped = Job['skipped'];

export interface TeachingOptions {
  db: WritableDb;
  clock: Clock;
  paths: DataPaths;
  engine: OnDemandEngine;
  jobs: Jobs;
  /** Shared with all who have models made: the engine makes one at a time. */
  turns: Turns;
  /** A detector has joined the registry; `activated`: its product had none and is judged by it from now on. */
  onModel: (model: Model, activated: boolean) => void;
}

/** Makes detectors from good parts: those in a folder, or the next ones of a line. One at a time. */
export class Teaching {
  readonly #options: TeachingOptions;
  readonly #collectors = new Set<Collector>();

  constructor(options: TeachingOptions) {
    this.#options = options;
  }

  /** @throws {KenroError} `notFound` (product, backbone, source); `conflict` when the source makes other parts. */
  start(request: Teach): Job {
    const { db, clock, jobs } = this.#options;
    const { name } = readProduct(db, request.productId);
    const backbone = readBackbone(db, request.backboneId);
    if (request.good.from === 'line') {
      const source = readSource(db, request.good.sourceId);
      if (source.productId !== request.productId) {
        throw new KenroError('conflict', { what: 'source', name: source.name, product: name });
      }
    }
    appendAudit(db, { actor: 'operator', action: 'teach.start', detail: { ...request } }, clock.nowMs());
    const about = { kind: 'teach', title: request.name, productId: request.productId } as const;
    return jobs.start({ ...about, stage: 'collect' }, (advance, signal, id) =>
      this.#teach(request, backbone, advance, signal, id),
    );
  }

  /** Whether pictures of good parts of this source are being collected. */
  collectsFrom(sourceId: number): boolean {
    return [...this.#collectors].some((collector) => collector.sourceId === sourceId);
  }

  partRecorded(inspection: Inspection): void {
    for (const collector of this.#collectors) collector.partRecorded(inspection);
  }

  sourceRemoved(sourceId: number): void {
    for (const collector of this.#collectors) {
      if (collector.sourceId !== sourceId) continue;
      collector.fail(new KenroError('notFound', { what: 'source', id: sourceId }));
    }
  }

  async #teach(
    request: Teach,
    backbone: Backbone,
    advance: Advance,
    signal: AbortSignal,
    id: string,
  ): Promise<JobResult> {
    const { good, missing } = await this.#goodImages(request.good, advance, signal);
    const runDir = join(this.#options.paths.runs, id);
    await mkdir(runDir, { recursive: true });
    const job = this.#teachJob(request, backbone, good, join(runDir, 'model.onnx'));
    await writeDurably(join(runDir, 'settings.json'), JSON.stringify(job, null, 2));

    const reply = await this.#options.turns.take(() => this.#run(job, advance, signal));

    const skipped = [...missing, ...reply.skipped];
    await writeDurably(join(runDir, 'result.json'), JSON.stringify({ ...reply, skipped }, null, 2));
    await adoptModel(this.#options.paths.models, reply.path, [], reply.sha256);
    await rm(reply.path, { force: true });
    const model = this.#register(request, backbone, reply);
    return { modelId: model.id, skipped };
  }

  async #goodImages(
    good: Teach['good'],
    advance: Advance,
    signal: AbortSignal,
  ): Promise<{ good: EngineRequest<'teach'>['good']; missing: Skipped }> {
    if (good.from === 'folder') return { good, missing: [] };
    advance({ stage: 'collect', total: good.count });
    const collector = new Collector(good.sourceId, good.count, signal, (done) => advance({ done }));
    this.#collectors.add(collector);
    try {
      const hashes = await collector.done;
      const paths = await Promise.all(hashes.map((hash) => findKept(this.#options.paths.images, hash)));
      const images = paths.filter((path) => path !== null).map((path) => ({ from: 'file', path }) as const);
      const missing = hashes
        .filter((_, index) => paths[index] === null)
        .map((file) => ({ file, error: { kind: 'imageVanished', params: { file } } satisfies ErrorInfo }));
      return { good: { from: 'list', images }, missing };
    } finally {
      this.#collectors.delete(collector);
    }
  }

  #teachJob(
    request: Teach,
    backbone: Backbone,
    good: EngineRequest<'teach'>['good'],
    out: string,
  ): EngineRequest<'teach'> {
    const { preprocess } = backbone;
    const size: [number, number] = request.size === null ? preprocess.size : [request.size, request.size];
    return {
      good,
      ng: request.ngFolder === null ? null : { from: 'folder', path: request.ngFolder },
      backbone: {
        path: modelFile(this.#options.paths.models, backbone.sha256),
        name: backbone.name,
        preprocess: { ...preprocess, size },
      },
      features: request.features ?? backbone.features,
      seed: request.seed,
      out,
    };
  }

  #run(job: EngineRequest<'teach'>, advance: Advance, signal: AbortSignal) {
    return this.#options.engine.use((client) =>
      client.call('teach', job, { signal, onProgress: (progress) => advance(progress) }),
    );
  }

  #register(request: Teach, backbone: Backbone, reply: z.output<typeof TeachReply>): Model {
    const { db, clock, onModel } = this.#options;
    const { features, goodImages, ngImages, memory, seconds } = reply;
    const origin = {
      backbone: backbone.name,
      features,
      goodImages,
      ngImages,
      memory,
      seconds,
      seed: request.seed,
    };
    const { model, activated } = registerModel(
      db,
      {
        sha256: reply.sha256,
        name: request.name,
        productId: request.productId,
        kind: 'anomaly',
        preprocess: reply.preprocess,
        thresholds: reply.thresholds,
        thresholdInterval: reply.thresholdInterval,
        origin,
      },
      clock.nowMs(),
    );
    onModel(model, activated);
    return model;
  }
}
