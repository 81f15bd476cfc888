import type { DemoConfig, SourceConfig } from '../../contract/domain.ts';
import type { Clock } from '../../platform/clock.ts';
import { numberedPartKey } from '../../store/partKey.ts';
import type { Part } from '../part.ts';
import type { LiveSource, SourceEvents } from './source.ts';

export interface DemoLineOptions {
  id: number;
  config: DemoConfig;
  /** Number of the first part: those before it are on record. */
  firstIndex: number;
  clock: Clock;
  events: SourceEvents;
}

/**
 * A line of procedural parts. The engine draws part `index` from the seed, so the line needs no more memory than
 * its index. A new part is there every `intervalMs`; when the station is slower, the line waits for it.
 */
export class DemoLine implements LiveSource {
  readonly id: number;
  readonly condition = { status: 'running' } as const;
  readonly isPatient = true;
  readonly #clock: Clock;
  readonly #events: SourceEvents;
  #config: DemoConfig;
  #index: number;
  #running = false;
  #timer: NodeJS.Timeout | null = null;
  /** When the part that waits came to its place, monotonic; `null` while the next is on its way. */
  #readyMs: number | null = null;

  constructor({ id, config, firstIndex, clock, events }: DemoLineOptions) {
    this.id = id;
    this.#config = config;
    this.#index = firstIndex;
    this.#clock = clock;
    this.#events = events;
  }

  get waiting(): number {
    return this.#readyMs === null ? 0 : 1;
  }

  start(): void {
    this.#running = true;
    this.#arrive();
  }

  stop(): void {
    this.#running = false;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#readyMs = null;
  }

  reconfigure(config: SourceConfig): boolean {
    // Another seed or part is another line, but its parts are counted on: a number names one part for ever.
    if (config.kind !== 'demo') return false;
    const faster = config.intervalMs < this.#config.intervalMs;
    this.#config = config;
    if (faster && this.#timer) {
      clearTimeout(this.#timer);
      this.#schedule();
    }
    return true;
  }

  take(): Part | null {
    if (this.#readyMs === null) return null;
    const index = this.#index++;
    const { part, seed, defectRate, disturbances } = this.#config;
    const taken: Part = {
      key: numberedPartKey(this.id, index),
      sourceId: this.id,
      origin: String(index),
      serial: '',
      image: { from: 'demo', part, seed, index, defectRate, disturbances },
      readyMs: this.#readyMs,
    };
    this.#readyMs = null;
    this.#schedule();
    return taken;
  }

  accepts(): boolean {
    return true;
  }

  recorded(): void {
    // Nothing is kept for a part that can be drawn again from its number.
  }

  #schedule(): void {
    this.#timer = setTimeout(() => this.#arrive(), this.#config.intervalMs);
  }

  #arrive(): void {
    this.#timer = null;
    if (!this.#running) return;
    this.#readyMs = this.#clock.monotonicMs();
    this.#events.available();
  }
}
