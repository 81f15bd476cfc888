/**
 * Area under the ROC curve: the chance that a defective part scores higher than a good one, a tie counting
 * half (Hanley & McNeil, Radiology 1982).
 */
export interface Auroc {
  /** 0..1; 0.5 is guessing. */
  readonly value: number;
  /** Confidence interval, within [0, 1]. */
  readonly interval: readonly [number, number];
}

/**
 * AUROC with the confidence interval of DeLong, DeLong & Clarke-Pearson (Biometrics 1988), taken on the logit
 * scale so that it stays within [0, 1] and keeps its coverage near 1 (Pepe 2003, section 5.2). The variance
 * comes from the placement values of both classes, computed by mid-ranks as Sun & Xu (IEEE SPL 2014) do.
 * When the classes are separated completely the variance is 0; the interval then is the one that the rule of
 * Hanley & McNeil would give had one pair been misplaced.
 * @param good finite scores of good parts
 * @param defective finite scores of defective parts
 * @param z two-sided normal quantile; 1.96 is 95 %
 * @returns null when one class is missing
 */
export function auroc(
  good: ArrayLike<number>,
  defective: ArrayLike<number>,
  z = 1.959963984540054,
): Auroc | null {
  const n = good.length;
  const m = defective.length;
  if (n === 0 || m === 0) return null;
  const all = new Float64Array(n + m);
  all.set(good);
  all.set(defective, n);
  const ranks = midRanks(all);
  const goodRanks = midRanks(all.subarray(0, n));
  const defectiveRanks = midRanks(all.subarray(n));
  const abovePerGood = Float64Array.from({ length: n }, (_, i) => 1 - (ranks[i]! - goodRanks[i]!) / m);
  const belowPerDefect = Float64Array.from({ length: m }, (_, j) => (ranks[n + j]! - defectiveRanks[j]!) / n);
  const value = mean(belowPerDefect);
  const deviation = Math.sqrt(variance(abovePerGood) / n + variance(belowPerDefect) / m);
  return { value, interval: logitInterval(value, deviation, n, m, z) };
}

function logitInterval(
  value: number,
  deviation: number,
  n: number,
  m: number,
  z: number,
): readonly [number, number] {
  const nearest = 1 / (2 * n * m);
  const inside = Math.min(Math.max(value, nearest), 1 - nearest);
  const spread = deviation > 0 ? deviation : hanleyDeviation(inside, n, m);
  const centre = Math.log(inside / (1 - inside));
  const half = (z * spread) / (inside * (1 - inside));
  const low = 1 / (1 + Math.exp(-(centre - half)));
  const high = 1 / (1 + Math.exp(-(centre + half)));
  return [value === 0 ? 0 : low, value === 1 ? 1 : high];
}

/** Standard error under exponential scores (Hanley & McNeil 1982, eq. 2). */
function hanleyDeviation(area: number, n: number, m: number): number {
  const q1 = area / (2 - area);
  const q2 = (2 * area * area) / (1 + area);
  const square = area * (1 - area) + (m - 1) * (q1 - area * area) + (n - 1) * (q2 - area * area);
  return Math.sqrt(Math.max(0, square) / (n * m));
}

/** Ranks from 1, equal values sharing the middle of theirs. */
function midRanks(values: Float64Array): Float64Array {
  const order = Uint32Array.from(values, (_, index) => index).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let i = start; i < end; i++) ranks[order[i]!] = (start + end + 1) / 2;
    start = end;
  }
  return ranks;
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Unbiased; 0 for a single value. */
function variance(values: Float64Array): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
}
