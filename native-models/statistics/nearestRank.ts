/**
 * The smallest of the values that a share of them does not exceed: of fewer than 100 values and 0.99, the largest.
 * @param values in any order, at least one
 * @param share in (0, 1]
 */
export function nearestRank(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.ceil(share * sorted.length) - 1]!;
}
