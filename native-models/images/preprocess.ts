import { ModelError } from '../errors.ts';
import { correctImage } from './correction/correct.ts';
import type { Corrected, Correction } from './correction/correction.ts';
import { normaliseImage, normaliseLocally } from './illumination.ts';
import type { Picture } from './picture.ts';
import { resample } from './resample.ts';

/** How a picture becomes a network's input: x = (pixel · scale − mean) / std per channel, pixel in 0..255. */
/** Ways of evening out the light of a picture, see `Preprocess`. */
export const normalisations = ['none', 'image', 'local'] as const;

export interface Preprocess {
  /** Order of the planes; `GRAY` is one plane. */
  readonly order: 'RGB' | 'BGR' | 'GRAY';
  /** [height, width] in pixels. */
  readonly size: readonly [number, number];
  /** One value, or one per plane in the planes' order. */
  readonly mean: readonly number[];
  /** As `mean`; positive. */
  readonly std: readonly number[];
  readonly scale: number;
  /**
   * Before anything else: `image` brings each image to the same mean and spread, `local` takes out slow
   * changes of the light across it first (see illumination.ts).
   */
  readonly normalise: (typeof normalisations)[number];
  /** Before that: to the place and light of the product's usual part; absent = as taken. */
  readonly correction?: Correction;
}

/** Number of planes that `preprocess` writes. */
export function planesOf(spec: Preprocess): 1 | 3 {
  return spec.order === 'GRAY' ? 1 : 3;
}

/** Number of values that `preprocess` writes: planes · height · width. */
export function inputLength(spec: Preprocess): number {
  return planesOf(spec) * spec.size[0] * spec.size[1];
}

/**
 * Writes a picture as a network's input. 16-bit values are divided by 257, fractions kept; a grey picture fills
 * all planes with itself; a colour picture gives its luma for `GRAY`. The whole picture is resized to `size`,
 * whatever its proportions.
 * @param out float32, receives [planes, height, width] from `offset` on
 * @returns what the correction found and did, null without one; a picture beyond its bounds is written as taken
 * @throws ModelError `badRequest` when `mean` or `std` fit neither one plane nor all, or `out` is too short
 */
export function preprocess(
  picture: Picture,
  spec: Preprocess,
  out: Float32Array,
  offset = 0,
): Corrected | null {
  const [height, width] = spec.size;
  const planes = planesOf(spec);
  const size = height * width;
  check(spec, planes, out.length - offset);
  const drawn = picture.channels === 1 ? 1 : planes;
  resample(picture, height, width, drawn, out, offset);
  const values = out.subarray(offset, offset + drawn * size);
  const corrected = spec.correction
    ? correctImage(values, height, width, picture.width / picture.height, spec.correction)
    : null;
  if (spec.normalise === 'image') normaliseImage(values);
  if (spec.normalise === 'local') normaliseLocally(values, height, width);
  if (drawn === 3 && spec.order === 'BGR') swapPlanes(values, size);
  const alike = drawn === 1 && isConstant(spec.mean) && isConstant(spec.std);
  const distinct = alike ? 1 : planes;
  // From the last plane to the first: a grey picture's only plane is the first, and is overwritten last.
  for (let plane = distinct - 1; plane >= 0; plane--) {
    const std = pick(spec.std, plane);
    const gain = spec.scale / std;
    const shift = -pick(spec.mean, plane) / std;
    const from = offset + (drawn === 1 ? 0 : plane * size);
    const to = offset + plane * size;
    for (let i = 0; i < size; i++) out[to + i] = out[from + i]! * gain + shift;
  }
  for (let plane = distinct; plane < planes; plane++) {
    out.copyWithin(offset + plane * size, offset, offset + size);
  }
  return corrected;
}

/**
 * As `preprocess`, for a picture that is to be judged or learned from.
 * @throws ModelError `imageBeyondCorrection` for one that is further from the usual part than the correction goes
 */
export function preprocessWithin(picture: Picture, spec: Preprocess, out: Float32Array): Corrected | null {
  const corrected = preprocess(picture, spec, out);
  if (corrected?.beyond) {
    const { what, value, bound } = corrected.beyond;
    throw new ModelError('imageBeyondCorrection', { what, value: Number(value.toPrecision(3)), bound });
  }
  return corrected;
}

function check(spec: Preprocess, planes: number, room: number): void {
  for (const list of [spec.mean, spec.std]) {
    if (list.length !== 1 && list.length !== planes) {
      throw new ModelError('badRequest', {
        reason: `${list.length} values of mean or std for ${planes} planes`,
      });
    }
  }
  if (room < inputLength(spec))
    throw new ModelError('badRequest', { reason: 'output shorter than the input' });
}

function pick(list: readonly number[], plane: number): number {
  return list[list.length === 1 ? 0 : plane]!;
}

function isConstant(list: readonly number[]): boolean {
  return list.every((value) => value === list[0]);
}

function swapPlanes(values: Float32Array, size: number): void {
  for (let i = 0; i < size; i++) {
    const red = values[i]!;
    values[i] = values[2 * size + i]!;
    values[2 * size + i] = red;
  }
}
