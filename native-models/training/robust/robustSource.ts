import { pixelsOf, type PixelFrame } from '../../evaluate/pixelSource.ts';
import { syntheticAnomaly } from '../../images/anomalies/syntheticAnomaly.ts';
import type { Picture } from '../../images/picture.ts';
import { float32Tensor } from '../../onnx/dataTypes.ts';
import { hash32, seededRandom, type Random } from '../../random.ts';
import type { SampleSource } from '../sampleSource.ts';
import type { SurveyedImage } from '../trainingImages.ts';

/** One sample of a robust training. */
export interface RobustSample {
  readonly image: SurveyedImage;
  /** Class in the order of the logits. */
  readonly label: number;
  /** The good part with a synthetic anomaly on it. */
  readonly isSynthetic: boolean;
}

export interface RobustSourceOptions {
  /** Name of the model's input. */
  readonly input: string;
  /** What pictures are brought to. */
  readonly frame: PixelFrame;
  readonly seed: number;
  /** What the site does to a picture at a visit; absent = nothing. */
  readonly disturb?: (picture: Picture, random: Random) => Promise<Picture>;
}

/** Pictures of samples, decoded or disturbed once where there is room. */
export class PictureCache {
  private readonly kept = new Map<string, Picture>();
  private room: number;

  constructor(bytes: number) {
    this.room = bytes;
  }

  load(image: SurveyedImage): Promise<Picture> {
    return this.get(image.sha256, () => image.load());
  }

  /** @param key names the picture among all that are kept @param make asked where it is not */
  async get(key: string, make: () => Promise<Picture>): Promise<Picture> {
    const known = this.kept.get(key);
    if (known) return known;
    const picture = await make();
    if (picture.data.byteLength <= this.room) {
      this.room -= picture.data.byteLength;
      this.kept.set(key, picture);
    }
    return picture;
  }
}

/** Label of a good part with a synthetic anomaly on it. */
export const syntheticLabel = 'synthetic';

/** A good part with a synthetic anomaly on it, always the same one for the same part. */
export function syntheticPart(image: SurveyedImage, seed: number): SurveyedImage {
  return {
    ...image,
    name: `${image.name} (${syntheticLabel})`,
    label: syntheticLabel,
    sha256: `${image.sha256} ${syntheticLabel}`,
    load: async () => syntheticAnomaly(await image.load(), ownRandom(image, seed)),
  };
}

const ownRandom = ({ sha256 }: SurveyedImage, seed: number) => seededRandom(hash32(`${seed}/${sha256}`));

/**
 * Samples as pixels in [0, 1], float32 [N, C, H, W]. Visited without a random source an image is undisturbed, and a
 * synthetic anomaly is always the same one.
 */
export function robustSource(
  samples: readonly RobustSample[],
  pictures: PictureCache,
  { input, frame, seed, disturb }: RobustSourceOptions,
): SampleSource {
  const pictureOf = async (index: number, random: Random | null): Promise<Picture> => {
    const { image, isSynthetic } = samples[index]!;
    const picture = await pictures.load(image);
    const own = () => random?.fork('anomaly') ?? ownRandom(image, seed);
    const whole = isSynthetic ? syntheticAnomaly(picture, own()) : picture;
    return random && disturb ? disturb(whole, random.fork('site')) : whole;
  };
  return {
    async batch(indices, random) {
      const drawn = await Promise.all(indices.map((index, row) => pictureOf(index, random?.(row) ?? null)));
      return { [input]: float32Tensor([indices.length, ...frame.shape], pixelsOf(drawn, frame)) };
    },
    flops: () => 0,
  };
}
