import type { Backbone, Model, Product, Settings, Source } from '../contract/domain.ts';
import type { Emit } from '../contract/events.ts';
import { modelFile } from '../learning/modelFiles.ts';
import { listBackbones } from '../store/backbones.ts';
import type { ReadableDb } from '../store/db.ts';
import { listModels } from '../store/models.ts';
import { listProducts } from '../store/products.ts';
import { readSettings } from '../store/settings.ts';
import { listSources } from '../store/sources.ts';
import type { JudgingContext } from './pipeline.ts';
import type { InUse } from './providers/providers.ts';

interface Lists {
  products: Product[];
  sources: Source[];
  models: Model[];
  backbones: Backbone[];
  settings: Settings;
}

const events = {
  products: 'products.changed',
  sources: 'sources.changed',
  models: 'models.changed',
  backbones: 'backbones.changed',
  settings: 'settings.changed',
} as const;

/** What the line is made of, as the store has it: in memory, because each part asks for it. */
export class Catalogue {
  readonly #db: ReadableDb;
  readonly #modelsDir: string;
  readonly #emit: Emit;
  #lists: Lists;
  #contexts = new Map<number, JudgingContext>();

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

  /** How a part of this source is judged just now; the source must be in use. */
  context(sourceId: number): JudgingContext {
    const context = this.#contexts.get(sourceId);
    if (!context) throw new Error(`No source ${sourceId}`);
    return context;
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
    const { products, sources, models } = this.#lists;
    const judged = new Set(sources.filter(({ paused }) => !paused).map(({ productId }) => productId));
    const active = new Set(
      products.filter(({ id }) => judged.has(id)).map(({ activeModelId }) => activeModelId),
    );
    return models.filter(({ id }) => active.has(id));
  }

  #prepare(): void {
    const { products, sources, models, settings } = this.#lists;
    this.#contexts = new Map(
      sources.map(({ id, productId }) => {
        const product = products.find((candidate) => candidate.id === productId);
        const model = models.find((candidate) => candidate.id === product?.activeModelId);
        const judging = model ? this.#judging(model) : null;
        return [id, { productId, lot: settings.lot, model: judging, smoothing: product?.smoothing }];
      }),
    );
  }

  #judging({ id, sha256, thresholds, classes }: Model): JudgingContext['model'] {
    const path = modelFile(this.#modelsDir, sha256);
    return { id, sha256, thresholds, thresholdsByLabel: classes?.thresholdsByLabel, path };
  }
}

function read(db: ReadableDb): Lists {
  return {
    products: listProducts(db),
    sources: listSources(db),
    models: listModels(db),
    backbones: listBackbones(db),
    settings: readSettings(db),
  };
}
