import type { Bridge } from '../../../electron/contract/bridge.ts';
import type { DriftAlarm, DriftReport, DriftWatch } from '../../../electron/contract/drift.ts';
import type { StationState } from './station.svelte.ts';

/** What is watched for drift of one product, kept fresh while it is shown. */
export class DriftState {
  readonly #station: StationState;
  #productId: number | null = null;
  #report = $state.raw<DriftReport | null>(null);

  constructor(station: StationState, bridge: Bridge) {
    this.#station = station;
    bridge.on('drift.changed', ({ productId }) => {
      if (productId === this.#productId) void this.#load();
    });
  }

  /** `null`: not told yet. */
  get report(): DriftReport | null {
    return this.#report;
  }

  get watch(): DriftWatch | null {
    return this.#report?.watch ?? null;
  }

  /** Nobody has acknowledged them yet, newest first. */
  get open(): DriftAlarm[] {
    return this.#report?.alarms.filter(({ acknowledged }) => acknowledged === null) ?? [];
  }

  get earlier(): DriftAlarm[] {
    return this.#report?.alarms.filter(({ acknowledged }) => acknowledged !== null) ?? [];
  }

  /** Shows this product from now on. */
  async show(productId: number | null): Promise<void> {
    if (productId !== this.#productId) this.#report = null;
    this.#productId = productId;
    await this.#load();
  }

  /** @returns whether it is done */
  async acknowledge(id: number, reason: string, resets: boolean): Promise<boolean> {
    return this.#take(await this.#station.call('drift.acknowledge', { id, reason, resets }));
  }

  /** @returns whether it is done */
  async reset({ productId, modelId }: DriftWatch, reason: string): Promise<boolean> {
    return this.#take(await this.#station.call('drift.reset', { productId, modelId, reason }));
  }

  async #load(): Promise<void> {
    const productId = this.#productId;
    if (productId === null) return;
    const report = await this.#station.call('drift.report', { productId });
    if (productId === this.#productId) this.#take(report);
  }

  #take(report: DriftReport | null): boolean {
    if (report) this.#report = report;
    return report !== null;
  }
}
