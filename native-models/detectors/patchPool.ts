import type { Random } from '../random.ts';
import { CovarianceSums, mapRows, type Projection } from './whitening.ts';

/** What the pool may hold, in bytes of float32. */
const budgetBytes = 64 * 1024 * 1024;
const mostRows = 60_000;
/** Rows enough for a covariance, per dimension. */
const rowsPerDimension = 40;

/**
 * A sample of patches of many images, the same number of each, in bounded memory: with few images all their
 * patches, with thousands a few of each.
 */
export class PatchPool {
  readonly dimensions: number;
  private readonly rowsPerImage: number;
  private readonly random: Random;
  private readonly rows: Float32Array;
  private used = 0;

  /** @param expectedImages how many images will be added at most */
  constructor(dimensions: number, patches: number, expectedImages: number, random: Random) {
    const most = Math.max(expectedImages, Math.min(mostRows, Math.floor(budgetBytes / 4 / dimensions)));
    this.dimensions = dimensions;
    this.random = random;
    this.rowsPerImage = Math.min(patches, Math.floor(most / expectedImages));
    this.rows = new Float32Array(this.rowsPerImage * expectedImages * dimensions);
  }

  /** @param patches float32 [patches, dimensions] of one image */
  add(patches: Float32Array): void {
    const size = this.dimensions;
    const order = Uint32Array.from({ length: patches.length / size }, (_, index) => index);
    for (let i = 0; i < this.rowsPerImage; i++) {
      const pick = i + this.random.integer(order.length - i);
      const row = order[pick]!;
      order[pick] = order[i]!;
      this.rows.set(patches.subarray(row * size, (row + 1) * size), this.used * size);
      this.used += 1;
    }
  }

  /** Sums over enough of the rows to know their covariance. */
  covariance(): CovarianceSums {
    const size = this.dimensions;
    const sums = new CovarianceSums(size);
    const step = Math.max(1, Math.floor(this.used / Math.max(5000, rowsPerDimension * size)));
    for (let row = 0; row < this.used; row += step) {
      sums.add(this.rows.subarray(row * size, (row + 1) * size));
    }
    return sums;
  }

  /** Maps all rows in place; the projection must keep the number of dimensions. */
  apply(projection: Projection): void {
    mapRows(this.all(), projection);
  }

  /** All rows so far, float32 [rows, dimensions]; a view. */
  all(): Float32Array {
    return this.rows.subarray(0, this.used * this.dimensions);
  }

  /** Copies of some rows, float32 [indices, dimensions]. */
  take(indices: ArrayLike<number>): Float32Array {
    const size = this.dimensions;
    const result = new Float32Array(indices.length * size);
    for (let i = 0; i < indices.length; i++) {
      result.set(this.rows.subarray(indices[i]! * size, (indices[i]! + 1) * size), i * size);
    }
    return result;
  }
}
