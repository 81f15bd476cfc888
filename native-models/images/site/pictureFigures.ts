import type { Picture } from '../picture.ts';

/** A few figures of one picture that move when light, lens, camera or holder do. */
export interface PictureFigures {
  /** Mean and standard deviation of the brightness, shares of full scale. */
  readonly brightness: number;
  readonly contrast: number;
  /** ln of the differences of neighbouring pixels over the contrast, noise taken off; lower is more blurred. */
  readonly sharpness: number;
  /** Standard deviation, share of full scale. */
  readonly noise: number;
  /** Centre of the edges, shares of width and height. */
  readonly positionX: number;
  readonly positionY: number;
}

/** Blocks looked at along each direction, at most: enough for these figures, and well below a millisecond. */
const blocksAcross = 64;
/** Of full scale squared: below it there is nothing to take a logarithm of. */
const nothing = 1e-7;
/** A step between blocks counts as an edge from this share of the contrast on, and this many times the noise. */
const edgeFrom = { contrast: 0.5, noise: 3 };

/**
 * Figures from a grid of 2×2 blocks, whose diagonal detail is noise (Donoho & Johnstone, Biometrika 1994, section 5), the
 * difference of whose rows and columns is fine structure, and whose levels are coarse structure. Of the green plane,
 * or the only one. @param picture at least 4×4 pixels
 */
export function pictureFigures(picture: Picture): PictureFigures {
  const blocks = blocksOf(picture);
  const { levels, details } = blocks;
  const brightness = levels.reduce((sum, level) => sum + level, 0) / levels.length;
  const variance = levels.reduce((sum, level) => sum + (level - brightness) ** 2, 0) / levels.length;
  const contrast = Math.sqrt(variance);
  const noise = noiseOf(details);
  // Noise alone makes the rows of a block differ by its variance.
  const fine = Math.max(nothing, blocks.fine - noise ** 2);
  const sharpness = 0.5 * Math.log(fine / Math.max(nothing, variance));
  const edge = Math.max(edgeFrom.contrast * contrast, edgeFrom.noise * noise);
  return { brightness, contrast, sharpness, noise, ...edgeCentre(blocks, edge) };
}

/** Bins of 1/1020, half a step of 8-bit details, up to a quarter of full scale. */
const bins = { count: 256, perUnit: 1020 };
/** Mean over σ of |N(0, σ²)| below three times its median. */
const cutMean = 0.7259;

/** Mean of the details below three times their median, which edges lie beyond: unlike the median not in coarse steps. */
function noiseOf(details: Float32Array): number {
  const histogram = new Uint32Array(bins.count);
  for (const detail of details) {
    histogram[Math.min(bins.count - 1, Math.round(detail * bins.perUnit))]! += 1;
  }
  let middle = 0;
  for (let below = histogram[0]!; below < details.length / 2; below += histogram[middle]!) middle += 1;
  const most = (3 * Math.max(1, middle)) / bins.perUnit;
  let [sum, count] = [0, 0];
  for (const detail of details) {
    if (detail > most) continue;
    sum += detail;
    count += 1;
  }
  return sum / count / cutMean;
}

interface Blocks {
  readonly rows: number;
  readonly columns: number;
  /** Mean of each block, 0..1. */
  readonly levels: Float32Array;
  /** Absolute diagonal detail of each block. */
  readonly details: Float32Array;
  /** Mean square of half the difference of the rows, and of the columns, of a block. */
  readonly fine: number;
}

function blocksOf({ width, height, channels, depth, data }: Picture): Blocks {
  const full = depth === 16 ? 65535 : 255;
  const plane = channels === 3 ? 1 : 0;
  const [rows, columns] = [height, width].map((side) => Math.min(blocksAcross, side >> 1)) as [
    number,
    number,
  ];
  const levels = new Float32Array(rows * columns);
  const details = new Float32Array(rows * columns);
  let squares = 0;
  for (let row = 0, block = 0; row < rows; row++) {
    const top = Math.floor((row * height) / rows);
    for (let column = 0; column < columns; column++, block++) {
      const left = Math.floor((column * width) / columns);
      const at = (top * width + left) * channels + plane;
      const below = at + width * channels;
      const [a, b, c, d] = [data[at]!, data[at + channels]!, data[below]!, data[below + channels]!];
      levels[block] = (a + b + c + d) / (4 * full);
      details[block] = Math.abs(a - b - c + d) / (2 * full);
      squares += ((a + b - c - d) ** 2 + (a - b + c - d) ** 2) / (8 * full * full);
    }
  }
  return { rows, columns, levels, details, fine: squares / levels.length };
}

/** Centre of the blocks where the picture has edges, each counted alike so that uneven light does not draw it. */
function edgeCentre(
  { rows, columns, levels }: Blocks,
  edge: number,
): Pick<PictureFigures, 'positionX' | 'positionY'> {
  const least = edge ** 2;
  let [count, sumX, sumY] = [0, 0, 0];
  for (let row = 1; row < rows; row++) {
    for (let column = 1; column < columns; column++) {
      const at = row * columns + column;
      const slope = (levels[at]! - levels[at - 1]!) ** 2 + (levels[at]! - levels[at - columns]!) ** 2;
      if (slope <= least) continue;
      count += 1;
      sumX += column;
      sumY += row;
    }
  }
  // The middle of a picture without edges.
  if (count === 0) return { positionX: 0.5, positionY: 0.5 };
  return { positionX: sumX / count / columns, positionY: sumY / count / rows };
}
