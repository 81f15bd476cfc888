import type { Backbone, Inspection, Model, TeachRequest } from '../contract/domain.ts';
import type { Job } from '../contract/jobs.ts';
import type { EngineRequest } from '../contract/engine.ts';
import { KenroError, type ErrorInfo } from '../contract/errors.ts';
import type { z } from 'zod';
import type { TeachReply } from '../contract/engine.ts';
import { findKept } from '../engine/keptPictures.ts';
import { listImages } from '../platform/imageFiles.ts';
import { appendAudit } from '../store/audit.ts';
import { readBackbone } from '../store/backbones.ts';
import { readProduct } from '../store/products.ts';
import { readSource } from '../store/sources.ts';
import { backboneAt } from './backbones.ts';
import { Collector } from './collector.ts';
import type { Advance, JobResult } from './jobs.ts';
import { makeModel, type MakingOptions } from './makeModel.ts';

type Teach = z.output<typeof TeachRequest>;
type Skipped = Job['skipped'];

/** Makes detectors from good parts: those in a folder, or the next ones of a line. One at a time. */
export class Teaching {
  readonly #options: MakingOptions;
  readonly #collectors = new Set<Collector>();

  constructor(options: MakingOptions) {
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
    appendAudit(db, { action: 'teach.start', detail: { ...request } }, clock.nowMs());
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
    const { good, missing } = await this.#goodImages(request, advance, signal);
    return makeModel(this.#options, id, (out) => {
      const job = this.#teachJob(request, backbone, good, out);
      return {
        settings: job,
        make: async (client) => {
          const reply = await client.call('teach', job, { signal, onProgress: advance });
          return { ...reply, skipped: [...missing, ...reply.skipped] };
        },
        model: (reply) => modelOf(request, backbone, reply),
      };
    });
  }

  async #goodImages(
    { good, leftOut }: Teach,
    advance: Advance,
    signal: AbortSignal,
  ): Promise<{ good: EngineRequest<'teach'>['good']; missing: Skipped }> {
    if (good.from === 'folder') return { good: await keptOf(good, leftOut), missing: [] };
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
    return {
      good,
      ng: request.ngFolder === null ? null : { from: 'folder', path: request.ngFolder },
      backbone: backboneAt(this.#options.paths.models, backbone, request.size),
      features: request.features ?? backbone.features,
      seed: request.seed,
      correction: request.correction,
      out,
    };
  }
}

/** The images of a folder without those that are left out. */
async function keptOf(
  good: { from: 'folder'; path: string },
  leftOut: readonly string[],
): Promise<EngineRequest<'teach'>['good']> {
  if (leftOut.length === 0) return good;
  const images = (await listImages(good.path)).filter((path) => !leftOut.includes(path));
  return { from: 'list', images: images.map((path) => ({ from: 'file', path })) };
}

function modelOf(
  { name, productId, seed }: Teach,
  backbone: Backbone,
  reply: z.output<typeof TeachReply>,
): Omit<Model, 'id' | 'createdMs'> {
  const { sha256, preprocess, thresholds, thresholdInterval } = reply;
  const { features, goodImages, ngImages, memory, seconds, correction } = reply;
  return {
    ...{ sha256, name, productId, kind: 'anomaly', preprocess, thresholds, thresholdInterval },
    origin: {
      backbone: backbone.name,
      features,
      goodImages,
      ngImages,
      memory,
      seconds,
      seed,
      ...(correction ? { correction } : {}),
    },
  };
}
