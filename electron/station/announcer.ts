import type { Clock } from '../platform/clock.ts';

/**
 * Gathers what happens many times a second into at most one announcement per `gapMs`: the first at once, the
 * rest together when the gap is over.
 */
export class Announcer<Item> {
  readonly #clock: Clock;
  readonly #gapMs: number;
  readonly #announce: (items: Item[]) => void;
  #items: Item[] = [];
  #timer: NodeJS.Timeout | null = null;
  #lastMs = -Infinity;

  constructor(clock: Clock, gapMs: number, announce: (items: Item[]) => void) {
    this.#clock = clock;
    this.#gapMs = gapMs;
    this.#announce = announce;
  }

  add(items: readonly Item[]): void {
    if (items.length === 0) return;
    this.#items.push(...items);
    if (this.#timer) return;
    const waitMs = this.#lastMs + this.#gapMs - this.#clock.monotonicMs();
    if (waitMs <= 0) this.flush();
    else this.#timer = setTimeout(() => this.flush(), waitMs);
  }

  flush(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#items.length === 0) return;
    const items = this.#items;
    this.#items = [];
    this.#lastMs = this.#clock.monotonicMs();
    this.#announce(items);
  }
}
