import { basename } from 'node:path';
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
import { usualCosts } from '../contract/usualSettings.ts';
import type { CallOptions } from '../engine/client.ts';
import { appendAudit } from '../store/audit.ts';
import { readBackbone } from '../store/backbones.ts';
import { readProduct } from '../store/products.ts';
import { backboneAt } from './backbones.ts';
import { readDataset } from './dataset.ts';
import { makeModel, type Making, type MakingOptions } from './makeModel.ts';

/** Reads what a model is made of, and says how. */
type Prepare = (follow: CallOptions) => Promise<(out: string) => Making<ClassifierReply>>;

const actions = {
  teachClassifier: 'classifier.teach',
  importClassifier: 'classifier.import',
} as const;

/**
 * Makes detectors that tell defect types apart: from class folders, or of a classifier that somebody else has
 * trained.
 */
export class Classifiers {
  readonly #options: MakingOptions;

  constructor(options: MakingOptions) {
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
    const known = readBackbone(db, request.backboneId);
    const { name, features } = known;
    const { okLabels, seed, size, correction } = request;
    return this.#start(request, 'teachClassifier', async (follow) => {
      const images = (await imagesIn(request.images)).filter(({ path }) => !request.leftOut.includes(path));
      const job = {
        images,
        okLabels,
        backbone: backboneAt(paths.models, known, size),
        features,
        seed,
        costs: usualCosts,
        correction,
      };
      return (out) => ({
        settings: job,
        make: (client) => client.call('teachClassifier', { ...job, out }, follow),
        model: (reply) => modelOf(request, reply, { backbone: name, seed }),
      });
    });
  }

  /** @throws {KenroError} `notFound` (product), `noOkClass` */
  import(request: ImportClassifierRequest): Job {
    const { path, labels, okLabels, preprocess } = request;
    const name = basename(path);
    return this.#start(request, 'importClassifier', async (follow) => {
      const heldOut = request.heldOut === null ? [] : await imagesIn(request.heldOut);
      const job = { path, name, labels, okLabels, preprocess, heldOut, costs: usualCosts };
      return (out) => ({
        settings: job,
        make: (client, copy) => client.call('importClassifier', { ...job, path: copy ?? path, out }, follow),
        model: (reply) => modelOf(request, reply, { backbone: name, seed: 0 }),
        foreign: { path, parts: heldOut },
      });
    });
  }

  #start(
    request: TeachClassifierRequest | ImportClassifierRequest,
    kind: keyof typeof actions,
    prepare: Prepare,
  ): Job {
    const { db, clock, jobs } = this.#options;
    const { productId, name, okLabels } = request;
    readProduct(db, productId);
    if (okLabels.length === 0) throw new KenroError('noOkClass');
    appendAudit(db, { action: actions[kind], detail: { ...request } }, clock.nowMs());
    const about = { kind, title: name, productId, stage: 'collect' } as const;
    return jobs.start(about, async (advance, signal, id) =>
      makeModel(this.#options, id, await prepare({ signal, onProgress: advance })),
    );
  }
}

function modelOf(
  { name, productId }: Pick<Model, 'name' | 'productId'>,
  reply: ClassifierReply,
  origin: Pick<Model['origin'], 'backbone' | 'seed'>,
): Omit<Model, 'id' | 'createdMs'> {
  const { sha256, preprocess, thresholds, thresholdInterval, classes, accuracy } = reply;
  const { features, goodImages, ngImages, seconds, types, mapLacks, correction } = reply;
  const own = types.flatMap(({ type, thresholds: limits }) => (limits ? [[type, limits] as const] : []));
  return {
    ...{ name, productId, sha256, kind: 'classifier', preprocess, thresholds, thresholdInterval },
    classes: { ...classes, thresholdsByLabel: Object.fromEntries(own) },
    origin: {
      ...{ ...origin, features, goodImages, ngImages, memory: 0, seconds },
      types,
      ...(mapLacks === undefined ? {} : { mapLacks }),
      ...(correction ? { correction } : {}),
      ...(accuracy ? { heldOut: { right: accuracy.hits, of: accuracy.of } } : {}),
    },
  };
}

async function imagesIn(path: string): Promise<EngineRequest<'teachClassifier'>['images']> {
  return [...(await readDataset(path)).samples];
}
