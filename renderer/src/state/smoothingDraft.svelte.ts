import type { Inspection, Product } from '../../../electron/contract/domain.ts';
import type { ErrorInfo } from '../../../electron/contract/errors.ts';
import {
  ProductSmoothing,
  smoothingLimits,
  usualSmoothing,
  type LookCounts,
  type NoisePreview,
} from '../../../electron/contract/smoothing.ts';
import type { Limits } from './limits.ts';
import type { StationState } from './station.svelte.ts';

/** In the units shown. */
export const smoothingFields = {
  ...smoothingLimits,
  alpha: { min: 100 * smoothingLimits.alpha.min, max: 100 * smoothingLimits.alpha.max },
  margin: { min: 100 * smoothingLimits.margin.min, max: 100 * smoothingLimits.margin.max },
} as const satisfies Record<keyof ProductSmoothing, Limits>;

/** How a product's parts are looked at under noise, while somebody changes it. */
export class SmoothingDraft {
  readonly #station: StationState;
  readonly #productId: number;
  #index = 0;
  #turn = 0;
  isOn = $state(false);
  settings: ProductSmoothing = $state(usualSmoothing);
  #preview = $state.raw<NoisePreview | null>(null);
  #error = $state.raw<ErrorInfo | null>(null);
  #counts = $state.raw<LookCounts | null>(null);

  constructor(station: StationState, { id, smoothing }: Product) {
    this.#station = station;
    this.#productId = id;
    this.isOn = smoothing !== undefined;
    this.settings = { ...(smoothing ?? usualSmoothing) };
    void this.#count();
    void this.show();
  }

  /** The last one that came; `null` before. */
  get preview(): NoisePreview | null {
    return this.#preview;
  }

  /** Why there is none for these settings. */
  get error(): ErrorInfo | null {
    return this.#error;
  }

  /** Today's; `null` while they are counted. */
  get counts(): LookCounts | null {
    return this.#counts;
  }

  get isRight(): boolean {
    return ProductSmoothing.safeParse(this.settings).success;
  }

  set<Key extends keyof ProductSmoothing>(key: Key, value: number): void {
    this.settings = { ...this.settings, [key]: value };
    void this.show();
  }

  another(): void {
    this.#index += 1;
    void this.show();
  }

  /** Shows the noise of these settings on a part. */
  async show(): Promise<void> {
    const turn = ++this.#turn;
    if (!this.isRight) return;
    const request = { id: this.#productId, smoothing: { ...this.settings }, index: this.#index };
    const outcome = await this.#station.ask('product.noise', request);
    if (turn !== this.#turn) return;
    if (outcome.ok) this.#preview = outcome.reply;
    this.#error = outcome.ok ? null : outcome.error;
  }

  /** @returns whether it is saved */
  async save(): Promise<boolean> {
    const smoothing = this.isOn ? { ...this.settings } : null;
    return (await this.#station.call('product.smoothing', { id: this.#productId, smoothing })) !== null;
  }

  async #count(): Promise<void> {
    const outcome = await this.#station.ask('product.looks', { id: this.#productId });
    if (outcome.ok) this.#counts = outcome.reply;
  }
}

/** How long one look at a part of this product takes: the median of its recent parts, or `null` without any. */
export function lookMs(recent: readonly Inspection[], productId: number): number | null {
  const own = recent.filter((part) => part.productId === productId && part.score !== null);
  const sorted = own.map(({ latency }) => latency.inferMs).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
