/** Parts of both arms in one block; `share` is the probability with which a hit is seen as one. */
export interface ArmSizes {
  readonly of: number;
  readonly share: number;
}

/**
 * The pair of seen rates on the line candidate / share = current / share + margin that is nearest to `seen` in the
 * Kullback-Leibler divergence of one block (the reverse information projection for this convex hypothesis: Turner, Ly &
 * Grünwald, arXiv 2106.02693, theorem 1).
 * @param seen rates in (0, 1) as they would be seen, that is multiplied by the shares
 * @returns null when no pair of rates in (0, 1) lies on the line
 */
export function nearestOnLine(
  seen: { readonly current: number; readonly candidate: number },
  sizes: { readonly current: ArmSizes; readonly candidate: ArmSizes },
  margin: number,
): { current: number; candidate: number } | null {
  const { current, candidate } = sizes;
  const slope = candidate.share / current.share;
  const candidateAt = (t: number) => candidate.share * margin + slope * t;
  let low = Math.max(0, (-candidate.share * margin) / slope);
  let high = Math.min(1, (1 - candidate.share * margin) / slope);
  if (!(low < high)) return null;
  // The divergence is convex along the line and infinite at both ends; a hundred halvings reach the last bit.
  for (let i = 0; i < 100; i++) {
    const t = (low + high) / 2;
    if (t <= low || t >= high) break;
    const rise =
      current.of * divergenceSlope(seen.current, t) +
      slope * candidate.of * divergenceSlope(seen.candidate, candidateAt(t));
    if (rise > 0) high = t;
    else low = t;
  }
  const t = (low + high) / 2;
  return { current: t, candidate: candidateAt(t) };
}

/** d/dq of KL(Bernoulli(p) ‖ Bernoulli(q)). */
function divergenceSlope(p: number, q: number): number {
  return (q - p) / (q * (1 - q));
}
