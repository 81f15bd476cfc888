import type { Random } from '../../random.ts';

/** More parts than this on either side are too many for all pairs; a sample of them does. */
export const mmdUpTo = 200;

export interface MmdOptions {
  readonly random: Random;
  /** Orders tried; p is at least 1/(permutations + 1). Default 500. */
  readonly permutations?: number;
  /** No more are tried once so many were as large: p is no small one then (Besag & Clifford, Biometrika 1991). */
  readonly enough?: number;
}

/**
 * Maximum mean discrepancy of two samples of vectors (Gretton et al., JMLR 2012), unbiased, with a Gaussian kernel as
 * wide as the median distance, tested by exchanging parts between the samples: exact for any size. Each feature is
 * scaled by its standard deviation over both, which exchanging leaves alone.
 * @param a vectors of one length, 2..`mmdUpTo` of them @param b likewise
 * @throws RangeError outside these sizes
 */
export function mmdTest(
  a: readonly (readonly number[])[],
  b: readonly (readonly number[])[],
  { random, permutations = 500, enough = Infinity }: MmdOptions,
): { readonly mmd: number; readonly p: number } {
  for (const { length } of [a, b]) {
    if (length < 2 || length > mmdUpTo) {
      throw new RangeError(`${length} parts for the mean discrepancy, which needs 2 to ${mmdUpTo}`);
    }
  }
  const kernel = gaussianKernel(scaled([...a, ...b]));
  const order = Array.from({ length: a.length + b.length }, (_, i) => i);
  const mmd = discrepancy(kernel, order, a.length);
  let asLarge = 0;
  for (let k = 0; k < permutations; k++) {
    shuffle(order, random);
    if (discrepancy(kernel, order, a.length) >= mmd) asLarge += 1;
    if (asLarge >= enough) return { mmd, p: asLarge / (k + 1) };
  }
  return { mmd, p: (asLarge + 1) / (permutations + 1) };
}

function scaled(rows: readonly (readonly number[])[]): number[][] {
  const width = rows[0]!.length;
  const spreads = Array.from({ length: width }, (_, k) => {
    const mean = rows.reduce((sum, row) => sum + row[k]!, 0) / rows.length;
    return Math.sqrt(rows.reduce((sum, row) => sum + (row[k]! - mean) ** 2, 0) / rows.length);
  });
  return rows.map((row) => row.map((value, k) => (spreads[k]! > 0 ? value / spreads[k]! : 0)));
}

/** float64 [n·n], exp(−d²/(2 s²)) with s the median distance; all 1 where no two rows differ. */
function gaussianKernel(rows: readonly (readonly number[])[]): { values: Float64Array; size: number } {
  const size = rows.length;
  const values = new Float64Array(size * size);
  const apart: number[] = [];
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) {
      const squared = rows[i]!.reduce((sum, value, k) => sum + (value - rows[j]![k]!) ** 2, 0);
      values[i * size + j] = squared;
      values[j * size + i] = squared;
      apart.push(squared);
    }
  }
  apart.sort((x, y) => x - y);
  const median = apart[apart.length >> 1]!;
  const width = 2 * (median > 0 ? median : apart.at(-1)! || 1);
  for (let i = 0; i < values.length; i++) values[i] = Math.exp(-values[i]! / width);
  return { values, size };
}

/** Mean kernel within both samples less twice that between them; the first `first` of `order` are one sample. */
function discrepancy(
  { values, size }: { values: Float64Array; size: number },
  order: readonly number[],
  first: number,
): number {
  let [withinA, withinB, between] = [0, 0, 0];
  for (let i = 0; i < size; i++) {
    const row = order[i]! * size;
    for (let j = 0; j < i; j++) {
      const value = values[row + order[j]!]!;
      if (i < first) withinA += value;
      else if (j >= first) withinB += value;
      else between += value;
    }
  }
  const second = size - first;
  return (
    (2 * withinA) / (first * (first - 1)) +
    (2 * withinB) / (second * (second - 1)) -
    (2 * between) / (first * second)
  );
}

/** Fisher–Yates, in place. */
function shuffle(order: number[], random: Random): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
}
