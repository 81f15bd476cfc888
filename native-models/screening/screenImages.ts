import { useOrSkip, type ImageLoader, type Skipped } from '../detectors/teach.ts';
import type { PatchExtractor } from '../detectors/patches.ts';
import { ModelError } from '../errors.ts';
import { seededRandom, type Random } from '../random.ts';
import type { SessionOptions } from '../runtime/session.ts';
import { checkCancelled } from '../training/cancel.ts';
import { openExtractor, patchWhitening, rowOfPatches } from './partFeatures.ts';
import { screenParts, type ScreenedParts, type Screening } from './screen.ts';
import type { ScreenedNetwork } from './screenedNetwork.ts';

/** An image with what is said of it. */
export interface StatedImage extends ImageLoader {
  readonly label: string;
  /** Images of one group do not speak for each other. */
  readonly group: string | null;
}

export interface ScreenImagesOptions {
  readonly images: readonly StatedImage[];
  readonly network: ScreenedNetwork;
  readonly seed: number;
  readonly session?: SessionOptions;
  readonly signal?: AbortSignal;
  readonly onProgress?: (stage: 'features' | 'screen', done: number, total: number) => void;
}

export interface ScreenedImages extends Screening {
  /** Those that could be read, in order; `Suspect.index` counts them. */
  readonly images: readonly StatedImage[];
  readonly skipped: readonly Skipped[];
}

/** Steps that the comparing of features is told in. */
const steps = 100;
/** Of more parts than these no patches are kept: 100 MB at most. */
const mostWithPatches = 4000;
/** Parts that the whitening of patches is found on; their pictures are read a second time. */
const fittingParts = 40;

/**
 * Reads every image, runs the network up to its features, and screens what comes out. Same images and seed give the same
 * suspects.
 * @throws ModelError `tooFewImages` where none can be read, `cancelled`, and as `openPatchExtractor`
 */
export async function screenImages(options: ScreenImagesOptions): Promise<ScreenedImages> {
  const { signal, onProgress } = options;
  const random = seededRandom(options.seed);
  const skipped: Skipped[] = [];
  const { images, ...features } = await readFeatures(options, random, skipped);
  if (images.length === 0) throw new ModelError('tooFewImages', { found: 0, needed: 1 });
  const labels = images.map(({ label }) => label);
  const screening = await screenParts(
    { ...features, labels, groups: images.map(({ group }) => group) },
    {
      random: random.fork('screen'),
      pace: async (share) => {
        // Lets the engine hear a cancellation.
        await new Promise<void>((done) => void setImmediate(done));
        checkCancelled(signal);
        onProgress?.('screen', Math.round(share * steps), steps);
      },
    },
  );
  onProgress?.('screen', steps, steps);
  return { ...screening, images, skipped };
}

type Features = Pick<ScreenedParts, 'rows' | 'patches'> & { readonly images: readonly StatedImage[] };

async function readFeatures(
  { images, network, session = {}, signal, onProgress }: ScreenImagesOptions,
  random: Random,
  skipped: Skipped[],
): Promise<Features> {
  const extractor = await openExtractor(network, session);
  try {
    const isFew = images.length <= mostWithPatches;
    const whitening = isFew ? await fitWhitening(images, extractor, random.fork('patches'), signal) : null;
    const read: StatedImage[] = [];
    const rows: Float32Array[] = [];
    const patches: Float32Array[] = [];
    for (const [at, image] of images.entries()) {
      checkCancelled(signal);
      const own = await useOrSkip(image, skipped, extractor.patches);
      if (own) {
        read.push(image);
        rows.push(rowOfPatches(own, extractor.dimensions));
        if (whitening) patches.push(whitening.whiten(own));
      }
      onProgress?.('features', at + 1, images.length);
    }
    const places = whitening ? { patches: { of: patches, dimensions: whitening.dimensions } } : {};
    return { images: read, rows, ...places };
  } finally {
    await extractor.close();
  }
}

/** On some parts, spread over the list; null where none of them can be read. */
async function fitWhitening(
  images: readonly StatedImage[],
  extractor: PatchExtractor,
  random: Random,
  signal: AbortSignal | undefined,
) {
  const samples: Float32Array[] = [];
  // Those that cannot be read are told of when all are read.
  const unread: Skipped[] = [];
  const every = Math.max(1, Math.floor(images.length / fittingParts));
  for (const image of images.filter((_, at) => at % every === 0 || images.length < fittingParts)) {
    checkCancelled(signal);
    const own = await useOrSkip(image, unread, extractor.patches);
    if (own) samples.push(own);
  }
  return samples.length === 0 ? null : patchWhitening(samples, extractor.dimensions, random);
}
