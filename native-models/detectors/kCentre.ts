import { ModelError } from '../errors.ts';
import type { Random } from '../random.ts';

export interface KCentreOptions {
  readonly random: Random;
  /** Called now and then with the number of centres chosen so far. */
  readonly onProgress?: (done: number, total: number) => void | Promise<void>;
  readonly signal?: AbortSignal;
  /** Distances are taken in this many randomly projected dimensions. */
  readonly projectedDimensions?: number;
}

/** Dimensions that distances are taken in where nothing else is asked for. */
export const projectedDimensions = 32;

/** How many centres are chosen between two looks at the signal. */
const centresPerTurn = 32;

/**
 * Greedy k-centre: starting at a random row, takes again and again the row farthest from all rows taken, which
 * covers the set within twice the smallest possible radius (Gonzalez 1985). Distances are Euclidean after a
 * random projection, which keeps them within a few per cent (Johnson & Lindenstrauss; as PatchCore does,
 * Roth et al., CVPR 2022, section 3.2).
 * @param rows float32 [count, dimensions], row-major
 * @param k number of rows to take; all of them when there are fewer
 * @returns indices of the rows taken, in the order of taking
 * @throws ModelError `cancelled`
 */
export async function greedyKCentre(
  rows: Float32Array,
  dimensions: number,
  k: number,
  options: KCentreOptions,
): Promise<Uint32Array> {
  const count = rows.length / dimensions;
  const wanted = Math.min(k, count);
  const { points, size } = project(
    rows,
    dimensions,
    options.projectedDimensions ?? projectedDimensions,
    options.random,
  );
  const chosen = new Uint32Array(wanted);
  const nearest = new Float32Array(count).fill(Infinity);
  let next = options.random.integer(Math.max(1, count));
  for (let taken = 0; taken < wanted; taken++) {
    chosen[taken] = next;
    next = approach(points, size, next, nearest);
    if (taken % centresPerTurn === 0) {
      await options.onProgress?.(taken, wanted);
      // A breath for the event loop, so that a cancellation can arrive.
      await new Promise((resolve) => setImmediate(resolve));
      if (options.signal?.aborted) throw new ModelError('cancelled');
    }
  }
  return chosen;
}

/** Lowers `nearest` by the distances to one point; returns the index of the point that is now farthest. */
function approach(points: Float32Array, size: number, centre: number, nearest: Float32Array): number {
  const origin = points.slice(centre * size, (centre + 1) * size);
  let farthest = 0;
  let farthestDistance = -1;
  for (let row = 0, at = 0; row < nearest.length; row++, at += size) {
    const known = nearest[row]!;
    let distance = 0;
    // Half way through most rows are already farther than the centre they have.
    for (let i = 0; i < size && distance < known; i++) {
      const difference = points[at + i]! - origin[i]!;
      distance += difference * difference;
    }
    const least = distance < known ? distance : known;
    nearest[row] = least;
    if (least > farthestDistance) {
      farthestDistance = least;
      farthest = row;
    }
  }
  return farthest;
}

function project(
  rows: Float32Array,
  dimensions: number,
  size: number,
  random: Random,
): { points: Float32Array; size: number } {
  if (dimensions <= size) return { points: rows, size: dimensions };
  const count = rows.length / dimensions;
  const directions = Float32Array.from(
    { length: dimensions * size },
    () => random.normal() / Math.sqrt(size),
  );
  const points = new Float32Array(count * size);
  for (let row = 0; row < count; row++) {
    const target = points.subarray(row * size, (row + 1) * size);
    for (let d = 0; d < dimensions; d++) {
      const value = rows[row * dimensions + d]!;
      const from = d * size;
      for (let i = 0; i < size; i++) target[i]! += value * directions[from + i]!;
    }
  }
  return { points, size };
}
