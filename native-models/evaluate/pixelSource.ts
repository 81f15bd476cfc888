import { ModelError } from '../errors.ts';
import type { Picture } from '../images/picture.ts';
import { resample } from '../images/resample.ts';
import { checkCancelled } from '../training/cancel.ts';
import type { LabelledLoader } from './evaluateDetector.ts';

export interface SurveyedImages {
  readonly readable: readonly LabelledLoader[];
  readonly unreadable: readonly { readonly image: LabelledLoader; readonly error: ModelError }[];
  /** 1 where every image is grey. */
  readonly channels: 1 | 3;
}

/** Reads every image once: which can be read, and whether there is any colour. @throws ModelError `cancelled` */
export async function surveyPictures(
  images: readonly LabelledLoader[],
  options: { signal?: AbortSignal | undefined; onProgress?: (done: number, total: number) => void },
): Promise<SurveyedImages> {
  const readable: LabelledLoader[] = [];
  const unreadable: { image: LabelledLoader; error: ModelError }[] = [];
  let channels: 1 | 3 = 1;
  for (const [at, image] of images.entries()) {
    checkCancelled(options.signal);
    try {
      const picture = await image.load();
      if (picture.channels === 3) channels = 3;
      readable.push(image);
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      unreadable.push({ image, error });
    }
    options.onProgress?.(at + 1, images.length);
  }
  return { readable, unreadable, channels };
}

/**
 * Pictures at the network's size, values in [0, 1]: where disturbances of the image are measured. A grey picture among
 * colour ones fills all planes.
 * @returns float32 [N, channels, height, width]
 */
export function pixelsOf(
  pictures: readonly Picture[],
  [channels, height, width]: readonly [number, number, number],
): Float32Array {
  const plane = height * width;
  const pixels = new Float32Array(pictures.length * channels * plane);
  pictures.forEach((picture, row) => {
    const offset = row * channels * plane;
    const drawn = picture.channels === 1 ? 1 : (channels as 1 | 3);
    resample(picture, height, width, drawn, pixels, offset);
    for (let c = drawn; c < channels; c++) pixels.copyWithin(offset + c * plane, offset, offset + plane);
  });
  for (let i = 0; i < pixels.length; i++) pixels[i] = Math.min(1, Math.max(0, pixels[i]! / 255));
  return pixels;
}
