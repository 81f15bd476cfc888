import { createHash } from 'node:crypto';
import type { ImageLoader, Skipped } from '../detectors/teach.ts';
import { ModelError } from '../errors.ts';
import type { Picture } from '../images/picture.ts';
import type { Random } from '../random.ts';
import { checkCancelled } from './cancel.ts';
import { stratifiedSplit } from './split.ts';

/** An image with its truth. */
export interface TrainingImage extends ImageLoader {
  readonly label: string;
  /** null = not said; see `splitImages`. */
  readonly split: 'train' | 'test' | null;
  /** Images of one group stay on one side of every split. */
  readonly group: string | null;
  /** What it counts in the loss; 0 = not trained on. */
  readonly weight: number;
}

/** An image that could be read. */
export interface SurveyedImage extends TrainingImage {
  /** Of size and pixels, hex. */
  readonly sha256: string;
  readonly channels: 1 | 3;
}

export interface Survey {
  readonly images: readonly SurveyedImage[];
  readonly skipped: readonly Skipped[];
  /** SHA-256 of pixels, label, side and weight of every image in order: what was trained on. */
  readonly snapshot: string;
}

/** Images decoded at one time. */
const atOnce = 8;

/**
 * Reads every image once, so that one that cannot be read is named before anything is computed.
 * @throws ModelError `tooFewImages` where none can be read, `cancelled`
 */
export async function surveyImages(
  images: readonly TrainingImage[],
  options: { signal?: AbortSignal | undefined; onProgress?: (done: number, total: number) => void } = {},
): Promise<Survey> {
  const hash = createHash('sha256');
  const readable: SurveyedImage[] = [];
  const skipped: Skipped[] = [];
  for (let start = 0; start < images.length; start += atOnce) {
    checkCancelled(options.signal);
    const part = images.slice(start, start + atOnce);
    const loaded = await Promise.all(part.map((image) => image.load().catch(asSkipped)));
    loaded.forEach((picture, at) => {
      const image = part[at]!;
      if (picture instanceof ModelError) {
        skipped.push({ name: image.name, error: picture });
        return;
      }
      const { label, split, group, weight } = image;
      const sha256 = hashOf(picture);
      hash.update(JSON.stringify([sha256, label, split, group, weight]));
      readable.push({ ...image, sha256, channels: picture.channels });
    });
    options.onProgress?.(start + part.length, images.length);
  }
  if (readable.length === 0) throw new ModelError('tooFewImages', { found: 0, needed: 2 });
  return { images: readable, skipped, snapshot: hash.digest('hex') };
}

function hashOf({ width, height, channels, depth, data }: Picture): string {
  return createHash('sha256')
    .update(JSON.stringify([width, height, channels, depth]))
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex');
}

function asSkipped(thrown: unknown): ModelError {
  if (thrown instanceof ModelError && thrown.kind.startsWith('image')) return thrown;
  throw thrown;
}

export interface SplitImages {
  readonly train: readonly SurveyedImage[];
  /** Taken from the training side; chooses the epoch whose weights are kept. */
  readonly validation: readonly SurveyedImage[];
  readonly test: readonly SurveyedImage[];
}

/**
 * Deals images to training, validation and test, class by class and whole groups together. Where the data set names
 * its sides they are kept, and images without a side are trained on; where it names none, a test side is drawn.
 * Where there is too little to hold any back, training images validate.
 * @param shares of the test side in all images, and of validation in the training side, 0..1
 */
export function splitImages(
  images: readonly SurveyedImage[],
  shares: { readonly test: number; readonly validation: number },
  random: Random,
): SplitImages {
  const { train, validation, test } = heldBack(images, shares, random);
  return { train, validation: validation.length > 0 ? validation : train, test };
}

/** As `splitImages`, but where there is too little to hold any back, nothing validates. */
export function heldBack(
  images: readonly SurveyedImage[],
  shares: { readonly test: number; readonly validation: number },
  random: Random,
): SplitImages {
  const isSplit = images.some(({ split }) => split !== null);
  const [learned, test] = isSplit
    ? [images.filter(({ split }) => split !== 'test'), images.filter(({ split }) => split === 'test')]
    : stratifiedSplit(images, shares.test, random.fork('test'));
  const weighty = learned.filter(({ weight }) => weight > 0);
  const [train, validation] = stratifiedSplit(weighty, shares.validation, random.fork('validation'));
  return { train, validation, test };
}
