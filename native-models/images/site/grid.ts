import type { Frame } from '../corruptions/frame.ts';

/** Cells along each side. */
export const gridSide = 32;

/** float32 [gridSide, gridSide] per plane: the mean of the picture in each cell, 0..1. */
export type Grid = readonly Float32Array[];

/** A picture too coarse to show noise, blur and small defects, and fine enough for its light. */
export function gridOf({ width, height, planes }: Frame): Grid {
  const column = Uint16Array.from({ length: width }, (_, x) => Math.floor((x * gridSide) / width));
  return planes.map((plane) => {
    const sums = new Float64Array(gridSide * gridSide);
    const counts = new Float64Array(gridSide * gridSide);
    for (let y = 0, at = 0; y < height; y++) {
      const row = Math.floor((y * gridSide) / height) * gridSide;
      for (let x = 0; x < width; x++, at++) {
        sums[row + column[x]!]! += plane[at]!;
        counts[row + column[x]!]! += 1;
      }
    }
    return Float32Array.from(sums, (sum, cell) => (counts[cell] ? sum / counts[cell]! : 0));
  });
}
