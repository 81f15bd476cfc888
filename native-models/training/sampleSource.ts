import type { ImageLoader } from '../detectors/teach.ts';
import { inputLength, planesOf, preprocess, type Preprocess } from '../images/preprocess.ts';
import { float32Tensor } from '../onnx/dataTypes.ts';
import type { Tensor } from '../onnx/ir.ts';
import type { Random } from '../random.ts';
import { augment, type Augmentation } from './augment.ts';

/** Gives what a step starts from: preprocessed images, or what frozen layers made of them. */
export interface SampleSource {
  /**
   * Tensors of a batch, by the name of the value they are fed to; one row for each sample. One call at a time.
   * @param random of this visit to each row, for augmentation; null = samples as they are
   */
  batch(
    indices: readonly number[],
    random: ((row: number) => Random) | null,
  ): Promise<Readonly<Record<string, Tensor>>>;
  /** Floating-point operations of the graphs the source itself has run so far. */
  flops(): number;
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
  const { input, preprocess: spec, augmentation } = options;
  const length = inputLength(spec);
  const dims = [planesOf(spec), ...spec.size];
  const kept: (Float32Array | undefined)[] = [];
  let room = Math.floor(options.cacheBytes / (length * Float32Array.BYTES_PER_ELEMENT));

  const read = async (index: number, out: Float32Array) => {
    const known = kept[index];
    if (known) return out.set(known);
    preprocess(await images[index]!.load(), spec, out);
    if (room > 0) {
      kept[index] = out.slice();
      room -= 1;
    }
  };
  return {
    async batch(indices, random) {
      const data = new Float32Array(indices.length * length);
      const rowOf = (row: number) => data.subarray(row * length, (row + 1) * length);
      await Promise.all(indices.map((index, row) => read(index, rowOf(row))));
      if (random && augmentation) {
        indices.forEach((_, row) => augment(rowOf(row), dims, augmentation, random(row)));
      }
      return { [input]: float32Tensor([indices.length, ...dims], data) };
    },
    flops: () => 0,
  };
}
