/**
 * Counts NG among the last parts of a line: `ng` within any `parts` in a row meet the rule, and the count starts anew
 * (the rule of native-models/evaluate/lineStops.ts). Constant time a part, memory for `ng` of them.
 */
export class StopWindow {
  readonly ng: number;
  readonly parts: number;
  /** The last NG, each at its place modulo `ng`. */
  readonly #places: number[] = [];
  readonly #ids: number[] = [];
  #found = 0;
  #seen = 0;

  constructor(ng: number, parts: number) {
    this.ng = ng;
    this.parts = parts;
  }

  /** @returns ids of the NG parts that meet the rule, oldest first, or `null` */
  add(id: number, isNg: boolean): number[] | null {
    const place = this.#seen++;
    if (!isNg) return null;
    const at = this.#found++ % this.ng;
    this.#places[at] = place;
    this.#ids[at] = id;
    if (this.#found < this.ng) return null;
    const oldest = this.#found % this.ng;
    if (place - (this.#places[oldest] as number) >= this.parts) return null;
    const counted = Array.from({ length: this.ng }, (_, i) => this.#ids[(oldest + i) % this.ng] as number);
    this.clear();
    return counted;
  }

  clear(): void {
    this.#found = 0;
    this.#seen = 0;
  }
}
