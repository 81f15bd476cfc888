import type { Backbone, Model, Product, Settings, Source } from '../contract/domain.ts';
import type { Emit } from '../contract/events.ts';
import { isJudging, type Rollout } from '../contract/rollout.ts';
import { judgedByModel } from '../contract/verdict.ts';
import { modelFile } from '../learning/modelFiles.ts';
import { listBackbones } from '../store/backbones.ts';
import type { ReadableDb } from '../store/db.ts';
import { withTrust } from '../learning/signing/trust.ts';
import { listModels } from '../store/models.ts';
import { listProducts } from '../store/products.ts';
import { readSettings } from '../store/settings.ts';
import { assign, type Assignment, type PartToAssign } from '../rollout/arms.ts';
import { openRollouts } from '../store/rollouts.ts';
import { listSources } from '../store/sources.ts';
import type { JudgingContext } from './pipeline.ts';
import type { InUse } from './providers/providers.ts';

interface Lists {
  products: Product[];
  sources: Source[];
  models: Model[];
  backbones: Backbone[];
  settings: Settings;
  rollouts: Rollout[];
}

const events = {
  products: 'products.changed',
  sources: 'sources.changed',
  models: 'models.changed',
  backbones: 'backbones.changed',
  settings: 'settings.changed',
  rollouts: 'rollouts.changed',
} as const;

/** What the line is made of, as the store has it: in memory, because each part asks for it. */
export class Catalogue {
  readonly #db: ReadableDb;
  readonly #modelsDir: string;
  readonly #emit: Emit;
  #lists: Lists;
  #judging = new Map<number, SourceJudging>();

  constructor(db: ReadableDb, modelsDir: string, emit: Emit) {
    this.#db = db;
    this.#modelsDir = modelsDir;
    this.#emit = emit;
    this.#lists = read(db);
    this.#prepare();
  }

  get products(): Product[] {
    return this.#lists.products;
  }

  get sources(): Source[] {
    return this.#lists.sources;
  }

  get models(): Model[] {
    return this.#lists.models;
  }

  get backbones(): Backbone[] {
    return this.#lists.backbones;
  }

  get settings(): Settings {
    return this.#lists.settings;
  }

  /** Reads again what was changed in the store and tells the pages. */
  changed(...what: (keyof Lists)[]): void {
    this.#lists = read(this.#db);
    this.#prepare();
    for (const name of what) this.#emit(events[name], this.#lists[name] as never);
  }

  /** How a part is judged just now; its source must be in use. */
  context(part: Omit<PartToAssign, 'lot'>): JudgingContext {
    const judging = this.#judging.get(part.sourceId);
    if (!judging) throw new Error(`No source ${part.sourceId}`);
    const { context, rollout } = judging;
    if (!rollout) return context;
    return inRollout(judging, rollout, assign(rollout, { ...part, lot: context.lot }));
  }

  /** Those that are planned or under way. */
  get rollouts(): Rollout[] {
    return this.#lists.rollouts;
  }

  /** The detectors that judge parts of sources which are not paused, each once. */
  inUse(): InUse[] {
    const smoothed = new Set(this.products.flatMap(({ id, smoothing }) => (smoothing ? [id] : [])));
    return this.modelsInUse().map(({ name, productId, sha256 }) => {
      const path = modelFile(this.#modelsDir, sha256);
      return { name, productId, sha256, path, smoothed: smoothed.has(productId) };
    });
  }

  /** As `inUse`, with all that the registry knows of them. */
  modelsInUse(): Model[] {
    const { products, sources, models, rollouts } = this.#lists;
    const judged = new Set(sources.filter(({ paused }) => !paused).map(({ productId }) => productId));
    const active = new Set(
      products.filter(({ id }) => judged.has(id)).map(({ activeModelId }) => activeModelId),
    );
    for (const { productId, state, currentModelId, candidateModelId } of rollouts) {
      // The one that rolling back leads to has to be ready too.
      if (isJudging(state) && judged.has(productId)) active.add(currentModelId).add(candidateModelId);
    }
    return models.filter(({ id }) => active.has(id));
  }

  #prepare(): void {
    const { products, sources, models, settings, rollouts } = this.#lists;
    const judgedBy = (modelId: number | null | undefined) => {
      const model = models.find(({ id }) => id === modelId);
      return model ? this.#judgedBy(model) : null;
    };
    this.#judging = new Map(
      sources.map(({ id, productId }) => {
        const product = products.find((candidate) => candidate.id === productId);
        const rollout = rollouts.find((each) => each.productId === productId && isJudging(each.state));
        const model = judgedBy(product?.activeModelId);
        const context = { productId, lot: settings.lot, model, smoothing: product?.smoothing };
        return [id, { context, rollout, candidate: judgedBy(rollout?.candidateModelId) }];
      }),
    );
  }

  #judgedBy(model: Model): JudgingContext['model'] {
    const { id, sha256 } = model;
    return { id, sha256, ...judgedByModel(model), path: modelFile(this.#modelsDir, sha256) };
  }
}

/** How the parts of a source are judged: usually, and where a rollout says otherwise. */
interface SourceJudging {
  readonly context: JudgingContext;
  readonly rollout: Rollout | undefined;
  readonly candidate: JudgingContext['model'];
}

function inRollout(
  { context, candidate }: SourceJudging,
  { id: rolloutId }: Rollout,
  { arm, judge, isShadowed }: Assignment,
): JudgingContext {
  if (!candidate) return context;
  const { smoothing } = context;
  const model = judge === 'candidate' ? candidate : context.model;
  const shadow = isShadowed ? { rolloutId, model: candidate, smoothing } : undefined;
  return { ...context, arm, model, shadow };
}

function read(db: ReadableDb): Lists {
  return {
    products: listProducts(db),
    sources: listSources(db),
    models: withTrust(db, listModels(db)),
    backbones: listBackbones(db),
    settings: readSettings(db),
    rollouts: openRollouts(db),
  };
}
