import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type {
  ClassifierDescription,
  ClassSurvey,
  ImportClassifierRequest,
  TeachClassifierRequest,
} from '../contract/classifier.ts';
import type { Model } from '../contract/domain.ts';
import type { ClassifierReply, EngineRequest } from '../contract/engine.ts';
import { KenroError } from '../contract/errors.ts';
import type { Job } from '../contract/jobs.ts';
import type { EngineClient } from '../engine/client.ts';
import type { Clock } from '../platform/clock.ts';
import { writeDurably } from '../platform/durableFile.ts';
import type { DataPaths } from '../platform/paths.ts';
import { appendAudit } from '../store/audit.ts';
import { readBackbone } from '../store/backbones.ts';
import type { WritableDb } from '../store/db.ts';
import { readProduct } from '../store/products.ts';
import { readDataset } from './dataset.ts';
import type { Advance, JobResult, Jobs } from './jobs.ts';
import { adoptModel, modelFile } from './modelFiles.ts';
import type { OnDemandEngine } from './onDemandEngine.ts';
import { registerModel } from './registerModel.ts';
import type { Turns } from './turns.ts';

export interface ClassifiersOptions {
  db: WritableDb;
  clock: Clock;
  paths: DataPaths;
  engine: OnDemandEngine;
  jobs: Jobs;
  /** Shared with all who have models made: the engine makes one at a time. */
  turns: Turns;
  onModel: (model: Model, activated: boolean) => void;
}

/** What a job has the engine do, once its folder is there. */
interface Making {
  readonly settings: object;
  readonly make: (client: EngineClient, out: string, follow: FollowOptions) => Promise<ClassifierReply>;
  readonly origin: (reply: ClassifierReply) => Pick<Model['origin'], 'backbone' | 'seed'>;
}

interface FollowOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { stage: string; done: number; total: number }) => void;
}

const actions = {
  teachClassifier: 'classifier.teach',
  importClassifier: 'classifier.import',
} as const;

/**
 * Makes detectors that tell defect types apart: from class folders, or of a classifier that somebody else has
 * trained.
 */
export class Classifiers {
  readonly #options: ClassifiersOptions;

  constructor(options: ClassifiersOptions) {
    this.#options = options;
  }

  /** Classes and their images. @throws {KenroError} as `readDataset` */
  async survey(path: string): Promise<ClassSurvey> {
    const { samples } = await readDataset(path);
    const counts = new Map<string, number>();
    for (const { label } of samples) counts.set(label, (counts.get(label) ?? 0) + 1);
    const classes = [...counts].map(([label, images]) => ({ label, images }));
    return { path, classes: classes.sort((a, b) => (a.label < b.label ? -1 : 1)) };
  }

  /** @throws {KenroError} the `model…` kinds, `notClassifier` */
  describe(path: string): Promise<ClassifierDescription> {
    return this.#options.engine.use((client) => client.call('describeClassifier', { path }));
  }

  /** Class names in a text, CSV or JSON file. @throws {KenroError} as the engine's `readLabels` */
  async labels(path: string): Promise<string[]> {
    return (await this.#options.engine.use((client) => client.call('readLabels', { path }))).labels;
  }

  /** @throws {KenroError} `notFound` (product, backbone), `noOkClass` */
  teach(request: TeachClassifierRequest): Job {
    const { db, paths } = this.#options;
    const backbone = readBackbone(db, request.backboneId);
    const { name, features } = backbone;
    const { okLabels, seed, size } = request;
    const preprocess = {
      ...backbone.preprocess,
      size: size === null ? backbone.preprocess.size : ([size, size] as [number, number]),
    };
    return this.#start(request, 'teachClassifier', async () => {
      const images = await imagesIn(request.images);
      const path = modelFile(paths.models, backbone.sha256);
      const job = { images, okLabels, backbone: { path, name, preprocess }, features, seed };
      return {
        settings: job,
        make: (client, out, follow) => client.call('teachClassifier', { ...job, out }, follow),
        origin: () => ({ backbone: name, seed }),
      };
    });
  }

  /** @throws {KenroError} `notFound` (product), `noOkClass` */
  import(request: ImportClassifierRequest): Job {
    const { path, labels, okLabels, preprocess } = request;
    const name = basename(path);
    return this.#start(request, 'importClassifier', async () => {
      const heldOut = request.heldOut === null ? [] : await imagesIn(request.heldOut);
      const job = { path, name, labels, okLabels, preprocess, heldOut };
      return {
        settings: job,
        make: (client, out, follow) => client.call('importClassifier', { ...job, out }, follow),
        origin: () => ({ backbone: name, seed: 0 }),
      };
    });
  }

  #start(
    request: TeachClassifierRequest | ImportClassifierRequest,
    kind: keyof typeof actions,
    prepare: () => Promise<Making>,
  ): Job {
    const { db, clock, jobs } = this.#options;
    const { productId, name, okLabels } = request;
    readProduct(db, productId);
    if (okLabels.length === 0) throw new KenroError('noOkClass');
    appendAudit(db, { actor: 'operator', action: actions[kind], detail: { ...request } }, clock.nowMs());
    const about = { kind, title: name, productId, stage: 'collect' } as const;
    return jobs.start(about, (advance, signal, id) => this.#make(request, prepare, advance, signal, id));
  }

  async #make(
    { name, productId }: { name: string; productId: number },
    prepare: () => Promise<Making>,
    advance: Advance,
    signal: AbortSignal,
    id: string,
  ): Promise<JobResult> {
    const { db, clock, paths, engine, turns, onModel } = this.#options;
    const { settings, make, origin } = await prepare();
    const runDir = join(paths.runs, id);
    await mkdir(runDir, { recursive: true });
    await writeDurably(join(runDir, 'settings.json'), JSON.stringify(settings, null, 2));
    const follow = { signal, onProgress: advance };
    const reply = await turns.take(() =>
      engine.use((client) => make(client, join(runDir, 'model.onnx'), follow)),
    );
    await writeDurably(join(runDir, 'result.json'), JSON.stringify(reply, null, 2));
    await adoptModel(paths.models, reply.path, [], reply.sha256);
    await rm(reply.path, { force: true });
    const made = registerModel(db, { name, productId, ...modelOf(reply, origin(reply)) }, clock.nowMs());
    onModel(made.model, made.activated);
    return { modelId: made.model.id, skipped: reply.skipped };
  }
}

function modelOf(
  reply: ClassifierReply,
  origin: Pick<Model['origin'], 'backbone' | 'seed'>,
): Omit<Model, 'id' | 'createdMs' | 'name' | 'productId'> {
  const { sha256, preprocess, thresholds, thresholdInterval, classes, accuracy } = reply;
  const { features, goodImages, ngImages, seconds } = reply;
  return {
    ...{ sha256, kind: 'classifier', preprocess, thresholds, thresholdInterval },
    classes: { ...classes, thresholdsByLabel: {} },
    origin: {
      ...{ ...origin, features, goodImages, ngImages, memory: 0, seconds },
      ...(accuracy ? { heldOut: { right: accuracy.hits, of: accuracy.of } } : {}),
    },
  };
}

async function imagesIn(path: string): Promise<EngineRequest<'teachClassifier'>['images']> {
  return [...(await readDataset(path)).samples];
}
