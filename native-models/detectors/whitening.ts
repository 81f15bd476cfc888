/** An affine map of features: y = matrix · x + offset. */
export interface Projection {
  readonly inputs: number;
  readonly outputs: number;
  /** float32 [outputs, inputs], row-major. */
  readonly matrix: Float32Array;
  /** float32 [outputs]. */
  readonly offset: Float32Array;
}

/** Sums over feature rows from which mean and covariance follow; takes rows one by one, in any number. */
export class CovarianceSums {
  readonly dimensions: number;
  private count = 0;
  private readonly sums: Float64Array;
  private readonly products: Float64Array;

  constructor(dimensions: number) {
    this.dimensions = dimensions;
    this.sums = new Float64Array(dimensions);
    this.products = new Float64Array(dimensions * dimensions);
  }

  add(row: Float32Array): void {
    this.count += 1;
    const size = this.dimensions;
    for (let i = 0; i < size; i++) {
      const value = row[i]!;
      this.sums[i]! += value;
      for (let j = 0, at = i * size; j <= i; j++, at++) this.products[at]! += value * row[j]!;
    }
  }

  mean(): Float64Array {
    return this.sums.map((sum) => sum / this.count);
  }

  /** float64 [dimensions, dimensions]; only the lower triangle is filled. */
  covariance(): Float64Array {
    const size = this.dimensions;
    const mean = this.mean();
    const result = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) {
        result[i * size + j] = this.products[i * size + j]! / this.count - mean[i]! * mean[j]!;
      }
    }
    return result;
  }

  /** Mean of the products, no mean taken off, as `covariance`. */
  secondMoment(): Float64Array {
    return this.products.map((product) => product / this.count);
  }
}

/** Covariance that is added to that of the good parts, e.g. of what disturbs them, float64 [dimensions, dimensions]. */
export interface Nuisance {
  readonly covariance: Float64Array;
  readonly weight: number;
}

/**
 * The whitening map L⁻¹(x − μ) with L·Lᵀ = Σ + shrinkage·tr(Σ)/n·I: distances after it are Mahalanobis
 * distances, so that no layer or channel outweighs another only because its numbers are larger (the metric of
 * PaDiM, Defard et al., ICPR 2020, with one covariance for all positions). The shrinkage keeps directions in
 * which good parts hardly vary from dominating.
 * @param shrinkage share of the mean variance added to each variance, above 0
 * @param nuisance directions in which it varies count for less (within-class covariance normalisation, Hatch et al.,
 *   Interspeech 2006)
 */
export function whitening(sums: CovarianceSums, shrinkage: number, nuisance?: Nuisance): Projection {
  const size = sums.dimensions;
  const lower = sums.covariance();
  if (nuisance) nuisance.covariance.forEach((value, at) => (lower[at]! += nuisance.weight * value));
  let trace = 0;
  for (let i = 0; i < size; i++) trace += lower[i * size + i]!;
  // A constant feature map has no variance at all; 1 then leaves it as it is.
  const ridge = trace > 0 ? (shrinkage * trace) / size : 1;
  for (let i = 0; i < size; i++) lower[i * size + i]! += ridge;
  factorise(lower, size);
  const inverse = invertLower(lower, size);
  const mean = sums.mean();
  const offset = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    let sum = 0;
    for (let j = 0; j <= i; j++) sum += inverse[i * size + j]! * mean[j]!;
    offset[i] = -sum;
  }
  return { inputs: size, outputs: size, matrix: Float32Array.from(inverse), offset };
}

/** Maps rows in place. @param rows float32 [count, dimensions] @param projection a whitening map: its matrix is lower triangular */
export function mapRows(rows: Float32Array, { outputs: size, matrix, offset }: Projection): void {
  const mapped = new Float32Array(size);
  for (let start = 0; start < rows.length; start += size) {
    for (let i = 0; i < size; i++) {
      let sum = offset[i]!;
      for (let j = 0, at = i * size; j <= i; j++, at++) sum += matrix[at]! * rows[start + j]!;
      mapped[i] = sum;
    }
    rows.set(mapped, start);
  }
}

/** Cholesky factor in place, lower triangle. */
function factorise(a: Float64Array, size: number): void {
  for (let j = 0; j < size; j++) {
    for (let i = j; i < size; i++) {
      let sum = a[i * size + j]!;
      for (let k = 0; k < j; k++) sum -= a[i * size + k]! * a[j * size + k]!;
      a[i * size + j] = i === j ? Math.sqrt(Math.max(sum, Number.MIN_VALUE)) : sum / a[j * size + j]!;
    }
  }
}

/** Inverse of a lower triangular matrix. */
function invertLower(lower: Float64Array, size: number): Float64Array {
  const inverse = new Float64Array(size * size);
  for (let column = 0; column < size; column++) {
    for (let i = column; i < size; i++) {
      let sum = i === column ? 1 : 0;
      for (let k = column; k < i; k++) sum -= lower[i * size + k]! * inverse[k * size + column]!;
      inverse[i * size + column] = sum / lower[i * size + i]!;
    }
  }
  return inverse;
}
