import type { ImageLoader } from '../detectors/teach.ts';
import { inputLength, planesOf, preprocess, type Preprocess } from '../images/preprocess.ts';
import type { Random } from '../random.ts';
import { augment, type Augmentation } from './augment.ts';

/**
 * Gives what a step starts from, sample by sample: the preprocessed image, or what frozen layers made of it.
 * Overlapping reads are allowed.
 */
export interface SampleSource {
  /** The value of the model's graph that is fed. */
  readonly value: string;
  /** Shape of one sample, without the batch. */
  readonly dims: readonly number[];
  /**
   * Writes a sample.
   * @param out float32, receives the sample from `offset` on
   * @param random of this visit, for augmentation; null = the sample as it is
   */
  read(index: number, out: Float32Array, offset: number, random: Random | null): Promise<void>;
}

export interface ImageSourceOptions {
  /** Name of the model's image input. */
  readonly input: string;
  readonly preprocess: Preprocess;
  /** Applied to every visit in training; absent = none. */
  readonly augmentation?: Augmentation;
  /** Preprocessed images are kept in memory up to so many bytes, the others are read again at each visit. */
  readonly cacheBytes: number;
}

/** Images as the network's input. */
export function imageSource(images: readonly ImageLoader[], options: ImageSourceOptions): SampleSource {
  const spec = options.preprocess;
  const length = inputLength(spec);
  const dims = [planesOf(spec), ...spec.size];
  const kept: (Float32Array | undefined)[] = [];
  let room = Math.floor(options.cacheBytes / (length * Float32Array.BYTES_PER_ELEMENT));
  return {
    value: options.input,
    dims,
    async read(index, out, offset, random) {
      const known = kept[index];
      if (known) out.set(known, offset);
      else {
        preprocess(await images[index]!.load(), spec, out, offset);
        if (room > 0) {
          kept[index] = out.slice(offset, offset + length);
          room -= 1;
        }
      }
      if (random && options.augmentation) {
        augment(out.subarray(offset, offset + length), dims, options.augmentation, random);
      }
    },
  };
}
