import type { Random } from '../random.ts';
import { areOneGroup } from './deepKnn.ts';
import { noPace, robustSpread, rowsPerTurn, squaredDistance, type Pace } from './rows.ts';

/** How far the strangest places of a part are from everything seen on the other parts of its class. */
export interface Loneliness {
  /** Logarithm of that distance, above the middle of the class, in robust standard deviations. */
  readonly deviations: number;
  readonly isOutlier: boolean;
}

/** 1 in 4,000 of parts whose logarithms are normal. */
export const lonelyLimit = 3.5;
/** Patches of a class that others are compared with. */
const memoryPatches = 800;
/** The strangest patches of a part count by their mean: one alone may be noise. */
const strangest = 3;
/** Nearest patches that a distance is the mean of: one foreign part in the memory must not vouch for the next. */
const neighbours = 3;

/**
 * Parts that show something none of the others of their class shows: distance of patches to their nearest neighbours
 * among a random sample of the patches of other parts (the memory of PatchCore, Roth et al., CVPR 2022, out of fold; a
 * random sample, since a greedy one would seek out what is foreign). Never measured against itself or its own group.
 * @param patches float32 [patches · dimensions] of each part of one class, whitened
 * @param groups of each part
 */
export async function lonelyParts(
  patches: readonly Float32Array[],
  groups: readonly (string | null)[],
  dimensions: number,
  random: Random,
  pace: Pace = noPace,
): Promise<Loneliness[]> {
  const memory = sampled(patches, dimensions, random);
  const logs: number[] = [];
  for (const [at, own] of patches.entries()) {
    if (at % Math.ceil(rowsPerTurn / 16) === 0) await pace(at / patches.length);
    const others = memory.filter(({ part }) => part !== at && !areOneGroup(groups, part, at));
    logs.push(Math.log(strangeness(own, others, dimensions) + Number.MIN_VALUE));
  }
  const { middle, spread } = robustSpread(logs);
  return logs.map((value) => {
    const deviations = spread > 0 ? (value - middle) / spread : 0;
    return { deviations, isOutlier: deviations > lonelyLimit };
  });
}

interface Remembered {
  readonly part: number;
  readonly patch: Float32Array;
}

/** The same number of patches of each part, as far as it goes. */
function sampled(patches: readonly Float32Array[], dimensions: number, random: Random): Remembered[] {
  const perPart = Math.max(1, Math.ceil(memoryPatches / patches.length));
  return patches.flatMap((own, part) =>
    Array.from({ length: perPart }, () => {
      const start = random.integer(own.length / dimensions) * dimensions;
      return { part, patch: own.subarray(start, start + dimensions) };
    }),
  );
}

function strangeness(own: Float32Array, memory: readonly Remembered[], dimensions: number): number {
  const distances: number[] = [];
  for (let start = 0; start < own.length; start += dimensions) {
    distances.push(nearDistance(own.subarray(start, start + dimensions), memory));
  }
  const most = distances.sort((a, b) => b - a).slice(0, strangest);
  return most.reduce((sum, value) => sum + value, 0) / Math.max(1, most.length);
}

function nearDistance(patch: Float32Array, memory: readonly Remembered[]): number {
  const near = new Array<number>(neighbours).fill(Infinity);
  for (const { patch: other } of memory) {
    const squared = squaredDistance(patch, other);
    if (squared >= near[neighbours - 1]!) continue;
    let place = neighbours - 1;
    while (place > 0 && near[place - 1]! > squared) {
      near[place] = near[place - 1]!;
      place--;
    }
    near[place] = squared;
  }
  const found = near.filter((squared) => squared < Infinity);
  return found.reduce((sum, squared) => sum + Math.sqrt(squared), 0) / Math.max(1, found.length);
}
