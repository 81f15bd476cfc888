import { openPatchExtractor, type PatchExtractor } from '../detectors/patches.ts';
import type { SessionOptions } from '../runtime/session.ts';
import type { Random } from '../random.ts';
import { principalComponents, whitened } from './components.ts';
import type { ScreenedNetwork } from './screenedNetwork.ts';

/** What a part is compared by. */
export interface PartFeatures {
  /** float32 [4 · channels]: what the whole part shows. */
  readonly row: Float32Array;
  /** float32 [patches · dimensions], whitened: what each place shows. */
  readonly patches: Float32Array;
}

/** Of the patches; more would cost memory and time with every part. */
const patchDimensions = 16;
/** Patches of a part that are kept; of a finer grid every second, third … is, and neighbours overlap anyway. */
const mostPatches = 400;
/** Patches of the first parts that the whitening is found on. */
const fittedPatches = 2000;

export function openExtractor(
  { model, preprocess, features }: ScreenedNetwork,
  session: SessionOptions,
): Promise<PatchExtractor> {
  return openPatchExtractor(model, preprocess, features, session);
}

/**
 * Of each channel the mean, the root mean square, the largest and the smallest: for what a defect does to a whole
 * surface, and for one that is too small to move a mean.
 * @param patches float32 [patches, channels]
 * @returns float32 [4 · channels]
 */
export function rowOfPatches(patches: Float32Array, channels: number): Float32Array {
  const row = new Float32Array(4 * channels);
  const count = patches.length / channels;
  for (let c = 0; c < channels; c++) {
    let [sum, squares, most, least] = [0, 0, -Infinity, Infinity];
    for (let at = c; at < patches.length; at += channels) {
      const value = patches[at]!;
      sum += value;
      squares += value * value;
      most = Math.max(most, value);
      least = Math.min(least, value);
    }
    row.set([sum / count], c);
    row.set([Math.sqrt(squares / count)], channels + c);
    row.set([most], 2 * channels + c);
    row.set([least], 3 * channels + c);
  }
  return row;
}

/**
 * How patches are brought to a few whitened numbers each.
 * @param samples patches of some parts, float32 [patches, channels] each
 */
export function patchWhitening(
  samples: readonly Float32Array[],
  channels: number,
  random: Random,
): { readonly dimensions: number; readonly whiten: (patches: Float32Array) => Float32Array } {
  const perPart = Math.max(1, Math.ceil(fittedPatches / samples.length));
  const rows = samples.flatMap((patches) =>
    Array.from({ length: perPart }, () => {
      const start = random.integer(patches.length / channels) * channels;
      return patches.subarray(start, start + channels);
    }),
  );
  const { spreads, pointOf } = principalComponents(rows, patchDimensions, random.fork('components'));
  const dimensions = spreads.length;
  return {
    dimensions,
    whiten: (patches) => {
      const all = patches.length / channels;
      const every = Math.ceil(all / mostPatches);
      const made = new Float32Array(Math.ceil(all / every) * dimensions);
      for (let at = 0; at < all; at += every) {
        const point = pointOf(patches.subarray(at * channels, (at + 1) * channels));
        made.set(whitened({ points: [point], spreads })[0]!, (at / every) * dimensions);
      }
      return made;
    },
  };
}
