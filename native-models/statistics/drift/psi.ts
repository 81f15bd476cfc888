/** Fewer parts on either side make the index large by chance alone. */
export const psiFrom = 500;

/**
 * Population stability index Σ (q − p) ln(q/p) over the deciles of the reference; above .1 is read as a change worth a
 * look, above .25 as a large one (Siddiqi, Credit Risk Scorecards, 2006). Without drift its mean is about
 * 9 (1/n + 1/m), .036 with 500 parts on both sides (Yurdakul & Naranjo, J. Risk Model Validation 2020).
 * @throws RangeError with fewer than `psiFrom` parts on either side
 */
export function populationStability(reference: readonly number[], now: readonly number[]): number {
  for (const { length } of [reference, now]) {
    if (length < psiFrom)
      throw new RangeError(`${length} parts for the stability index, which needs ${psiFrom}`);
  }
  const sorted = Float64Array.from(reference).sort();
  const edges = Array.from({ length: 9 }, (_, i) => sorted[Math.floor(((i + 1) * sorted.length) / 10)]!);
  const [p, q] = [shares(reference, edges), shares(now, edges)];
  return p.reduce((sum, share, i) => sum + (q[i]! - share) * Math.log(q[i]! / share), 0);
}

/** Share of the values per bin; half a value is added to each so that an empty one has a logarithm. */
function shares(values: readonly number[], edges: readonly number[]): number[] {
  const counts = new Array<number>(edges.length + 1).fill(0.5);
  for (const value of values) counts[edges.filter((edge) => value >= edge).length]! += 1;
  const total = values.length + counts.length / 2;
  return counts.map((count) => count / total);
}
