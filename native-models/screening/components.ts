import type { Random } from '../random.ts';

/** Points by their coordinates along the directions in which they differ most. */
export interface Components {
  /** float32 [dimensions] of each point, centred; the first coordinate varies most. */
  readonly points: readonly Float32Array[];
  /** Standard deviation along each coordinate, descending, all above 0. */
  readonly spreads: readonly number[];
  /** Coordinates of another row. */
  readonly pointOf: (row: Float32Array) => Float32Array;
}

/** More directions than wanted are drawn, so that the wanted ones come out exact (Halko et al., section 4.2). */
const oversampling = 8;
const powerIterations = 3;
/** A direction in which the points differ by less than this share of the first is rounding. */
const leastShare = 1e-5;
const sweeps = 30;

/**
 * Principal components of centred rows, each feature first brought to spread 1 so that none outweighs another only
 * because its numbers are larger. Found by a randomised range finder with power iterations (Halko, Martinsson & Tropp,
 * SIAM Review 2011, algorithms 4.4 and 5.1): the cost is that of a few passes over the rows, whatever their length.
 * @param rows float32 [dimensions] each, at least one
 * @param count of components at most
 */
export function principalComponents(
  rows: readonly Float32Array[],
  count: number,
  random: Random,
  scaling: 'unit' | 'none' = 'unit',
): Components {
  const centring = centringOf(rows, scaling);
  const centred = rows.map((row) => centre(row, centring));
  const total = rows.length;
  const width = rows[0]?.length ?? 0;
  const drawn = Math.min(count + oversampling, total, width);
  let range: Float64Array[] = Array.from({ length: drawn }, () =>
    Float64Array.from({ length: width }, () => random.normal()),
  );
  let basis: Float64Array[] = [];
  for (let pass = 0; pass <= powerIterations; pass++) {
    basis = orthonormal(range.map((direction) => project(centred, direction)));
    range = orthonormal(basis.map((weights) => combine(centred, weights, width)));
  }
  // Rows of B = QᵀA; the eigenvectors of BBᵀ turn the basis into left singular vectors.
  const small = basis.map((weights) => combine(centred, weights, width));
  const gram = small.map((one) => Float64Array.from(small, (other) => dot(one, other)));
  const { values, vectors } = symmetricEigen(gram);
  const singular = values.map((value) => Math.sqrt(Math.max(0, value)));
  const kept = singular.slice(0, count).filter((value) => value > leastShare * singular[0]!).length;
  const axes = Array.from({ length: kept }, (_, k) => {
    const axis = new Float64Array(width);
    small.forEach((row, j) =>
      row.forEach((value, d) => (axis[d]! += (vectors[k]![j]! * value) / singular[k]!)),
    );
    return axis;
  });
  const along = (row: Float32Array) => Float32Array.from(axes, (axis) => dot(row, axis));
  return {
    points: centred.map(along),
    spreads: singular.slice(0, kept).map((value) => value / Math.sqrt(total)),
    pointOf: (row) => along(centre(row, centring)),
  };
}

/** Each coordinate divided by its spread. */
export function whitened({ points, spreads }: Omit<Components, 'pointOf'>): Float32Array[] {
  return points.map((point) => point.map((value, k) => value / spreads[k]!));
}

interface Centring {
  readonly mean: Float64Array;
  readonly gain: Float64Array;
}

function centringOf(rows: readonly Float32Array[], scaling: 'unit' | 'none'): Centring {
  const width = rows[0]?.length ?? 0;
  const mean = new Float64Array(width);
  for (const row of rows) for (let d = 0; d < width; d++) mean[d]! += row[d]! / rows.length;
  const gain = new Float64Array(width).fill(1);
  if (scaling === 'none') return { mean, gain };
  const squares = new Float64Array(width);
  for (const row of rows) for (let d = 0; d < width; d++) squares[d]! += (row[d]! - mean[d]!) ** 2;
  for (let d = 0; d < width; d++) {
    const spread = Math.sqrt(squares[d]! / rows.length);
    // A spread that rounding alone explains is none.
    gain[d] = spread > 1e-6 * Math.max(1, Math.abs(mean[d]!)) ? 1 / spread : 0;
  }
  return { mean, gain };
}

function centre(row: Float32Array, { mean, gain }: Centring): Float32Array {
  return row.map((value, d) => (value - mean[d]!) * gain[d]!);
}

function project(rows: readonly Float32Array[], direction: Float64Array): Float64Array {
  return Float64Array.from(rows, (row) => dot(row, direction));
}

function combine(rows: readonly Float32Array[], weights: Float64Array, width: number): Float64Array {
  const sum = new Float64Array(width);
  rows.forEach((row, at) => {
    const weight = weights[at]!;
    for (let d = 0; d < width; d++) sum[d]! += weight * row[d]!;
  });
  return sum;
}

function dot(a: Float64Array | Float32Array, b: Float64Array): number {
  let sum = 0;
  for (let d = 0; d < b.length; d++) sum += a[d]! * b[d]!;
  return sum;
}

/** Gram-Schmidt, twice over; what depends on the others is left out. */
function orthonormal(vectors: readonly Float64Array[]): Float64Array[] {
  const kept: Float64Array[] = [];
  for (const vector of vectors) {
    const rest = vector.slice();
    const before = Math.sqrt(dot(rest, rest));
    for (let round = 0; round < 2; round++) {
      for (const other of kept) {
        const along = dot(rest, other);
        for (let d = 0; d < rest.length; d++) rest[d]! -= along * other[d]!;
      }
    }
    const length = Math.sqrt(dot(rest, rest));
    if (length > 1e-10 * before) kept.push(rest.map((value) => value / length));
  }
  return kept;
}

/** Eigenvalues, descending, and eigenvectors of a symmetric matrix, by Jacobi rotations (cyclic). */
function symmetricEigen(matrix: readonly Float64Array[]): { values: number[]; vectors: Float64Array[] } {
  const size = matrix.length;
  const a = matrix.map((row) => row.slice());
  const v = a.map((_, i) => Float64Array.from({ length: size }, (_each, j) => (i === j ? 1 : 0)));
  for (let sweep = 0; sweep < sweeps; sweep++) {
    let off = 0;
    let diagonal = 0;
    for (let p = 0; p < size; p++) {
      diagonal += a[p]![p]! ** 2;
      for (let q = p + 1; q < size; q++) off += a[p]![q]! ** 2;
    }
    if (off <= 1e-24 * diagonal) break;
    for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) rotate(a, v, p, q);
  }
  const order = a.map((_, i) => i).sort((i, j) => a[j]![j]! - a[i]![i]!);
  return { values: order.map((i) => a[i]![i]!), vectors: order.map((i) => v[i]!) };
}

/** Makes a[p][q] zero; the rows of `v` become the eigenvectors. */
function rotate(a: Float64Array[], v: Float64Array[], p: number, q: number): void {
  const apq = a[p]![q]!;
  if (apq === 0) return;
  const theta = (a[q]![q]! - a[p]![p]!) / (2 * apq);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  for (let k = 0; k < a.length; k++) {
    const [akp, akq] = [a[k]![p]!, a[k]![q]!];
    a[k]![p] = c * akp - s * akq;
    a[k]![q] = s * akp + c * akq;
  }
  for (let k = 0; k < a.length; k++) {
    const [apk, aqk] = [a[p]![k]!, a[q]![k]!];
    a[p]![k] = c * apk - s * aqk;
    a[q]![k] = s * apk + c * aqk;
    const [vpk, vqk] = [v[p]![k]!, v[q]![k]!];
    v[p]![k] = c * vpk - s * vqk;
    v[q]![k] = s * vpk + c * vqk;
  }
}
