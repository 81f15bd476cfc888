export interface MatchedGradients {
  readonly indices: readonly number[];
  /** Above 0, 1 on average. */
  readonly weights: readonly number[];
  /** −⟨g_i, r⟩ at the first step: how well each gradient points along that of all, lower is better. */
  readonly scores: Float32Array;
}

/** Sweeps of coordinate descent after each sample that is taken. */
const sweeps = 3;
/** Ridge, as a share of the mean squared gradient: keeps weights small (arXiv 2112.00378, equation 10). */
const ridgeShare = 0.5;
/** Smallest weight, as a share of the mean, of a sample that has been taken. */
const leastWeight = 0.1;

/**
 * Chooses samples and weights w ≥ 0 so that Σ w_i·g_i comes near Σ g_i of all: orthogonal matching pursuit, each time
 * the gradient that points most along the rest, then all weights anew (GradMatch, arXiv 2103.00123, algorithm 2; for
 * adversarial training arXiv 2112.00378). The weights are refitted by a few sweeps of non-negative coordinate descent
 * on the ridge objective, warm from the step before.
 * @param gradients float32 [total, D]
 * @param must samples that are in anyway
 */
export function matchGradients(
  gradients: Float32Array,
  total: number,
  count: number,
  must: readonly number[],
): MatchedGradients {
  const size = gradients.length / total;
  const row = (i: number) => gradients.subarray(i * size, (i + 1) * size);
  const dot = (i: number, rest: Float64Array) => {
    const own = row(i);
    let sum = 0;
    for (let d = 0; d < size; d++) sum += own[d]! * rest[d]!;
    return sum;
  };
  const squares = Float64Array.from({ length: total }, (_, i) => row(i).reduce((sum, v) => sum + v * v, 0));
  const ridge = (ridgeShare * squares.reduce((sum, v) => sum + v, 0)) / total + Number.MIN_VALUE;
  // What is still to be matched.
  const rest = new Float64Array(size);
  for (let i = 0; i < total; i++) for (let d = 0; d < size; d++) rest[d]! += row(i)[d]!;
  const scores = Float32Array.from({ length: total }, (_, i) => -dot(i, rest));

  const weights = new Map<number, number>();
  const set = (i: number, weight: number) => {
    const change = weight - (weights.get(i) ?? 0);
    weights.set(i, weight);
    const own = row(i);
    for (let d = 0; d < size; d++) rest[d]! -= change * own[d]!;
  };
  const refit = () => {
    for (let sweep = 0; sweep < sweeps; sweep++) {
      for (const [i, weight] of weights) {
        set(i, Math.max(0, (dot(i, rest) + weight * squares[i]!) / (squares[i]! + ridge)));
      }
    }
  };
  for (const i of must) set(i, 0);
  refit();
  while (weights.size < count) {
    let best = -1;
    let along = -Infinity;
    for (let i = 0; i < total; i++) {
      if (weights.has(i)) continue;
      const own = dot(i, rest);
      if (own > along) [best, along] = [i, own];
    }
    set(best, 0);
    refit();
  }
  const mean = [...weights.values()].reduce((sum, weight) => sum + weight, 0) / weights.size;
  const floored = [...weights.values()].map((weight) =>
    mean > 0 ? Math.max(weight / mean, leastWeight) : 1,
  );
  const scale = floored.length / floored.reduce((sum, weight) => sum + weight, 0);
  return { indices: [...weights.keys()], weights: floored.map((weight) => weight * scale), scores };
}
