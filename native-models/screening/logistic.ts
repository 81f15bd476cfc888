/** Multinomial logistic regression with a bias, found by `fitLogistic`. */
export interface Logistic {
  /** float64 [dimensions + 1] of each class; the last is the bias. */
  readonly weights: readonly Float64Array[];
}

const iterations = 150;
/** Of the squared weights, against the mean loss: features are of spread 1. */
const ridge = 0.01;

/**
 * Fits by Nesterov's accelerated gradient on the mean cross-entropy, every class counting the same, plus a ridge.
 * @param rows float32 [dimensions] each, whitened: the step follows from that
 * @param classes of each row, 0..count−1
 */
export function fitLogistic(
  rows: readonly Float32Array[],
  classes: readonly number[],
  count: number,
): Logistic {
  const width = (rows[0]?.length ?? 0) + 1;
  const share = balancedWeights(classes, count);
  const step = 1 / (ridge + 0.5 * largestEigen(rows, share));
  let weights = zeros(count, width);
  let ahead = zeros(count, width);
  for (let round = 1; round <= iterations; round++) {
    const gradient = gradientOf(rows, classes, share, ahead);
    const momentum = (round - 1) / (round + 2);
    const before = weights;
    weights = ahead.map((row, k) => row.map((value, d) => value - step * gradient[k]![d]!));
    ahead = weights.map((row, k) => row.map((value, d) => value + momentum * (value - before[k]![d]!)));
  }
  return { weights };
}

/** Probability of each class. */
export function probabilitiesOf({ weights }: Logistic, row: Float32Array): Float64Array {
  const logits = Float64Array.from(weights, (own) => {
    let sum = own[row.length]!;
    for (let d = 0; d < row.length; d++) sum += own[d]! * row[d]!;
    return sum;
  });
  const top = Math.max(...logits);
  const parts = logits.map((value) => Math.exp(value - top));
  const total = parts.reduce((sum, value) => sum + value, 0);
  return parts.map((value) => value / total);
}

const zeros = (count: number, width: number) => Array.from({ length: count }, () => new Float64Array(width));

/** Sum 1; a class has the same as any other, whatever its size. */
function balancedWeights(classes: readonly number[], count: number): number[] {
  const sizes = new Array<number>(count).fill(0);
  for (const each of classes) sizes[each]! += 1;
  const present = sizes.filter((size) => size > 0).length;
  return classes.map((each) => 1 / (present * sizes[each]!));
}

function gradientOf(
  rows: readonly Float32Array[],
  classes: readonly number[],
  share: readonly number[],
  weights: readonly Float64Array[],
): Float64Array[] {
  const gradient = weights.map((row) => row.map((value) => ridge * value));
  rows.forEach((row, at) => {
    const p = probabilitiesOf({ weights }, row);
    p.forEach((value, k) => {
      const error = share[at]! * (value - (classes[at] === k ? 1 : 0));
      const own = gradient[k]!;
      for (let d = 0; d < row.length; d++) own[d]! += error * row[d]!;
      own[row.length]! += error;
    });
  });
  return gradient;
}

/** Of Σ share·(x,1)(x,1)ᵀ by power iteration, with a margin for what it has not reached yet. */
function largestEigen(rows: readonly Float32Array[], share: readonly number[]): number {
  const width = (rows[0]?.length ?? 0) + 1;
  let direction = new Float64Array(width).fill(1 / Math.sqrt(width));
  let value = 0;
  for (let round = 0; round < 20; round++) {
    const next = new Float64Array(width);
    rows.forEach((row, at) => {
      let along = direction[row.length]!;
      for (let d = 0; d < row.length; d++) along += row[d]! * direction[d]!;
      along *= share[at]!;
      for (let d = 0; d < row.length; d++) next[d]! += along * row[d]!;
      next[row.length]! += along;
    });
    value = Math.sqrt(next.reduce((sum, each) => sum + each * each, 0));
    if (value === 0) break;
    direction = next.map((each) => each / value);
  }
  return 1.1 * value;
}
