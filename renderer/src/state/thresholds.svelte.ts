import type { Model } from '../../../electron/contract/domain.ts';
import type { ErrorInfo } from '../../../electron/contract/errors.ts';
import type {
  Replay,
  ScoreHistogram,
  ScorePeriod,
  WeighedRecord,
} from '../../../electron/contract/operating.ts';
import { isSamePair, type Thresholds } from '../../../electron/contract/verdict.ts';
import { midnight } from './days.ts';
import type { StationState } from './station.svelte.ts';

export const scorePeriods = ['today', 'yesterday', 'week', 'all', 'own'] as const;
export type ScorePeriodName = (typeof scorePeriods)[number];

/** Changed parts that are listed. */
export const listedParts = 48;
/** Places along the axis at which the cost is told. */
const costPlaces = 61;
const replayEveryMs = 100;
const weighAfterMs = 350;
/** Scores beyond this many NG thresholds are drawn there, so that they do not flatten all others. */
const outlier = 5;

interface Span {
  fromMs: number | null;
  toMs: number | null;
}

/** Setting the thresholds of a product's model in use by the scores on record. */
export class ThresholdsState {
  readonly #station: StationState;
  #chosen = $state<number | null>(null);
  #period = $state<ScorePeriodName>('week');
  #own = $state.raw<Span>({ fromMs: null, toMs: null });
  #draft = $state.raw<Thresholds | null>(null);
  #histogram = $state.raw<ScoreHistogram | null>(null);
  #replay = $state.raw<Replay | null>(null);
  #weighed = $state.raw<WeighedRecord | null>(null);
  #isWeighing = $state(false);
  #error = $state.raw<ErrorInfo | null>(null);
  #asked: ScorePeriod | null = null;
  #turn = 0;
  #replayTurn = 0;
  #weighTurn = 0;
  #replayTimer: ReturnType<typeof setTimeout> | undefined;
  #weighTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(station: StationState) {
    this.#station = station;
  }

  get productId(): number | null {
    const { products } = this.#station;
    const known = products.find(({ id }) => id === this.#chosen);
    return (known ?? products.find(({ activeModelId }) => activeModelId !== null) ?? products[0])?.id ?? null;
  }

  /** The model in use, which is the one whose scores are looked at. */
  get model(): Model | undefined {
    return this.#station.model(this.#station.product(this.productId)?.activeModelId ?? null);
  }

  get period(): ScorePeriodName {
    return this.#period;
  }

  /** The pair that is looked at. */
  get pair(): Thresholds | null {
    return this.#draft ?? this.model?.thresholds ?? null;
  }

  /** Whether the pair is another than the one in force. */
  get isChanged(): boolean {
    return (
      this.#draft !== null && this.model !== undefined && !isSamePair(this.#draft, this.model.thresholds)
    );
  }

  get histogram(): ScoreHistogram | null {
    return this.#histogram;
  }

  get replay(): Replay | null {
    return this.#replay;
  }

  get weighed(): WeighedRecord | null {
    return this.#weighed;
  }

  /** Whether curves and costs are being computed. */
  get isWeighing(): boolean {
    return this.#isWeighing;
  }

  get error(): ErrorInfo | null {
    return this.#error;
  }

  /** Ends of the axis of scores: everything there is and both thresholds in force. */
  get range(): readonly [number, number] {
    const { ng = 1, review = 0 } = this.model?.thresholds ?? {};
    const scores = this.#histogram?.bins.map(({ score }) => score) ?? [];
    const most = ng > 0 ? ng * outlier : Infinity;
    const low = Math.min(review, scores[0] ?? review, 0);
    const high = Math.max(ng, Math.min(scores.at(-1) ?? ng, most));
    const room = (high - low || 1) * 0.03;
    return [low < 0 ? low - room : low, high + room];
  }

  choose(productId: number): Promise<void> {
    this.#chosen = productId;
    return this.load();
  }

  setPeriod(period: ScorePeriodName): Promise<void> {
    this.#period = period;
    return this.load();
  }

  setSpan(change: Partial<Span>): Promise<void> {
    this.#own = { ...this.#own, ...change };
    return this.load();
  }

  /** Reads the scores of the period anew, and looks at the pair in force. */
  async load(): Promise<void> {
    const turn = ++this.#turn;
    const { model } = this;
    // What is still being reckoned is of the scores before.
    this.#replayTurn++;
    this.#weighTurn++;
    this.#isWeighing = false;
    this.#draft = null;
    this.#histogram = null;
    this.#replay = null;
    this.#weighed = null;
    this.#error = null;
    this.#asked = model === undefined ? null : { modelId: model.id, ...this.#span() };
    if (this.#asked === null) return;
    const outcome = await this.#station.ask('thresholds.scores', this.#asked);
    if (turn !== this.#turn) return;
    if (!outcome.ok) {
      this.#error = outcome.error;
      return;
    }
    this.#histogram = outcome.reply;
    await Promise.all([this.#askReplay(), this.#askWeights()]);
  }

  /** Moves one threshold as far as the other lets it: the band of review cannot turn inside out. */
  move(which: keyof Thresholds, value: number): void {
    const { pair } = this;
    if (pair === null || !Number.isFinite(value)) return;
    this.set(
      which === 'ng'
        ? { ...pair, ng: Math.max(value, pair.review) }
        : { ...pair, review: Math.min(value, pair.ng) },
    );
  }

  /** Looks at another pair. */
  set(pair: Thresholds): void {
    if (this.pair !== null && isSamePair(pair, this.pair)) return;
    this.#draft = pair;
    this.#replayTimer ??= setTimeout(() => void this.#askReplay(), replayEveryMs);
    clearTimeout(this.#weighTimer);
    this.#isWeighing = true;
    this.#weighTimer = setTimeout(() => void this.#askWeights(), weighAfterMs);
  }

  /** Back to the pair in force. */
  reset(): void {
    if (this.model) this.set(this.model.thresholds);
  }

  /** Puts the pair in force. @returns whether it is */
  async apply(reason: string): Promise<boolean> {
    const { model, pair } = this;
    if (model === undefined || pair === null) return false;
    const { id, thresholds: from } = model;
    return this.#changed(await this.#station.call('thresholds.apply', { id, from, to: pair, reason }));
  }

  /** Puts the pair before the last change in force again. */
  async undo(): Promise<boolean> {
    const { model } = this;
    if (model?.previousThresholds === undefined) return false;
    const { id, previousThresholds: to } = model;
    return this.#changed(await this.#station.call('thresholds.undo', { id, to }));
  }

  async #changed(model: Model | null): Promise<boolean> {
    if (model === null) return false;
    this.#draft = model.thresholds;
    await Promise.all([this.#askReplay(), this.#askWeights()]);
    this.#draft = null;
    return true;
  }

  async #askReplay(): Promise<void> {
    clearTimeout(this.#replayTimer);
    this.#replayTimer = undefined;
    const { pair } = this;
    if (this.#asked === null || pair === null) return;
    const turn = ++this.#replayTurn;
    const request = { ...this.#asked, thresholds: pair, limit: listedParts };
    const outcome = await this.#station.ask('thresholds.replay', request);
    if (turn !== this.#replayTurn) return;
    if (outcome.ok) this.#replay = outcome.reply;
    else this.#error = outcome.error;
  }

  async #askWeights(): Promise<void> {
    clearTimeout(this.#weighTimer);
    const { pair } = this;
    if (this.#asked === null || pair === null) return;
    const turn = ++this.#weighTurn;
    this.#isWeighing = true;
    const [low, high] = this.range;
    const places = Array.from({ length: costPlaces }, (_, i) => low + ((high - low) * i) / (costPlaces - 1));
    const outcome = await this.#station.ask('thresholds.weigh', { ...this.#asked, draft: pair, places });
    if (turn !== this.#weighTurn) return;
    this.#isWeighing = false;
    if (outcome.ok) this.#weighed = outcome.reply;
    else this.#error = outcome.error;
  }

  #span(): Span {
    const nowMs = this.#station.now();
    switch (this.#period) {
      case 'today':
        return { fromMs: midnight(nowMs, 0), toMs: null };
      case 'yesterday':
        return { fromMs: midnight(nowMs, 1), toMs: midnight(nowMs, 0) };
      case 'week':
        return { fromMs: midnight(nowMs, 6), toMs: null };
      case 'own':
        return this.#own;
      case 'all':
        return { fromMs: null, toMs: null };
    }
  }
}
