import {
  meansOk,
  type ClassifierDescription,
  type ImportClassifierRequest,
} from '../../../electron/contract/classifier.ts';
import type { ErrorInfo } from '../../../electron/contract/errors.ts';
import { PreprocessDraft } from './preprocessDraft.svelte.ts';
import type { StationState } from './station.svelte.ts';

/** The draft of an import: what the file holds, what its classes are called, and which of them mean OK. */
export class ClassifierImport extends PreprocessDraft {
  readonly #station: StationState;
  #description = $state.raw<ClassifierDescription | null>(null);
  #error = $state.raw<ErrorInfo | null>(null);
  #busy = $state(false);
  #okLabels = $state.raw<readonly string[]>([]);
  /** One name a line, in the order of the output. */
  #text = $state('');
  heldOut = $state<string | null>(null);

  constructor(station: StationState) {
    super();
    this.#station = station;
  }

  get description(): ClassifierDescription | null {
    return this.#description;
  }

  get error(): ErrorInfo | null {
    return this.#error;
  }

  get busy(): boolean {
    return this.#busy;
  }

  get text(): string {
    return this.#text;
  }

  set text(text: string) {
    this.#text = text;
    this.#okLabels = this.labels.filter((label) => this.#okLabels.includes(label) || meansOk(label));
  }

  get labels(): string[] {
    return this.#text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
  }

  get okLabels(): string[] {
    return [...this.#okLabels];
  }

  /** What is still missing, or `null`. */
  get missing(): 'file' | 'labels' | 'twice' | 'okClass' | 'defectClass' | 'pixels' | null {
    const { labels, okLabels } = this;
    if (this.#description === null) return 'file';
    if (labels.length !== this.#description.classes) return 'labels';
    if (labels.some((label, at) => labels.indexOf(label) !== at)) return 'twice';
    if (okLabels.length === 0) return 'okClass';
    if (okLabels.length === labels.length) return 'defectClass';
    return this.preprocess === null ? 'pixels' : null;
  }

  toggle(label: string): void {
    const chosen = this.#okLabels;
    this.#okLabels = chosen.includes(label) ? chosen.filter((each) => each !== label) : [...chosen, label];
  }

  async describe(path: string): Promise<void> {
    this.#busy = true;
    this.#error = null;
    this.#description = null;
    const outcome = await this.#station.ask('classifier.describe', { path });
    this.#busy = false;
    if (!outcome.ok) {
      this.#error = outcome.error;
      return;
    }
    this.#description = outcome.reply;
    this.take(outcome.reply.suggestedPreprocess);
    this.text = (outcome.reply.labels ?? []).join('\n');
  }

  async readLabels(path: string): Promise<void> {
    const outcome = await this.#station.ask('classifier.labels', { path });
    this.#error = outcome.ok ? null : outcome.error;
    if (outcome.ok) this.text = outcome.reply.labels.join('\n');
  }

  /** What the station is asked, or `null` while something is missing. */
  request(productId: number, name: string): ImportClassifierRequest | null {
    const { labels, okLabels, preprocess, heldOut } = this;
    if (this.missing !== null || this.#description === null || preprocess === null) return null;
    return { productId, name, path: this.#description.path, labels, okLabels, preprocess, heldOut };
  }
}
