import type { AnomalyMap, HumanWord } from '../../../electron/contract/domain.ts';
import type { ErrorInfo } from '../../../electron/contract/errors.ts';
import type { LineRates } from '../../../electron/contract/lineRates.ts';
import type {
  LimitSample,
  QueuedPart,
  QueueLeft,
  ReviewReason,
  SayManyRequest,
  WordBatch,
} from '../../../electron/contract/review.ts';
import { Answer } from './answer.svelte.ts';
import type { StationState } from './station.svelte.ts';
import type { Toasts } from './toasts.svelte.ts';

const pageRows = 60;
/** So many parts before the end of the list, the next are fetched. */
const aheadRows = 10;
const weekMs = 7 * 86_400_000;

/** Parts that wait for a human, one after the other. What is put off comes again at the end. */
export class ReviewState {
  readonly #station: StationState;
  readonly #toasts: Toasts;
  #productId = $state<number | null>(null);
  #reason = $state<ReviewReason | null>(null);
  #days = $state<'week' | 'all'>('week');
  #rows = $state.raw<readonly QueuedPart[]>([]);
  #older = $state(false);
  #at = $state(0);
  #left = $state.raw<QueueLeft | null>(null);
  #rates = $state.raw<LineRates | null>(null);
  #map = $state.raw<{ id: number; map: AnomalyMap | null } | null>(null);
  #limitsOf: number | null = null;
  /** Of the product on display, or of the one chosen. */
  readonly limits: Answer<{ samples: LimitSample[] }>;
  /** Words recorded together. */
  readonly batches: Answer<{ batches: WordBatch[] }>;
  #given = $state.raw<readonly QueuedPart[]>([]);
  #error = $state.raw<ErrorInfo | null>(null);
  #loading = $state(false);
  #isRead = $state(false);
  #turn = 0;
  #isActing = $state(false);
  /** Kept for the next parts until another is chosen. */
  cause = $state('');

  constructor(station: StationState, toasts: Toasts) {
    this.#station = station;
    this.#toasts = toasts;
    this.limits = new Answer(() => station.ask('review.limits', { productId: this.#limitsOf ?? 0 }));
    this.batches = new Answer(() => station.ask('review.batches', {}));
  }

  get productId(): number | null {
    return this.#productId;
  }

  get reason(): ReviewReason | null {
    return this.#reason;
  }

  get days(): 'week' | 'all' {
    return this.#days;
  }

  get rows(): readonly QueuedPart[] {
    return this.#rows;
  }

  /** There are more than those fetched. */
  get older(): boolean {
    return this.#older;
  }

  get current(): QueuedPart | null {
    return this.#rows[this.#at] ?? null;
  }

  get map(): AnomalyMap | null {
    return this.#map?.id === this.current?.inspection.id ? (this.#map?.map ?? null) : null;
  }

  get left(): QueueLeft | null {
    return this.#left;
  }

  get rates(): LineRates | null {
    return this.#rates;
  }

  get error(): ErrorInfo | null {
    return this.#error;
  }

  get loading(): boolean {
    return this.#loading;
  }

  /** Whether an answer has come: before, nobody knows that nothing is waiting. */
  get isRead(): boolean {
    return this.#isRead;
  }

  /** Whether the choice leaves anything out. */
  get isFiltered(): boolean {
    return this.#productId !== null || this.#reason !== null || this.#days !== 'all';
  }

  /** A word is on its way, or its part is not on display yet. */
  get isActing(): boolean {
    return this.#isActing;
  }

  get canUndo(): boolean {
    return this.#given.length > 0;
  }

  filter(change: {
    productId?: number | null;
    reason?: ReviewReason | null;
    days?: 'week' | 'all';
  }): Promise<void> {
    if (change.productId !== undefined) this.#productId = change.productId;
    if (change.reason !== undefined) this.#reason = change.reason;
    if (change.days !== undefined) this.#days = change.days;
    return this.load();
  }

  /** From the newest on. */
  async load(): Promise<void> {
    const turn = ++this.#turn;
    this.#loading = true;
    this.#error = null;
    const page = await this.#page(null);
    if (turn !== this.#turn) return;
    this.#loading = false;
    this.#isRead = page.ok;
    this.#error = page.ok ? null : page.error;
    this.#rows = page.ok ? page.reply.rows : [];
    this.#older = page.ok && page.reply.older;
    this.#at = 0;
    await Promise.all([this.#show(), this.count()]);
  }

  async more(): Promise<void> {
    const last = this.#rows.at(-1);
    if (!this.#older || this.#loading || last === undefined) return;
    const turn = this.#turn;
    this.#loading = true;
    const page = await this.#page(last.inspection.id);
    if (turn !== this.#turn) return;
    this.#loading = false;
    if (!page.ok) return;
    const known = this.#rows.map(({ inspection }) => inspection.id);
    this.#rows = [
      ...this.#rows,
      ...page.reply.rows.filter(({ inspection }) => !known.includes(inspection.id)),
    ];
    this.#older = page.reply.older;
  }

  /** How many are left, and what the words so far say. */
  async count(): Promise<void> {
    const fromMs = this.#fromMs;
    const productId = this.#productId;
    const [left, rates] = await Promise.all([
      this.#station.ask('review.left', { productId, fromMs }),
      this.#station.ask('review.rates', {
        ...{ productId, sourceId: null, modelId: null },
        ...{ fromMs: fromMs ?? 0, toMs: this.#station.now() + 1 },
      }),
    ]);
    if (left.ok) this.#left = left.reply;
    if (rates.ok) this.#rates = rates.reply;
  }

  /** Puts a part of the list on display. */
  open(id: number): void {
    const at = this.#rows.findIndex(({ inspection }) => inspection.id === id);
    if (at < 0) return;
    this.#at = at;
    void this.#show();
  }

  later(): Promise<void> {
    return this.#alone(() => this.#later());
  }

  /** On record, so that it still holds when the page is opened again. */
  async #later(): Promise<void> {
    const part = this.current;
    if (part === null) return;
    const { id } = part.inspection;
    if ((await this.#station.call('review.putOff', { id })) === null) return;
    const others = this.#rows.filter(({ inspection }) => inspection.id !== id);
    // Where there are more than those fetched, it comes with the last of them.
    this.#rows = this.#older ? others : [...others, part];
    if (this.#at >= this.#rows.length && this.#older) await this.more();
    if (this.#at >= others.length) this.#at = 0;
    await this.#show();
  }

  say(word: HumanWord): Promise<void> {
    return this.#alone(() => this.#say(word));
  }

  async #say(word: HumanWord): Promise<void> {
    const part = this.current;
    if (part === null) return;
    const { id } = part.inspection;
    const given = { inspectionId: id, word, reason: this.cause.trim() };
    const changed = await this.#station.call('feedback.give', given);
    if (changed === null) return;
    this.#given = [...this.#given, part];
    this.#rows = this.#rows.filter(({ inspection }) => inspection.id !== id);
    if (this.#at >= this.#rows.length) {
      if (this.#older) await this.more();
      else this.#at = 0;
    }
    await Promise.all([this.#show(), this.count()]);
  }

  /** Takes back the last word given here, and shows its part again. */
  undo(): Promise<void> {
    return this.#alone(() => this.#undo());
  }

  async #undo(): Promise<void> {
    const part = this.#given.at(-1);
    if (part === undefined) return;
    const changed = await this.#station.call('feedback.withdraw', { inspectionId: part.inspection.id });
    if (changed === null) return;
    this.#given = this.#given.slice(0, -1);
    this.#rows = [
      ...this.#rows.slice(0, this.#at),
      { ...part, inspection: changed },
      ...this.#rows.slice(this.#at),
    ];
    await Promise.all([this.#show(), this.count()]);
  }

  async sayMany(request: SayManyRequest): Promise<boolean> {
    const batch = await this.#station.call('review.sayMany', request);
    if (batch === null) return false;
    this.#toasts.tell(
      'review.many.recorded',
      { count: batch.parts },
      { key: 'feedback.undo', shortcut: '', run: () => void this.takeBack(batch.id) },
    );
    await Promise.all([this.load(), this.loadBatches()]);
    return true;
  }

  async takeBack(id: number): Promise<void> {
    const taken = await this.#station.call('review.takeBack', { id });
    if (taken === null) return;
    const { kept } = taken;
    if (kept === 0) this.#toasts.tell('review.batch.taken');
    else this.#toasts.tell('review.batch.takenButKept', { kept });
    await Promise.all([this.load(), this.loadBatches()]);
  }

  loadBatches(): Promise<void> {
    return this.batches.ask();
  }

  async loadLimits(productId: number | null): Promise<void> {
    const isOther = productId !== this.#limitsOf;
    this.#limitsOf = productId;
    if (productId !== null) await (isOther ? this.limits.askAnew() : this.limits.ask());
  }

  /** A second key, pressed before the next part is there, must not judge what nobody has seen. */
  async #alone(work: () => Promise<void>): Promise<void> {
    if (this.#isActing) return;
    this.#isActing = true;
    await work().finally(() => (this.#isActing = false));
  }

  get #fromMs(): number | null {
    return this.#days === 'all' ? null : Math.max(0, this.#station.now() - weekMs);
  }

  #page(before: number | null) {
    return this.#station.ask('review.queue', {
      ...{ productId: this.#productId, fromMs: this.#fromMs, reason: this.#reason },
      ...{ before, limit: pageRows },
    });
  }

  async #show(): Promise<void> {
    if (this.#rows.length - this.#at < aheadRows) void this.more();
    const part = this.current?.inspection;
    if (part === undefined || this.#map?.id === part.id) return;
    const found = await this.#station.call('history.part', { id: part.id });
    if (found !== null && this.current?.inspection.id === part.id) {
      this.#map = { id: part.id, map: found.map };
    }
  }
}
