import { ModelError } from '../errors.ts';
import { correctImage } from '../images/correction/correct.ts';
import type { Correction } from '../images/correction/correction.ts';
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

/** What pictures are brought to. */
export interface PixelFrame {
  /** [channels, height, width] of the network's input. */
  readonly shape: readonly [number, number, number];
  /** As the model's preprocessing has it; null = none. */
  readonly correction: Correction | null;
}

/**
 * Pictures at the network's size and at the place and in the light of the model's correction, values in [0, 1]: where
 * disturbances of the image are measured. A grey picture among colour ones fills all planes. A picture beyond the
 * bounds of the correction stays as taken; see `judgedPixels`.
 * @returns float32 [N, channels, height, width]
 */
export function pixelsOf(pictures: readonly Picture[], frame: PixelFrame): Float32Array {
  return judgedPixels(pictures, frame).pixels;
}

/** As `pixelsOf`, with which of the pictures lie beyond the correction: on the line those are reviews. */
export function judgedPixels(
  pictures: readonly Picture[],
  { shape: [channels, height, width], correction }: PixelFrame,
): { readonly pixels: Float32Array; readonly beyond: readonly boolean[] } {
  const plane = height * width;
  const pixels = new Float32Array(pictures.length * channels * plane);
  const beyond = pictures.map((picture, row) => {
    const offset = row * channels * plane;
    const drawn = picture.channels === 1 ? 1 : (channels as 1 | 3);
    resample(picture, height, width, drawn, pixels, offset);
    const own = pixels.subarray(offset, offset + drawn * plane);
    const corrected =
      correction && correctImage(own, height, width, picture.width / picture.height, correction);
    for (let c = drawn; c < channels; c++) pixels.copyWithin(offset + c * plane, offset, offset + plane);
    return (corrected?.beyond ?? null) !== null;
  });
  for (let i = 0; i < pixels.length; i++) pixels[i] = Math.min(1, Math.max(0, pixels[i]! / 255));
  return { pixels, beyond };
}
