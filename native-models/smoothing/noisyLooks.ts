import { seededRandom } from '../random.ts';
import { checkCancelled } from '../training/cancel.ts';
import type { DrawLooks } from './certify.ts';
import { GaussianNoise } from './gaussianNoise.ts';
import { powerOfTwo, type PixelNetwork } from './pixelNetwork.ts';

/** Time for all looks at a part. */
export interface LookBudget {
  /** Monotonic, in milliseconds. */
  readonly nowMs: () => number;
  /** No batch is begun that would probably end later. */
  readonly untilMs: number;
}

export interface LookOptions {
  /** Of the noise: the same part, settings and seed give the same certificate. */
  readonly seed: number;
  /** Absent: as long as it takes. */
  readonly budget?: LookBudget;
  /** As if the time were up after so many looks: repeats a certificate that a budget has cut short. */
  readonly atMost?: number;
  readonly signal?: AbortSignal | undefined;
  /** Told of the looks taken so far. */
  readonly onLooks?: (looks: number) => void;
}

/** The noise of all looks at a part, one behind the other. */
export function noiseOf(seed: number): GaussianNoise {
  return new GaussianNoise(seededRandom(seed).fork('noise'));
}

/**
 * Fresh looks at an image, each with Gaussian noise of its own.
 * @param classify class of each of some images, float32 [N, C, H, W]
 * @param pixels float32 [C, H, W] in [0, 1] @param sigma deviation of the noise
 */
export function noisyLooks(
  network: Pick<PixelNetwork, 'length' | 'largestBatch' | 'times'>,
  classify: (images: Float32Array) => Promise<ArrayLike<number>>,
  pixels: Float32Array,
  sigma: number,
  { seed, budget, atMost = Infinity, signal, onLooks }: LookOptions,
): DrawLooks {
  const noise = noiseOf(seed);
  let taken = 0;
  return async (count) => {
    checkCancelled(signal);
    const wanted = Math.min(count, network.largestBatch, atMost - taken);
    const startMs = budget?.nowMs() ?? 0;
    const size = budget
      ? network.times.largestWithin(budget.untilMs - startMs, wanted)
      : powerOfTwo(Math.max(0, wanted));
    if (size === 0) {
      if (budget && taken === 0) network.times.relax();
      return [];
    }
    const noisy = new Float32Array(size * network.length);
    noise.addTo(pixels, noisy, sigma);
    const classes = await classify(noisy);
    if (budget) network.times.note(size, budget.nowMs() - startMs);
    taken += size;
    onLooks?.(taken);
    return classes;
  };
}
