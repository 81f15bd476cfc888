import type { Inspection, Performance } from '../contract/domain.ts';
import { nearestRank } from '../engine/statistics.ts';

const kept = 300;
const minuteMs = 60_000;

/**
 * Processing time and speed over the last 300 parts (or fewer: those of the last minute count for the speed).
 * Processing time is decode + infer + smooth + store: the wait is the line's affair, not the station's.
 */
export class PerformanceWindow {
  #totals: number[] = [];
  #recordedMs: number[] = [];

  /** @param nowMs monotonic. */
  add(latency: Inspection['latency'], nowMs: number): void {
    this.#totals.push(latency.decodeMs + latency.inferMs + latency.smoothMs + latency.storeMs);
    this.#recordedMs.push(nowMs);
    if (this.#totals.length > kept) {
      this.#totals.shift();
      this.#recordedMs.shift();
    }
  }

  /** @param nowMs monotonic. */
  read(nowMs: number): Performance {
    const partsPerMinute = this.#partsPerMinute(nowMs);
    const count = this.#totals.length;
    if (count === 0) return { nowMs: null, averageMs: null, p95Ms: null, maxMs: null, partsPerMinute };
    return {
      nowMs: this.#totals[count - 1] as number,
      averageMs: this.#totals.reduce((sum, total) => sum + total, 0) / count,
      p95Ms: nearestRank(this.#totals, 0.95),
      maxMs: nearestRank(this.#totals, 1),
      partsPerMinute,
    };
  }

  #partsPerMinute(nowMs: number): number {
    const recent = this.#recordedMs.filter((timeMs) => nowMs - timeMs <= minuteMs);
    const first = recent[0];
    if (first === undefined || recent.length < 2) return recent.length;
    // Between two parts the rate stays; once the next is overdue it falls.
    const meanGapMs = ((recent.at(-1) as number) - first) / (recent.length - 1);
    const spanMs = Math.max((recent.at(-1) as number) - first, nowMs - first - meanGapMs, 1);
    return ((recent.length - 1) / spanMs) * minuteMs;
  }
}
