import type { Frame } from './frame.ts';

/**
 * The frame seen through a linear map about its centre, bilinear; beyond the edges the border repeats.
 * @param matrix from a place in the result, relative to the centre, to one in the frame: [xx, xy, yx, yy]
 * @param offset added in the frame, pixels
 */
export function warp(
  frame: Frame,
  [xx, xy, yx, yy]: readonly [number, number, number, number],
  offset: { readonly x: number; readonly y: number } = { x: 0, y: 0 },
): Frame {
  const { width, height } = frame;
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
  const planes = frame.planes.map(() => new Float32Array(width * height));
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      const u = limited(cx + xx * (x - cx) + xy * (y - cy) + offset.x, width - 1);
      const v = limited(cy + yx * (x - cx) + yy * (y - cy) + offset.y, height - 1);
      const [left, top] = [Math.floor(u), Math.floor(v)];
      const right = Math.min(width - 1, left + 1);
      const below = Math.min(height - 1, top + 1) * width;
      const above = top * width;
      const [s, t] = [u - left, v - top];
      frame.planes.forEach((plane, channel) => {
        const upper = plane[above + left]! * (1 - s) + plane[above + right]! * s;
        const lower = plane[below + left]! * (1 - s) + plane[below + right]! * s;
        planes[channel]![at] = upper * (1 - t) + lower * t;
      });
    }
  }
  return { width, height, planes };
}

const limited = (value: number, most: number) => (value < 0 ? 0 : value > most ? most : value);
