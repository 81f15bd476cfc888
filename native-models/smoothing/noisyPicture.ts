import { pixelsOf } from '../evaluate/pixelSource.ts';
import type { Picture } from '../images/picture.ts';
import { planesOf, type Preprocess } from '../images/preprocess.ts';
import { noiseOf } from './noisyLooks.ts';

/**
 * A picture as a network sees it in its first noisy look, for the eye: at the network's size, before any normalisation.
 * Only here noisy values are held back to [0, 1].
 * @param sigma deviation of the noise, of pixel values in [0, 1] @param seed of the looks
 */
export function noisyPicture(
  picture: Picture,
  preprocess: Preprocess,
  sigma: number,
  seed: number,
): { readonly plain: Picture; readonly noisy: Picture } {
  const planes = planesOf(preprocess) === 1 ? 1 : picture.channels;
  const [height, width] = preprocess.size;
  const pixels = pixelsOf([picture], {
    shape: [planes, height, width],
    correction: preprocess.correction ?? null,
  });
  const noisy = new Float32Array(pixels.length);
  noiseOf(seed).addTo(pixels, noisy, sigma);
  const shown = (values: Float32Array) => asPicture(values, planes, height, width);
  return { plain: shown(pixels), noisy: shown(noisy) };
}

/** @param values float32 [channels, height, width] */
function asPicture(values: Float32Array, channels: 1 | 3, height: number, width: number): Picture {
  const data = new Uint8ClampedArray(values.length);
  const plane = height * width;
  for (let at = 0; at < plane; at++) {
    for (let c = 0; c < channels; c++) data[at * channels + c] = 255 * values[c * plane + at]!;
  }
  return { width, height, channels, depth: 8, data: new Uint8Array(data.buffer) };
}
