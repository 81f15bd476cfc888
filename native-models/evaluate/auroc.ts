/**
 * Area under the ROC curve: the chance that a defective part scores higher than a good one, a tie counting
 * half (Hanley & McNeil, Radiology 1982).
 */
export interface Auroc {
  /** 0..1; 0.5 is guessing. */
  readonly value: number;
  /** Confidence interval, within [0, 1]. */
  readonly interval: [number, number];
}

/** Two-sided normal quantile of a 95 % interval, and what it leaves on each side. */
const z = 1.959963984540054;
const tail = 0.025;

/**
 * AUROC with the 95 % confidence interval of DeLong, DeLong & Clarke-Pearson (Biometrics 1988), taken on the logit
 * scale so that it stays within [0, 1] and keeps its coverage near 1 (Pepe 2003, section 5.2). The variance
 * comes from the placement values of both classes, computed by mid-ranks as Sun & Xu (IEEE SPL 2014) do.
 * When all pairs are in order (or all in disorder) that variance is 0; the interval then follows from the
 * k = min(n, m) disjoint, hence independent, pairs: all of them in order has at most the chance areaᵏ.
 * @param good finite scores of good parts
 * @param defective finite scores of defective parts
 * @returns null when one class is missing
 */
export function auroc(good: ArrayLike<number>, defective: ArrayLike<number>): Auroc | null {
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
  const least = tail ** (1 / Math.min(n, m));
  if (value === 1) return { value, interval: [least, 1] };
  if (value === 0) return { value, interval: [0, 1 - least] };
  const deviation = Math.sqrt(variance(abovePerGood) / n + variance(belowPerDefect) / m);
  const centre = Math.log(value / (1 - value));
  const half = (z * deviation) / (value * (1 - value));
  const back = (logit: number) => 1 / (1 + Math.exp(-logit));
  return { value, interval: [back(centre - half), back(centre + half)] };
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
