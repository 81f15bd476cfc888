import type { ErrorInfo } from '../../../electron/contract/errors.ts';
import { RoiPlan, type Roi } from '../../../electron/contract/roi.ts';
import type { StationState } from './station.svelte.ts';

/** A return on investment being put together for one product. */
export class RoiDraft {
  readonly #station: StationState;
  #plan = $state<RoiPlan | null>(null);
  #saved = $state.raw<string | null>(null);
  #areCostsStated = $state(false);
  #roi = $state.raw<Roi | null>(null);
  #error = $state.raw<ErrorInfo | null>(null);
  #busy = $state(false);
  #productId: number | null = null;

  constructor(station: StationState) {
    this.#station = station;
  }

  /** What is entered, right or wrong; fields may be changed in place. */
  get plan(): RoiPlan | null {
    return this.#plan;
  }

  get areCostsStated(): boolean {
    return this.#areCostsStated;
  }

  /** What is saved is what is entered. */
  get isSaved(): boolean {
    return this.#plan !== null && this.#saved === JSON.stringify(this.#plan);
  }

  get isValid(): boolean {
    return RoiPlan.safeParse(this.#plan).success;
  }

  get roi(): Roi | null {
    return this.#roi;
  }

  get error(): ErrorInfo | null {
    return this.#error;
  }

  get busy(): boolean {
    return this.#busy;
  }

  async open(productId: number): Promise<void> {
    this.#productId = productId;
    this.#roi = null;
    const outcome = await this.#station.ask('roi.read', { productId });
    if (productId !== this.#productId) return;
    this.#error = outcome.ok ? null : outcome.error;
    this.#plan = outcome.ok ? outcome.reply.plan : null;
    if (!outcome.ok) return;
    this.#areCostsStated = outcome.reply.areCostsStated;
    this.#saved = outcome.reply.isSaved ? JSON.stringify(outcome.reply.plan) : null;
    await this.reckon();
  }

  async reckon(): Promise<void> {
    const [productId, plan] = [this.#productId, $state.snapshot(this.#plan)];
    if (productId === null || plan === null || !this.isValid) return;
    this.#busy = true;
    const outcome = await this.#station.ask('roi.reckon', { productId, plan });
    this.#busy = false;
    if (productId !== this.#productId) return;
    this.#error = outcome.ok ? null : outcome.error;
    this.#roi = outcome.ok ? outcome.reply : null;
  }

  /** @returns whether it was */
  async save(): Promise<boolean> {
    const [productId, plan] = [this.#productId, $state.snapshot(this.#plan)];
    if (productId === null || plan === null) return false;
    if ((await this.#station.call('roi.save', { productId, plan })) === null) return false;
    this.#saved = JSON.stringify(plan);
    return true;
  }
}
