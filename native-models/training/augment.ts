import type { Random } from '../random.ts';

/** Light changes that leave the class as it is. */
export interface Augmentation {
  /** Mirrors left and right, and top and bottom, each every other time. */
  readonly flip?: boolean;
  /** Moves by up to this share of the side, the edge repeated outward; 0..0.5. */
  readonly shift?: number;
  /** Multiplies by 1 ± up to this, and adds up to ± this, in units of the network's input. */
  readonly light?: number;
}

/**
 * Changes an image in place.
 * @param image float32 [planes, height, width]
 */
export function augment(
  image: Float32Array,
  dims: readonly number[],
  { flip = false, shift = 0, light = 0 }: Augmentation,
  random: Random,
): void {
  const [planes = 1, height = 1, width = 1] = dims;
  const within = (limit: number) => (2 * random.uniform() - 1) * limit;
  const mirrorX = flip && random.uniform() < 0.5;
  const mirrorY = flip && random.uniform() < 0.5;
  const moveX = Math.round(within(shift * width));
  const moveY = Math.round(within(shift * height));
  const gain = 1 + within(light);
  const offset = within(light);

  const before = image.slice();
  const place = (at: number, move: number, size: number, mirror: boolean) => {
    const from = Math.min(size - 1, Math.max(0, at + move));
    return mirror ? size - 1 - from : from;
  };
  const columns = Int32Array.from({ length: width }, (_, x) => place(x, moveX, width, mirrorX));
  for (let plane = 0; plane < planes; plane++) {
    for (let y = 0; y < height; y++) {
      const to = (plane * height + y) * width;
      const from = (plane * height + place(y, moveY, height, mirrorY)) * width;
      for (let x = 0; x < width; x++) image[to + x] = before[from + columns[x]!]! * gain + offset;
    }
  }
}
