import { hash32, hashNumbers } from '../random.ts';

/**
 * A decoded image: rows from the top, pixels from the left, channels interleaved (grey, or R G B).
 * 8-bit values lie in 0..255, 16-bit values in 0..65535; there is never an alpha channel.
 */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly depth: 8 | 16;
  /** Length width · height · channels; `Uint16Array` exactly when depth is 16. */
  readonly data: Uint8Array | Uint16Array;
}

/** What `data` is divided by to bring a picture's values to 0..255, fractions kept: 1 for 8 bit, 257 for 16. */
export function unitsPerLevel(picture: Picture): number {
  return picture.depth === 16 ? 257 : 1;
}

/** Seed of what is drawn for this picture, from the seed of a whole run: the same wherever its file lies. */
export function pictureSeed({ data }: Picture, seed: number): number {
  return hash32(`${seed}/${hashNumbers(data)}`);
}
