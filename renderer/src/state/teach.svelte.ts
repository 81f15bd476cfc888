import type { Backbone, TeachRequest } from '../../../electron/contract/domain.ts';
import type { Job } from '../../../electron/contract/jobs.ts';
import type { StationState } from './station.svelte.ts';

/** The form of a teaching run; kept while the user looks into other rooms. */
export class TeachState {
  readonly #station: StationState;
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

  constructor(station: StationState) {
    this.#station = station;
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

  /** Teaching jobs, newest first. */
  get jobs(): Job[] {
    return this.#station.jobs
      .filter(({ kind }) => kind === 'teach')
      .toSorted((one, other) => other.startedMs - one.startedMs);
  }

  /** What is still missing before teaching can start, or `null`. */
  get missing(): 'product' | 'folder' | 'source' | 'backbone' | null {
    if (this.product === undefined) return 'product';
    if (this.from === 'folder' && this.folder === null) return 'folder';
    if (this.from === 'line' && this.source === undefined) return 'source';
    if (this.backbone === undefined) return 'backbone';
    return null;
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
    if (good === null) return null;
    return {
      productId: product.id,
      name,
      good,
      ngFolder: this.ngFolder,
      backboneId: backbone.id,
      features: this.features,
      size: this.size,
      seed: this.seed,
    };
  }

  #good(folder: string | null, sourceId: number | undefined): TeachRequest['good'] | null {
    if (this.from === 'folder') return folder === null ? null : { from: 'folder', path: folder };
    return sourceId === undefined ? null : { from: 'line', sourceId, count: this.count };
  }
}
