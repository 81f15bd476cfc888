import type { ReplyOf } from '../../../electron/contract/channels.ts';
import type { HumanWord, Inspection } from '../../../electron/contract/domain.ts';
import type { ErrorInfo } from '../../../electron/contract/errors.ts';
import { everything, type DefectCount, type HistoryFilter } from '../../../electron/contract/history.ts';
import type { StationState } from './station.svelte.ts';

export const pageRows = 200;
/** Rows kept at once; what lies further away is let go and fetched again when needed. */
export const windowRows = 800;

export type OpenPart = ReplyOf<'history.part'>;

/**
 * The record as a window that slides over it: rows are fetched by key, never by number, so that the millionth
 * row comes as fast as the first.
 */
export class HistoryState {
  readonly #station: StationState;
  #filter = $state.raw<HistoryFilter>(everything);
  #rows = $state.raw<readonly Inspection[]>([]);
  #offset = $state(0);
  #older = $state(false);
  #newer = $state(false);
  #count = $state<number | null>(null);
  #loading = $state(false);
  #isRead = $state(false);
  #error = $state.raw<ErrorInfo | null>(null);
  #countError = $state.raw<ErrorInfo | null>(null);
  #selectedId = $state<number | null>(null);
  #open = $state.raw<OpenPart | null>(null);
  /** Whether a part is to be open, here or on its way: an answer that comes after closing opens nothing. */
  #isOpenWanted = false;
  #isParetoShown = $state(false);
  #defects = $state.raw<readonly DefectCount[] | null>(null);
  #defectsError = $state.raw<ErrorInfo | null>(null);
  #turn = 0;

  constructor(station: StationState) {
    this.#station = station;
  }

  get filter(): HistoryFilter {
    return this.#filter;
  }

  /** Whether the filter leaves anything out. */
  get filtered(): boolean {
    return Object.values(this.#filter).some((value) => value !== null);
  }

  /** The window, newest first. */
  get rows(): readonly Inspection[] {
    return this.#rows;
  }

  /** How many rows of the result lie before the window. */
  get offset(): number {
    return this.#offset;
  }

  /** Rows the filter finds; `null` while they are counted. */
  get count(): number | null {
    return this.#count;
  }

  get loading(): boolean {
    return this.#loading;
  }

  /** Whether an answer has come: before, nobody knows that there is nothing. */
  get isRead(): boolean {
    return this.#isRead;
  }

  get error(): ErrorInfo | null {
    return this.#error ?? this.#countError;
  }

  get selectedId(): number | null {
    return this.#selectedId;
  }

  /** Place of the selected row in the window, or −1. */
  get selectedIndex(): number {
    return this.#rows.findIndex(({ id }) => id === this.#selectedId);
  }

  /** The part opened beside the table. */
  get open(): OpenPart | null {
    return this.#open;
  }

  get isParetoShown(): boolean {
    return this.#isParetoShown;
  }

  /** Parts by defect type among what the filter finds without its own defect type; `null` while they are counted. */
  get defects(): readonly DefectCount[] | null {
    return this.#defects;
  }

  get defectsError(): ErrorInfo | null {
    return this.#defectsError;
  }

  showPareto(isShown: boolean): void {
    this.#isParetoShown = isShown;
    void this.#countDefects(this.#turn);
  }

  /** Whether parts came in since the window was at the newest row. */
  get hasNews(): boolean {
    const newest = this.#station.recent.at(-1)?.id ?? 0;
    return this.#offset === 0 && newest > (this.#rows[0]?.id ?? newest);
  }

  setFilter(change: Partial<HistoryFilter>): Promise<void> {
    this.#filter = { ...this.#filter, ...change };
    return this.newest();
  }

  /** Starts over at the newest row. */
  async newest(): Promise<void> {
    const turn = ++this.#turn;
    this.#error = null;
    this.#countError = null;
    void this.#countRows(turn);
    void this.#countDefects(turn);
    const page = await this.#page(null, null, turn);
    if (turn !== this.#turn) return;
    this.#isRead = page !== null;
    this.#rows = page?.rows ?? [];
    this.#older = page?.older ?? false;
    this.#newer = false;
    this.#offset = 0;
  }

  /** Jumps to the oldest rows. */
  async oldest(): Promise<void> {
    const turn = ++this.#turn;
    const page = await this.#page(null, 1, turn);
    if (page === null) return;
    this.#rows = page.rows;
    this.#older = page.older;
    this.#newer = page.newer;
    this.#offset = Math.max(0, (this.#count ?? 0) - page.rows.length - (page.older ? 1 : 0));
  }

  /** @returns how many rows were let go at the top */
  async loadOlder(): Promise<number> {
    const last = this.#rows.at(-1);
    if (!this.#older || this.#loading || last === undefined) return 0;
    const page = await this.#page(last.id, null, this.#turn);
    if (page === null) return 0;
    const all = [...this.#rows, ...page.rows];
    const dropped = Math.max(0, all.length - windowRows);
    this.#rows = all.slice(dropped);
    this.#offset += dropped;
    this.#older = page.older;
    this.#newer ||= dropped > 0;
    return dropped;
  }

  /** @returns how many rows were put in at the top */
  async loadNewer(): Promise<number> {
    const first = this.#rows[0];
    if (!this.#newer || this.#loading || first === undefined) return 0;
    const page = await this.#page(null, first.id, this.#turn);
    if (page === null) return 0;
    const all = [...page.rows, ...this.#rows];
    this.#rows = all.slice(0, windowRows);
    this.#offset = Math.max(0, this.#offset - page.rows.length);
    this.#newer = page.newer;
    this.#older ||= all.length > windowRows;
    return page.rows.length;
  }

  select(id: number | null): void {
    this.#selectedId = id;
    if (this.#isOpenWanted && id !== null) void this.show(id);
  }

  async show(id: number): Promise<void> {
    this.#selectedId = id;
    this.#isOpenWanted = true;
    const part = await this.#station.call('history.part', { id });
    if (!this.#isOpenWanted || this.#selectedId !== id) return;
    if (part === null) this.#isOpenWanted = this.#open !== null;
    else this.#open = part;
  }

  close(): void {
    this.#isOpenWanted = false;
    this.#open = null;
  }

  /** Records or takes back the human's word on the open part. */
  async say(word: HumanWord | null): Promise<void> {
    const id = this.#open?.inspection.id;
    if (id === undefined) return;
    const changed =
      word === null
        ? await this.#station.call('feedback.withdraw', { inspectionId: id })
        : await this.#station.call('feedback.give', { inspectionId: id, word, reason: '' });
    if (changed === null) return;
    this.#rows = this.#rows.map((row) => (row.id === id ? changed : row));
    if (this.#open?.inspection.id === id) await this.show(id);
  }

  async #page(before: number | null, after: number | null, turn: number) {
    this.#loading = true;
    const outcome = await this.#station.ask('history.page', {
      filter: this.#filter,
      before,
      after,
      limit: pageRows,
    });
    if (turn !== this.#turn) return null;
    this.#loading = false;
    this.#error = outcome.ok ? null : outcome.error;
    return outcome.ok ? outcome.reply : null;
  }

  async #countDefects(turn: number): Promise<void> {
    if (!this.#isParetoShown) return;
    const outcome = await this.#station.ask('history.defects', { filter: { ...this.#filter, label: null } });
    if (turn !== this.#turn) return;
    this.#defects = outcome.ok ? outcome.reply.defects : null;
    this.#defectsError = outcome.ok ? null : outcome.error;
  }

  async #countRows(turn: number): Promise<void> {
    this.#count = null;
    const outcome = await this.#station.ask('history.count', { filter: this.#filter });
    if (turn !== this.#turn) return;
    this.#count = outcome.ok ? outcome.reply.count : null;
    this.#countError = outcome.ok ? null : outcome.error;
  }
}
