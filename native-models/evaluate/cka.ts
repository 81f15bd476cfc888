/**
 * Adds the inner products of all pairs of rows, in double precision. Called with stretches of the columns one after
 * the other it gives the products of the whole rows.
 * @param rows float32 [n, columns]
 * @param gram float64 [n, n], symmetric; added to
 */
export function addGram(rows: Float32Array, n: number, gram: Float64Array): void {
  const columns = rows.length / n;
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) {
      const [one, other] = [i * columns, j * columns];
      let product = 0;
      for (let c = 0; c < columns; c++) product += rows[one + c]! * rows[other + c]!;
      gram[i * n + j]! += product;
      if (i !== j) gram[j * n + i]! += product;
    }
  }
}

/** Fewer examples have no unbiased estimate. */
export const fewestExamples = 4;

/** Below this share of the products' size what is left of a similarity is rounding. */
const rounding = 1e-12;

/**
 * Linear centred kernel alignment (Kornblith, Norouzi, Lee & Hinton, ICML 2019, arXiv 1905.00414, section 3) of two
 * representations of the same n examples: 1 where they agree up to rotation and scale, about 0 where they have nothing
 * in common. With the unbiased estimator of HSIC (Song et al., JMLR 2012, equation 5; Nguyen, Raghu & Kornblith, arXiv
 * 2010.15327): the plain one nears 1 for any two representations of more features than examples.
 * @param first float64 [n, n], Gram matrix of the examples' features, not centred
 * @param second the same of the other representation
 * @returns at most 1, by chance below 0; null where a representation does not tell the examples apart, or of fewer
 *   than 4 examples
 */
export function linearCka(first: Float64Array, second: Float64Array, n: number): number | null {
  if (n < fewestExamples) return null;
  const [one, two] = [withoutDiagonal(first, n), withoutDiagonal(second, n)];
  const own = unbiasedHsic(one, one, n);
  const others = unbiasedHsic(two, two, n);
  if (own <= rounding * meanSquare(one) || others <= rounding * meanSquare(two)) return null;
  return Math.min(1, unbiasedHsic(one, two, n) / Math.sqrt(own * others));
}

function withoutDiagonal(gram: Float64Array, n: number): Float64Array {
  return gram.map((value, at) => (at % (n + 1) === 0 ? 0 : value));
}

/** @param k float64 [n, n] without its diagonal, like `l` */
function unbiasedHsic(k: Float64Array, l: Float64Array, n: number): number {
  const rowSums = (matrix: Float64Array) =>
    Float64Array.from({ length: n }, (_, i) => sum(matrix.subarray(i * n, (i + 1) * n)));
  const [kRows, lRows] = [rowSums(k), rowSums(l)];
  const trace = dot(k, l);
  const both = (sum(kRows) * sum(lRows)) / ((n - 1) * (n - 2));
  const cross = (2 * dot(kRows, lRows)) / (n - 2);
  return (trace + both - cross) / (n * (n - 3));
}

function meanSquare(values: Float64Array): number {
  return dot(values, values) / values.length;
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((total, value, at) => total + value * b[at]!, 0);
}
