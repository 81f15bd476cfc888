import type { Backbone, TeachRequest } from '../../../electron/contract/domain.ts';
import { makingStages, type Job, type MakingKind } from '../../../electron/contract/jobs.ts';
import type { ScreenRequest } from '../../../electron/contract/screening.ts';
import { ClassFolders } from './classFolders.svelte.ts';
import { ClassifierImport } from './classifierImport.svelte.ts';
import { CorrectionDraft } from './correctionDraft.svelte.ts';
import type { StationState } from './station.svelte.ts';

/** The forms for making a model; kept while the user looks into other rooms. */
export class TeachState {
  readonly #station: StationState;
  way = $state<'good' | 'classes' | 'import'>('good');
  productId = $state<number | null>(null);
  from = $state<'folder' | 'line'>('folder');
  folder = $state<string | null>(null);
  sourceId = $state<number | null>(null);
  count = $state(50);
  ngFolder = $state<string | null>(null);
  backboneId = $state<number | null>(null);
  /** `null` = those the backbone names. */
  features = $state.raw<string[] | null>(null);
  /** Pixels; `null` = as the backbone says. */
  size = $state<number | null>(null);
  seed = $state(1);
  /** Suspect images that are not to be taught on. */
  leftOut = $state.raw<string[]>([]);
  readonly correction = new CorrectionDraft();
  readonly classes: ClassFolders;
  readonly imported: ClassifierImport;

  constructor(station: StationState) {
    this.#station = station;
    this.classes = new ClassFolders(station);
    this.imported = new ClassifierImport(station);
  }

  /** The product chosen, or the first. */
  get product() {
    return this.#station.product(this.productId) ?? this.#station.products[0];
  }

  get backbone(): Backbone | undefined {
    const { backbones } = this.#station;
    return backbones.find(({ id }) => id === this.backboneId) ?? backbones[0];
  }

  /** Sources that deliver parts of the product chosen. */
  get sources() {
    return this.#station.sources.filter(({ productId }) => productId === this.product?.id);
  }

  get source() {
    return this.sources.find(({ id }) => id === this.sourceId) ?? this.sources[0];
  }

  /** The newest screening of the product. */
  get screenJob(): Job | undefined {
    return this.#station.jobs
      .filter(({ kind, productId }) => kind === 'screen' && productId === this.product?.id)
      .toSorted((one, other) => other.startedMs - one.startedMs)[0];
  }

  /** What is to be screened before it is taught on; `null` while it is not chosen, or comes from a line. */
  get toScreen(): ScreenRequest | null {
    const { product, backbone, size, way } = this;
    const path = way === 'good' && this.from === 'folder' ? this.folder : null;
    const chosen = way === 'classes' ? (this.classes.survey?.path ?? null) : path;
    if (product === undefined || backbone === undefined || chosen === null || way === 'import') return null;
    return {
      productId: product.id,
      name: product.name,
      what: way,
      path: chosen,
      backboneId: backbone.id,
      size,
    };
  }

  /** Whether the newest screening is one of what is chosen now. */
  get isScreened(): boolean {
    return JSON.stringify(this.screenJob?.screened) === JSON.stringify(this.toScreen);
  }

  /** Looks for suspects among what is chosen. */
  async screen(): Promise<void> {
    const { toScreen, screenJob } = this;
    if (toScreen === null) return;
    this.leftOut = [];
    if ((await this.#station.call('teach.screen', toScreen)) === null) return;
    if (screenJob !== undefined && screenJob.state !== 'running') {
      await this.#station.call('job.dismiss', { id: screenJob.id });
    }
  }

  /** Suspects that were left out of what is chosen now. */
  get #without(): string[] {
    return this.isScreened ? [...this.leftOut] : [];
  }

  /** Jobs that make models, newest first. */
  get jobs(): (Job & { kind: MakingKind })[] {
    return this.#station.jobs
      .filter((job): job is Job & { kind: MakingKind } => job.kind in makingStages)
      .toSorted((one, other) => other.startedMs - one.startedMs);
  }

  /** What is still missing before teaching can start, or `null`. */
  get missing(): 'product' | 'folder' | 'source' | 'backbone' | 'reason' | null {
    if (this.product === undefined) return 'product';
    if (this.from === 'folder' && this.folder === null) return 'folder';
    if (this.from === 'line' && this.source === undefined) return 'source';
    if (this.backbone === undefined) return 'backbone';
    return this.correction.request === null ? 'reason' : null;
  }

  /** What is still missing before a classifier can be made from class folders, or `null`. */
  get missingForClasses():
    'product' | 'classFolder' | 'okClass' | 'defectClass' | 'backbone' | 'reason' | null {
    if (this.product === undefined) return 'product';
    const { missing, correction } = this.classes;
    if (missing !== null) return missing;
    if (this.backbone === undefined) return 'backbone';
    return correction.request === null ? 'reason' : null;
  }

  /** @param name of the model to be made */
  async startClasses(name: string): Promise<Job | null> {
    const { product, backbone, size, seed } = this;
    const { survey, okLabels } = this.classes;
    const correction = this.classes.correction.request;
    if (product === undefined || backbone === undefined || survey === null || correction === null)
      return null;
    const request = { productId: product.id, name, backboneId: backbone.id, size, seed, correction };
    return this.#station.call('classifier.teach', {
      ...request,
      images: survey.path,
      okLabels,
      leftOut: this.#without,
    });
  }

  /** @param name of the model to be made */
  async startImport(name: string): Promise<Job | null> {
    const request = this.product && this.imported.request(this.product.id, name);
    return request ? this.#station.call('classifier.import', request) : null;
  }

  /** @param name of the model to be made */
  async start(name: string): Promise<Job | null> {
    const request = this.#request(name);
    return request === null ? null : this.#station.call('teach.start', request);
  }

  #request(name: string): TeachRequest | null {
    const { product, backbone, source, folder } = this;
    if (product === undefined || backbone === undefined) return null;
    const good = this.#good(folder, source?.id);
    const correction = this.correction.request;
    if (good === null || correction === null) return null;
    return {
      productId: product.id,
      name,
      good,
      ngFolder: this.ngFolder,
      leftOut: this.#without,
      backboneId: backbone.id,
      features: this.features,
      size: this.size,
      seed: this.seed,
      correction,
    };
  }

  #good(folder: string | null, sourceId: number | undefined): TeachRequest['good'] | null {
    if (this.from === 'folder') return folder === null ? null : { from: 'folder', path: folder };
    return sourceId === undefined ? null : { from: 'line', sourceId, count: this.count };
  }
}
