/**
 * How far good patches usually lie from the memory, by place. On a real part some places always vary more than
 * others (edges, highlights, printed dates); a distance only means something in relation to its place.
 */
export interface Calibration {
  /** float32 [patches]: mean distance of good parts at each place. */
  readonly centre: Float32Array;
  /** float32 [patches], positive: its standard deviation. */
  readonly spread: Float32Array;
  /** Mean and standard deviation, over good parts, of a part's mean calibrated distance. */
  readonly levelCentre: number;
  readonly levelSpread: number;
}

/** Keeps roots away from 0, where their slope has no bound. */
export const smallest = 1e-6;
/** From how many standard deviations on the level of a whole image counts. */
export const levelMargin = 8;
/** So many parts does the spread of all places together weigh against the spread of one place. */
const priorParts = 10;

/**
 * @param distances of good parts to a memory that has not seen them, float32 [patches] each; at least 2
 * @param height,width of the patch grid
 */
export function calibrate(distances: readonly Float32Array[], height: number, width: number): Calibration {
  const patches = height * width;
  const count = distances.length;
  const mean = new Float64Array(patches);
  const square = new Float64Array(patches);
  for (const one of distances) {
    for (let p = 0; p < patches; p++) {
      mean[p]! += one[p]! / count;
      square[p]! += (one[p]! * one[p]!) / count;
    }
  }
  const variance = square.map((value, p) => Math.max(0, value - mean[p]! * mean[p]!));
  const pooled = Math.max(variance.reduce((sum, value) => sum + value, 0) / patches, smallest);
  // Neighbouring places are alike; averaging over them steadies what few parts can say.
  const centre = smooth(mean, height, width);
  const spread = smooth(variance, height, width).map((value) =>
    Math.sqrt((count * value + priorParts * pooled) / (count + priorParts)),
  );
  const places = { centre: Float32Array.from(centre), spread: Float32Array.from(spread) };
  return { ...places, ...levelsOf(distances, places) };
}

type Places = Pick<Calibration, 'centre' | 'spread'>;

/** Mean and spread of the level of whole parts. @param distances of at least 2, float32 [patches] each */
export function levelsOf(
  distances: readonly Float32Array[],
  places: Places,
): Pick<Calibration, 'levelCentre' | 'levelSpread'> {
  const count = distances.length;
  const levels = distances.map((one) => levelOf(one, places));
  const levelCentre = levels.reduce((sum, level) => sum + level, 0) / count;
  const levelVariance = levels.reduce((sum, level) => sum + (level - levelCentre) ** 2, 0) / (count - 1);
  return { levelCentre, levelSpread: Math.max(Math.sqrt(levelVariance), 1e-3) };
}

/**
 * Score of a part: the smoothed maximum of its calibrated distances z above their own mean,
 * (mean over patches of max(0, z − z̄)⁴)^¼, so that what changes the whole image a little (exposure, focus) does
 * not count; plus, where z̄ lies more than `levelMargin` standard deviations above that of good parts, the rest
 * of it, so that a part which is wrong everywhere does.
 * @param distances float32 [patches]
 */
export function scoreOf(distances: Float32Array, calibration: Calibration): number {
  const mean = levelOf(distances, calibration);
  let fourth = 0;
  for (let p = 0; p < distances.length; p++) {
    const z = (distances[p]! - calibration.centre[p]!) / calibration.spread[p]!;
    fourth += Math.max(0, z - mean) ** 4 / distances.length;
  }
  const level = (mean - calibration.levelCentre) / calibration.levelSpread;
  return (fourth + smallest) ** 0.25 + Math.max(0, level - levelMargin);
}

function levelOf(distances: Float32Array, { centre, spread }: Places): number {
  let sum = 0;
  for (let p = 0; p < distances.length; p++) sum += (distances[p]! - centre[p]!) / spread[p]!;
  return sum / distances.length;
}

/** Mean over the 3×3 neighbours that lie within the grid. */
function smooth(values: Float64Array, height: number, width: number): Float64Array {
  const result = new Float64Array(values.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      let count = 0;
      for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
        for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
          sum += values[v * width + u]!;
          count += 1;
        }
      }
      result[y * width + x] = sum / count;
    }
  }
  return result;
}
