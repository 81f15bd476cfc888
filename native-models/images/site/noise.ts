import { median } from './quantiles.ts';

/** Standard deviations of the noise in the darker and the brighter half of a picture, share of full scale. */
export interface Noise {
  readonly dark: { readonly sigma: number; readonly level: number };
  readonly bright: { readonly sigma: number; readonly level: number };
}

/** Median of |N(0, 1)|. */
const normalMedian = 0.674489750196082;

/**
 * Noise by the median absolute value of the diagonal Haar detail, which edges of a part hardly move (Donoho &
 * Johnstone, Biometrika 1994, section 5), the 2×2 blocks split at their median brightness. A texture as
 * fine as a pixel counts as noise.
 * @param plane float32 [height, width] in 0..1, at least 4×4
 */
export function noiseOf(plane: Float32Array, height: number, width: number): Noise {
  const [rows, columns] = [height >> 1, width >> 1];
  const levels = new Float32Array(rows * columns);
  const details = new Float32Array(rows * columns);
  for (let row = 0, block = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, block++) {
      const at = 2 * (row * width + column);
      const [a, b, c, d] = [plane[at]!, plane[at + 1]!, plane[at + width]!, plane[at + width + 1]!];
      levels[block] = (a + b + c + d) / 4;
      details[block] = Math.abs(a - b - c + d) / 2;
    }
  }
  const middle = median(levels);
  const half = (isMember: (level: number) => boolean) => {
    const members = details.filter((_, block) => isMember(levels[block]!));
    const own = levels.filter(isMember);
    // A flat picture has one half only.
    return own.length === 0
      ? null
      : {
          sigma: median(members) / normalMedian,
          level: own.reduce((sum, level) => sum + level, 0) / own.length,
        };
  };
  const bright = half((level) => level >= middle)!;
  return { dark: half((level) => level < middle) ?? bright, bright };
}
