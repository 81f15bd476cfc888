import type { Placement } from './correction.ts';

/** From a place in the result, relative to the centre, to one in the source, in pixels. */
export interface PixelMap {
  readonly matrix: readonly [number, number, number, number];
  readonly x: number;
  readonly y: number;
}

/**
 * A placement as pixels of an image of height × width that shows a picture of proportion `aspect`, as it may be
 * squeezed.
 * @param aspect width / height of the picture
 */
export function pixelMap(
  { x, y, angle }: Placement,
  height: number,
  width: number,
  aspect: number,
): PixelMap {
  // Pixels per shorter side of the picture.
  const across = aspect >= 1 ? width / aspect : width;
  const down = aspect >= 1 ? height : height * aspect;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return { matrix: [cos, (-sin * across) / down, (sin * down) / across, cos], x: x * across, y: y * down };
}

/** The inverse: from a place in the source to one in the result. */
export function inverted({ matrix: [xx, xy, yx, yy], x, y }: PixelMap): PixelMap {
  const determinant = xx * yy - xy * yx;
  const matrix = [yy / determinant, -xy / determinant, -yx / determinant, xx / determinant] as const;
  return { matrix, x: -(matrix[0] * x + matrix[1] * y), y: -(matrix[2] * x + matrix[3] * y) };
}

/** Largest way that a pixel goes. */
export function farthest(
  { matrix: [xx, xy, yx, yy], x, y }: PixelMap,
  height: number,
  width: number,
): number {
  const corners = [-0.5, 0.5].flatMap((u) => [-0.5, 0.5].map((v) => [u * width, v * height] as const));
  return Math.max(
    ...corners.map(([u, v]) => Math.hypot((xx - 1) * u + xy * v + x, yx * u + (yy - 1) * v + y)),
  );
}

/**
 * One plane seen through the map, bilinear.
 * @param source float32 [height, width]
 * @param out receives as many values, from `offset` on
 * @param outside what a place beyond the edges gives; null = the border repeats
 */
export function warpPlane(
  source: Float32Array,
  out: Float32Array,
  offset: number,
  { height, width }: { readonly height: number; readonly width: number },
  { matrix: [xx, xy, yx, yy], x: dx, y: dy }: PixelMap,
  outside: number | null = null,
): void {
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
  const [mostX, mostY] = [width - 1, height - 1];
  for (let y = 0, at = offset; y < height; y++) {
    let u = cx - xx * cx + xy * (y - cy) + dx;
    let v = cy - yx * cx + yy * (y - cy) + dy;
    for (let x = 0; x < width; x++, at++, u += xx, v += yx) {
      if (outside !== null && (u < 0 || v < 0 || u > mostX || v > mostY)) {
        out[at] = outside;
        continue;
      }
      const s = u < 0 ? 0 : u > mostX ? mostX : u;
      const t = v < 0 ? 0 : v > mostY ? mostY : v;
      const left = Math.floor(s);
      const top = Math.floor(t);
      const right = left < mostX ? 1 : 0;
      const upper = top * width + left;
      const lower = top < mostY ? upper + width : upper;
      const fs = s - left;
      const ft = t - top;
      const above = source[upper]! * (1 - fs) + source[upper + right]! * fs;
      const below = source[lower]! * (1 - fs) + source[lower + right]! * fs;
      out[at] = above * (1 - ft) + below * ft;
    }
  }
}
