import { gridSide, type Grid } from './grid.ts';
import { solve } from './linear.ts';
import { median } from './quantiles.ts';

/** How the light of one picture differs from that of the line's usual picture. */
export interface Light {
  /** log₂ of the brightness over the usual one. */
  readonly stops: number;
  /** Factor on the distance from the mean; below 1 is hazier than usual. */
  readonly contrast: number;
  /** Change of the light from the centre to the edge along x and y, relative. */
  readonly slopeX: number;
  readonly slopeY: number;
  /** Further loss of light in the corners, relative. */
  readonly vignetting: number;
  /** Change of red up and blue down, relative; 0 for grey pictures. */
  readonly warmth: number;
  /** Standard errors: what a part that lies or looks a little different is taken for. */
  readonly error: { readonly contrast: number; readonly slope: number; readonly vignetting: number };
}

/** From here on a cell may hold pixels that the sensor has clipped. */
const clippedFrom = 0.9;
/** With more clipped cells than usual by this share, what is left of the picture says nothing of its shape. */
const clippedShare = 0.05;
/** Cells of one spot of a part go together; so many count as one witness. */
const cellsPerWitness = 16;
/** Usual size of what is fitted: gain − 1, slopes, loss in the corners, haze. */
const usualSizes = [0.5, 0.3, 0.3, 0.3, 0.1];

/**
 * The light of each picture against the median picture T of all: a least-squares fit of its cells by
 * gain · T · (1 + slopes · (u, v) − loss · r²) + haze, with u and v from −1 to 1 and r = 1 in the corners, as the
 * corruptions of the suite have them. Parts that differ from the usual one are noise to the fit, which draws it
 * to no change at all (ridge, weighted by the residual). What a picture that is overexposed shows of contrast and
 * corners is not believed.
 * @param grids of pictures alike in their number of planes
 */
export function lightOf(grids: readonly Grid[]): Light[] {
  const greys = grids.map(greyOf);
  const usual = medianGrid(greys);
  const warm = grids.map((planes) => (planes.length === 3 ? mean(planes[0]!) / mean(planes[2]!) : 1));
  const usualWarm = median(warm);
  return greys.map((grey, at) => {
    const { change, errors } = fit(grey, usual);
    const [gain, haze] = [Math.max(1 + change[0]!, smallestGain), change[4]!];
    const brightness = Math.max(gain + haze / Math.max(mean(usual), smallestGain), smallestGain);
    const ratio = warm[at]! / usualWarm;
    const isClipped = clipped(grey) - clipped(usual) > clippedShare * usual.length;
    return {
      stops: Math.log2(brightness),
      contrast: isClipped ? 1 : gain / brightness,
      slopeX: change[1]! / gain,
      slopeY: change[2]! / gain,
      vignetting: isClipped ? 0 : -change[3]! / gain,
      warmth: Number.isFinite(ratio) ? (ratio - 1) / (ratio + 1) : 0,
      error: {
        contrast: errors[0]! / brightness,
        slope: Math.max(errors[1]!, errors[2]!) / gain,
        vignetting: errors[3]! / gain,
      },
    };
  });
}

/** Darker than this a picture shows nothing. */
const smallestGain = 0.02;

/** Changes of gain, slopes along x and y, curve and haze from the usual picture, with their standard errors. */
function fit(cells: Float32Array, usual: Float32Array): { change: Float64Array; errors: Float64Array } {
  const normal = Array.from({ length: 5 }, () => new Float64Array(5));
  const right = new Float64Array(5);
  const basis = new Float64Array(5);
  let square = 0;
  let count = 0;
  const centre = (gridSide - 1) / 2;
  for (let y = 0, at = 0; y < gridSide; y++) {
    for (let x = 0; x < gridSide; x++, at++) {
      if (cells[at]! > clippedFrom) continue;
      const [u, v] = [(x - centre) / (gridSide / 2), (y - centre) / (gridSide / 2)];
      const light = usual[at]!;
      basis.set([light, light * u, light * v, (light * (u * u + v * v)) / 2, 1]);
      // Fitted is the change from the usual picture, so that the ridge draws towards none.
      const change = cells[at]! - light;
      square += change * change;
      count += 1;
      for (let i = 0; i < 5; i++) {
        right[i]! += basis[i]! * change;
        for (let j = 0; j < 5; j++) normal[i]![j]! += basis[i]! * basis[j]!;
      }
    }
  }
  const ridged = (variance: number) =>
    normal.map((row, i) =>
      row.map((value, j) => value + (i === j ? (cellsPerWitness * variance) / usualSizes[i]! ** 2 : 0)),
    );
  const free = solve(ridged(smallestVariance), right);
  const explained = free.reduce((sum, value, i) => sum + value * right[i]!, 0);
  const variance = Math.max(smallestVariance, (square - explained) / (count || 1));
  const system = ridged(variance);
  const errors = right.map((_, i) => {
    const unit = new Float64Array(5);
    unit[i] = 1;
    return Math.sqrt(cellsPerWitness * variance * Math.max(0, solve(system, unit)[i]!));
  });
  return { change: solve(system, right), errors };
}

/** Of a cell that rounding alone has changed. */
const smallestVariance = 1e-9;

function greyOf(planes: Grid): Float32Array {
  return planes[0]!.map((_, cell) => planes.reduce((sum, plane) => sum + plane[cell]!, 0) / planes.length);
}

function medianGrid(grids: readonly Float32Array[]): Float32Array {
  return grids[0]!.map((_, cell) => median(grids.map((grid) => grid[cell]!)));
}

function clipped(cells: Float32Array): number {
  return cells.filter((cell) => cell > clippedFrom).length;
}

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
