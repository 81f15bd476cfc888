import type { Job } from '../../../electron/contract/jobs.ts';
import type { StationState } from './station.svelte.ts';

/** The short path "use my own images": good parts in, a taught product out, a watched folder on the line. */
export class OwnImagesState {
  readonly #station: StationState;
  #goodFolder = $state<string | null>(null);
  #jobId = $state<string | null>(null);
  #productId: number | null = null;
  name = $state('');
  watchFolder = $state<string | null>(null);
  existing = $state(true);
  pauseDemo = $state(true);

  constructor(station: StationState) {
    this.#station = station;
  }

  get goodFolder(): string | null {
    return this.#goodFolder;
  }

  get job(): Job | null {
    return this.#station.jobs.find(({ id }) => id === this.#jobId) ?? null;
  }

  get canTeach(): boolean {
    return this.#goodFolder !== null && this.name.trim() !== '' && this.#station.backbones.length > 0;
  }

  /** Takes the folder; an empty name becomes the folder's. */
  chooseGood(folder: string | null): void {
    this.#goodFolder = folder;
    if (folder !== null && this.name === '') this.name = folder.split(/[\\/]/).findLast(Boolean) ?? '';
  }

  async teach(): Promise<void> {
    const backbone = this.#station.backbones.find(({ builtIn }) => builtIn) ?? this.#station.backbones[0];
    if (this.#goodFolder === null || backbone === undefined) return;
    const name = this.name.trim();
    this.#productId ??= (await this.#station.call('product.add', { name }))?.id ?? null;
    if (this.#productId === null) return;
    const job = await this.#station.call('teach.start', {
      productId: this.#productId,
      name,
      good: { from: 'folder', path: this.#goodFolder },
      ngFolder: null,
      backboneId: backbone.id,
      features: null,
      size: null,
      seed: 1,
    });
    this.#jobId = job?.id ?? null;
  }

  cancel(): void {
    if (this.#jobId !== null) void this.#station.call('job.cancel', { id: this.#jobId });
  }

  /** Back to the first step; the product made on the way is kept and used. */
  again(): void {
    this.#jobId = null;
  }

  /** Puts the model to work on the watched folder. */
  async judge(): Promise<boolean> {
    const modelId = this.job?.modelId;
    if (modelId === undefined || this.#productId === null || this.watchFolder === null) return false;
    if ((await this.#station.call('model.activate', { id: modelId })) === null) return false;
    const source = await this.#station.call('source.add', {
      name: this.name.trim(),
      productId: this.#productId,
      config: { kind: 'folder', path: this.watchFolder, subfolders: true, existing: this.existing },
    });
    if (source === null) return false;
    if (this.pauseDemo) await this.#pauseDemo();
    await this.#station.changeSettings({ greeted: true });
    return true;
  }

  async #pauseDemo(): Promise<void> {
    for (const { id, config, paused } of this.#station.sources) {
      if (config.kind === 'demo' && !paused) await this.#station.call('source.change', { id, paused: true });
    }
  }
}
