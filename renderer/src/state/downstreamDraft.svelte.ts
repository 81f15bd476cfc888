import type { ErrorInfo } from '../../../electron/contract/errors.ts';
import type {
  DownstreamCheck,
  DownstreamMapping,
  DownstreamTable,
  LabelMeaning,
  WordBatch,
} from '../../../electron/contract/review.ts';
import type { ReviewState } from './review.svelte.ts';
import type { StationState } from './station.svelte.ts';

/** A file of results on its way to the record. Every change of what its columns mean asks for a new check. */
export class DownstreamDraft {
  readonly #station: StationState;
  readonly #review: ReviewState;
  #table = $state.raw<DownstreamTable | null>(null);
  #meanings = $state.raw<Readonly<Record<string, LabelMeaning>>>({});
  #checked = $state.raw<{ check: DownstreamCheck; of: string } | null>(null);
  #error = $state.raw<ErrorInfo | null>(null);
  #busy = $state(false);
  hasHeader = $state(true);
  serial = $state<number | null>(null);
  label = $state<number | null>(null);
  lot = $state<number | null>(null);
  productId = $state<number | null>(null);
  several = $state<DownstreamMapping['several']>('leaveOut');

  constructor(station: StationState, review: ReviewState) {
    this.#station = station;
    this.#review = review;
  }

  get table(): DownstreamTable | null {
    return this.#table;
  }

  get error(): ErrorInfo | null {
    return this.#error;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** `null` until it is looked up for what is chosen now. */
  get check(): DownstreamCheck | null {
    return this.#checked?.of === JSON.stringify(this.#request) ? this.#checked.check : null;
  }

  /** Of the column of results. */
  get values(): DownstreamTable['values'][number] {
    return this.label === null ? [] : (this.#table?.values[this.label] ?? []);
  }

  get isComplete(): boolean {
    return this.#request !== null;
  }

  meaningOf(value: string): LabelMeaning | null {
    if (Object.hasOwn(this.#meanings, value)) return this.#meanings[value]!;
    return this.values.find((each) => each.value === value)?.meaning ?? null;
  }

  mean(value: string, meaning: LabelMeaning | null): void {
    const others = Object.entries(this.#meanings).filter(([other]) => other !== value);
    this.#meanings = Object.fromEntries(meaning === null ? others : [...others, [value, meaning]]);
  }

  async read(path: string): Promise<void> {
    const table = await this.#ask(() => this.#station.ask('downstream.read', { path }));
    this.#table = table;
    this.#meanings = {};
    this.#checked = null;
    if (table === null) return;
    this.hasHeader = table.hasHeader;
    ({ serial: this.serial, label: this.label, lot: this.lot } = table.suggested);
  }

  async lookUp(): Promise<void> {
    const request = this.#request;
    if (request === null) return;
    const check = await this.#ask(() => this.#station.ask('downstream.check', request));
    this.#checked = check && { check, of: JSON.stringify(request) };
  }

  /** All rows that were looked up, or none. */
  async bringIn(): Promise<WordBatch | null> {
    const { check } = this;
    const request = this.#request;
    if (check === null || request === null) return null;
    const { leftOut } = check;
    const batch = await this.#ask(() => this.#station.ask('downstream.import', { ...request, leftOut }));
    if (batch === null) return null;
    this.#table = null;
    this.#checked = null;
    await Promise.all([this.#review.loadBatches(), this.#review.load()]);
    return batch;
  }

  get #request() {
    const { serial, label, lot, hasHeader, productId, several } = this;
    if (this.#table === null || serial === null || label === null) return null;
    const { path, sha256 } = this.#table;
    const meanings: Record<string, LabelMeaning> = {};
    for (const { value } of this.values) {
      const meaning = this.meaningOf(value);
      if (meaning !== null) meanings[value] = meaning;
    }
    return { path, sha256, mapping: { hasHeader, serial, label, lot, meanings, productId, several } };
  }

  async #ask<Reply>(
    question: () => Promise<{ ok: true; reply: Reply } | { ok: false; error: ErrorInfo }>,
  ): Promise<Reply | null> {
    this.#busy = true;
    const outcome = await question();
    this.#busy = false;
    this.#error = outcome.ok ? null : outcome.error;
    return outcome.ok ? outcome.reply : null;
  }
}
