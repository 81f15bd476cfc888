import { ModelError } from '../errors.ts';
import { evenly } from '../evenly.ts';
import type { Correction } from '../images/correction/correction.ts';
import { correctionTo, type ReferencePart } from '../images/correction/reference.ts';
import { sketchOf } from '../images/correction/sketch.ts';
import type { Picture } from '../images/picture.ts';
import { inputLength, preprocess, type Preprocess } from '../images/preprocess.ts';
import type { CorrectionWish } from './correctionRecord.ts';

/** More parts than this tell no more of what a usual one looks like. */
const mostParts = 100;

/**
 * The correction to the usual one of some good parts; those that cannot be read are left out.
 * @throws ModelError `tooFewImages` where none can be read
 */
export async function correctionFrom(
  good: readonly { load(): Promise<Picture> }[],
  spec: Preprocess,
  wish: CorrectionWish,
): Promise<Correction> {
  const [height, width] = spec.size;
  // As taken, grey, levels of 255.
  const plain: Preprocess = {
    ...{ order: 'GRAY', size: spec.size, mean: [0], std: [1], scale: 1, normalise: 'none' },
  };
  const values = new Float32Array(inputLength(plain));
  const parts: ReferencePart[] = [];
  for (const image of evenly(good, mostParts)) {
    const picture = await image.load().catch((error: unknown) => {
      if (!(error instanceof ModelError)) throw error;
      return null;
    });
    if (!picture) continue;
    preprocess(picture, plain, values);
    parts.push({ sketch: sketchOf(values, height, width), aspect: picture.width / picture.height });
  }
  if (parts.length === 0) throw new ModelError('tooFewImages', { found: 0, needed: 1 });
  return correctionTo(parts, wish);
}

/** A backbone's preprocessing with such a correction, where one is wished. Throws as `correctionFrom`. */
export async function correctedPreprocess(
  spec: Preprocess,
  good: readonly { load(): Promise<Picture> }[],
  wish: CorrectionWish | null | undefined,
): Promise<Preprocess> {
  return wish ? { ...spec, correction: await correctionFrom(good, spec, wish) } : spec;
}
