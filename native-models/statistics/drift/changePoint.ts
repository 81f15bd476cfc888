/** Values on either side, at least. */
const shortest = 5;

/**
 * Where the mean of a series most likely changed once: the split at which the means differ most in their standard error
 * (the likelihood ratio of a normal mean; Hawkins, JASA 1977).
 * @returns index of the first value after the change; 0 with fewer than ten values
 */
export function changePoint(values: readonly number[]): number {
  const total = values.reduce((sum, value) => sum + value, 0);
  let [before, best, at] = [0, -1, 0];
  for (let i = 1; i <= values.length - shortest; i++) {
    before += values[i - 1]!;
    if (i < shortest) continue;
    const after = values.length - i;
    const apart = (before / i - (total - before) / after) ** 2 * ((i * after) / values.length);
    if (apart > best) [best, at] = [apart, i];
  }
  return at;
}
