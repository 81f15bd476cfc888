import type { Bridge } from '../../../electron/contract/bridge.ts';
import type { DriftAlarm, DriftReport, DriftWatch } from '../../../electron/contract/drift.ts';
import { Answer } from './answer.svelte.ts';
import type { StationState } from './station.svelte.ts';

/** What is watched for drift of one product, kept fresh while it is shown. */
export class DriftState {
  readonly #station: StationState;
  #productId: number | null = null;
  /** On the product that is shown. */
  readonly answer: Answer<DriftReport>;

  constructor(station: StationState, bridge: Bridge) {
    this.#station = station;
    this.answer = new Answer(() => station.ask('drift.report', { productId: this.#productId ?? 0 }));
    bridge.on('drift.changed', ({ productId }) => {
      if (productId === this.#productId) void this.answer.ask();
    });
  }

  /** `null`: not told yet. */
  get report(): DriftReport | null {
    return this.answer.value;
  }

  get watch(): DriftWatch | null {
    return this.report?.watch ?? null;
  }

  /** Nobody has acknowledged them yet, newest first. */
  get open(): DriftAlarm[] {
    return this.report?.alarms.filter(({ acknowledged }) => acknowledged === null) ?? [];
  }

  get earlier(): DriftAlarm[] {
    return this.report?.alarms.filter(({ acknowledged }) => acknowledged !== null) ?? [];
  }

  /** Shows this product from now on. */
  async show(productId: number | null): Promise<void> {
    const isOther = productId !== this.#productId;
    this.#productId = productId;
    if (productId === null) this.answer.forget();
    else await (isOther ? this.answer.askAnew() : this.answer.ask());
  }

  /** @returns whether it is done */
  async acknowledge(id: number, reason: string, resets: boolean): Promise<boolean> {
    return this.#take(await this.#station.call('drift.acknowledge', { id, reason, resets }));
  }

  /** @returns whether it is done */
  async reset({ productId, modelId }: DriftWatch, reason: string): Promise<boolean> {
    return this.#take(await this.#station.call('drift.reset', { productId, modelId, reason }));
  }

  #take(report: DriftReport | null): boolean {
    if (report) this.answer.take(report);
    return report !== null;
  }
}
