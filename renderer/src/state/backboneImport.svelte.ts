import type { Backbone, NetworkDescription } from '../../../electron/contract/domain.ts';
import type { ErrorInfo } from '../../../electron/contract/errors.ts';
import { PreprocessDraft } from './preprocessDraft.svelte.ts';
import type { StationState } from './station.svelte.ts';

/** The draft of an import: what the file holds, which tensors are tapped, and how images become its input. */
export class BackboneImportState extends PreprocessDraft {
  readonly #station: StationState;
  #description = $state.raw<NetworkDescription | null>(null);
  #error = $state.raw<ErrorInfo | null>(null);
  #busy = $state(false);
  name = $state('');
  automatic = $state(true);
  chosen = $state.raw<string[]>([]);

  constructor(station: StationState) {
    super();
    this.#station = station;
  }

  get description(): NetworkDescription | null {
    return this.#description;
  }

  get error(): ErrorInfo | null {
    return this.#error;
  }

  get busy(): boolean {
    return this.#busy;
  }

  get features(): string[] {
    return this.automatic ? (this.#description?.suggestedFeatures ?? []) : this.chosen;
  }

  get canImport(): boolean {
    return !this.#busy && this.name.trim() !== '' && this.features.length > 0 && this.preprocess !== null;
  }

  async describe(path: string): Promise<void> {
    this.#busy = true;
    this.#error = null;
    const outcome = await this.#station.ask('backbone.describe', { path });
    this.#busy = false;
    if (!outcome.ok) {
      this.#error = outcome.error;
      return;
    }
    const description = outcome.reply;
    this.#description = description;
    this.name = fileName(path);
    this.chosen = description.suggestedFeatures;
    this.take(description.suggestedPreprocess);
  }

  toggle(feature: string): void {
    const { chosen } = this;
    this.chosen = chosen.includes(feature) ? chosen.filter((name) => name !== feature) : [...chosen, feature];
  }

  async import(): Promise<Backbone | null> {
    const { preprocess } = this;
    if (this.#description === null || preprocess === null) return null;
    this.#busy = true;
    const outcome = await this.#station.ask('backbone.import', {
      path: this.#description.path,
      name: this.name.trim(),
      preprocess,
      features: this.features,
    });
    this.#busy = false;
    this.#error = outcome.ok ? null : outcome.error;
    return outcome.ok ? outcome.reply : null;
  }
}

/** Without folder and ending. */
export function fileName(path: string): string {
  const last = path.split(/[\\/]/).findLast(Boolean) ?? path;
  return last.replace(/\.onnx$/i, '');
}
