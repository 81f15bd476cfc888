/** How values change from one to the next: a straight line through them, by least squares. */
export interface Slope {
  readonly perStep: number;
  /**
   * At 95 %, as if the values strayed from the line independently; sizes of a process do not quite, which makes
   * it somewhat too narrow.
   */
  readonly interval: readonly [number, number];
}

/** @param values at least three */
export function slope(values: readonly number[]): Slope {
  const n = values.length;
  const middle = (n - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  let spread = 0;
  let shared = 0;
  values.forEach((value, step) => {
    spread += (step - middle) ** 2;
    shared += (step - middle) * (value - mean);
  });
  const perStep = shared / spread;
  const squares = values.reduce((sum, value, step) => {
    return sum + (value - mean - perStep * (step - middle)) ** 2;
  }, 0);
  const freedom = n - 2;
  const half = studentQuantile(freedom) * Math.sqrt(squares / freedom / spread);
  return { perStep, interval: [perStep - half, perStep + half] };
}

/** Student's t at 97.5 %, within a percent from three degrees of freedom on. */
function studentQuantile(freedom: number): number {
  return 1.96 + 2.4 / freedom + 3.8 / freedom ** 2;
}
