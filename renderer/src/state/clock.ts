/** The station's clock as the page knows it: the time of the last snapshot, carried on by a steady counter. */
export class StationClock {
  readonly #steadyMs: () => number;
  #offsetMs = 0;

  /** @param steadyMs a counter that never jumps, e.g. `performance.now`, in ms */
  constructor(steadyMs: () => number) {
    this.#steadyMs = steadyMs;
  }

  /** @param nowMs the station's time, ms since 1970 UTC */
  set(nowMs: number): void {
    this.#offsetMs = nowMs - this.#steadyMs();
  }

  /** ms since 1970 UTC */
  now(): number {
    return Math.round(this.#offsetMs + this.#steadyMs());
  }
}
