import { median } from '../images/site/quantiles.ts';

/** Parts as rows of features with what is said of them. */
export interface ScreenedRows {
  /** float32 [dimensions] of each part, all of one length. */
  readonly rows: readonly Float32Array[];
  /** Stated class of each. */
  readonly labels: readonly string[];
  /** Parts of one group (a lot, a stretch of the line) may be wrong together: none speaks for another. */
  readonly groups: readonly (string | null)[];
}

/** Called between stretches of work with the share done, 0..1; throws to end the work. */
export type Pace = (share: number) => Promise<void>;

export const noPace: Pace = () => Promise.resolve();

/** Between these many rows of work others get a turn. */
export const rowsPerTurn = 64;

export function squaredDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) {
    const difference = a[d]! - b[d]!;
    sum += difference * difference;
  }
  return sum;
}

/** Makes a median of absolute deviations the standard deviation of a normal distribution: 1 / Φ⁻¹(¾). */
const normalScale = 1.4826;

/** Median, and the spread around it that outliers do not move. */
export function robustSpread(values: readonly number[]): {
  readonly middle: number;
  readonly spread: number;
} {
  const middle = median(values);
  return { middle, spread: normalScale * median(values.map((value) => Math.abs(value - middle))) };
}
