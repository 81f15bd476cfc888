/** How fine a picture's structure is along the rows and along the columns. */
export interface Sharpness {
  /** Natural logarithms; lower is more blurred. Null where noise hides the structure. */
  readonly x: number | null;
  readonly y: number | null;
}

/** The structure of the part itself, which a blur leaves, is looked at over this share of the shorter side. */
const coarseShare = 1 / 16;

/**
 * Mean squared difference of neighbouring pixels over that of pixels far apart, along each direction: light
 * and contrast cancel out, and what white noise adds to both is taken off.
 * @param plane float32 [height, width] in 0..1
 * @param noiseVariance of the plane
 */
export function sharpnessOf(
  plane: Float32Array,
  height: number,
  width: number,
  noiseVariance: number,
): Sharpness {
  const far = Math.max(3, Math.round(coarseShare * Math.min(height, width)));
  const along = (step: number) => {
    const fine = differences(plane, height, width, 1, step) - 2 * noiseVariance;
    const coarse = differences(plane, height, width, far, step) - 2 * noiseVariance;
    const isHidden = fine <= 2 * noiseVariance || coarse <= 2 * noiseVariance;
    return isHidden ? null : Math.log(fine / coarse);
  };
  return { x: along(1), y: along(width) };
}

/** Mean squared difference of pixels `distance` apart. @param step 1 along the rows, `width` along the columns */
function differences(
  plane: Float32Array,
  height: number,
  width: number,
  distance: number,
  step: number,
): number {
  const [rows, columns] = step === 1 ? [height, width - distance] : [height - distance, width];
  let sum = 0;
  for (let y = 0; y < rows; y++) {
    for (let at = y * width; at < y * width + columns; at++) {
      sum += (plane[at + distance * step]! - plane[at]!) ** 2;
    }
  }
  return sum / (rows * columns);
}
