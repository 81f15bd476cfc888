/**
 * Mean and spread (standard deviation) that normalised images are brought to, on the 0..255 scale: those of
 * ImageNet averaged over its channels, so that a pretrained backbone's own mean and std give about 0 and 1.
 */
export const normalMean = 114.5;
export const normalSpread = 57.6;

/** Below this spread an image is taken for flat; its noise is not blown up to full contrast. */
export const flattestSpread = 2;
/** The darkest local mean that an image is divided by. */
export const darkestMean = 4;
/** Half of the window whose mean is taken for the local illumination, as a share of the longer side. */
const windowShare = 1 / 6;

/**
 * Brings an image to `normalMean` and `normalSpread`, one gain and one shift for all planes, so that colours
 * keep their relation. Values are not clipped.
 * @param values float32 planes of values 0..255, changed in place
 */
export function normaliseImage(values: Float32Array): void {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    sum += value;
    squares += value * value;
  }
  const mean = sum / values.length;
  const spread = Math.sqrt(Math.max(0, squares / values.length - mean * mean));
  const gain = normalSpread / Math.max(spread, flattestSpread);
  const shift = normalMean - mean * gain;
  for (let i = 0; i < values.length; i++) values[i] = values[i]! * gain + shift;
}

/**
 * Divides an image by its local mean (a box window a third of the longer side wide, cut off at the border),
 * the mean of all planes, and then normalises it as `normaliseImage` does: what a lamp does to an image is a
 * slowly varying factor.
 * @param values float32 [planes, height, width], values 0..255, changed in place
 */
export function normaliseLocally(values: Float32Array, height: number, width: number): void {
  const radius = windowRadius(height, width);
  const size = height * width;
  const integral = integralImage(values, height, width);
  const stride = width + 1;
  for (let y = 0; y < height; y++) {
    const top = Math.max(0, y - radius) * stride;
    const bottom = Math.min(height, y + radius + 1) * stride;
    const rows = (bottom - top) / stride;
    for (let x = 0; x < width; x++) {
      const left = Math.max(0, x - radius);
      const right = Math.min(width, x + radius + 1);
      const sum =
        integral[bottom + right]! - integral[top + right]! - integral[bottom + left]! + integral[top + left]!;
      const mean = sum / (rows * (right - left));
      const gain = normalMean / Math.max(mean, darkestMean);
      for (let at = y * width + x; at < values.length; at += size) values[at] = values[at]! * gain;
    }
  }
  normaliseImage(values);
}

/** Half of the window of `normaliseLocally`, in pixels. */
export function windowRadius(height: number, width: number): number {
  return Math.max(1, Math.round(Math.max(height, width) * windowShare));
}

/** Sums of the planes' mean over all rows above and columns left: float64 [height + 1, width + 1]. */
function integralImage(values: Float32Array, height: number, width: number): Float64Array {
  const size = height * width;
  const share = size / values.length;
  const stride = width + 1;
  const integral = new Float64Array((height + 1) * stride);
  for (let y = 0; y < height; y++) {
    let row = 0;
    for (let x = 0; x < width; x++) {
      for (let at = y * width + x; at < values.length; at += size) row += values[at]! * share;
      integral[(y + 1) * stride + x + 1] = integral[y * stride + x + 1]! + row;
    }
  }
  return integral;
}
