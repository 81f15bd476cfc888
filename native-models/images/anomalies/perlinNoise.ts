import type { Random } from '../../random.ts';

/**
 * Gradient noise (Perlin, SIGGRAPH 1985, with the fade of SIGGRAPH 2002): smooth, about −0.7..0.7, without direction.
 * @param cell distance of the grid points in pixels, at least 2
 * @returns float32 [height · width]
 */
export function perlinNoise(width: number, height: number, cell: number, random: Random): Float32Array {
  const step = Math.max(2, cell);
  const columns = Math.ceil(width / step) + 2;
  const rows = Math.ceil(height / step) + 2;
  const angles = Float64Array.from({ length: columns * rows }, () => 2 * Math.PI * random.uniform());
  const slopesX = angles.map(Math.cos);
  const slopesY = angles.map(Math.sin);
  const noise = new Float32Array(width * height);
  for (let y = 0, at = 0; y < height; y++) {
    const row = Math.floor(y / step);
    const v = y / step - row;
    const fadeV = fade(v);
    for (let x = 0; x < width; x++, at++) {
      const column = Math.floor(x / step);
      const u = x / step - column;
      const corner = (dx: 0 | 1, dy: 0 | 1) => {
        const i = (row + dy) * columns + column + dx;
        return slopesX[i]! * (u - dx) + slopesY[i]! * (v - dy);
      };
      const fadeU = fade(u);
      const top = mix(corner(0, 0), corner(1, 0), fadeU);
      noise[at] = mix(top, mix(corner(0, 1), corner(1, 1), fadeU), fadeV);
    }
  }
  return noise;
}

const fade = (t: number): number => t * t * t * (t * (6 * t - 15) + 10);
const mix = (a: number, b: number, share: number): number => a + share * (b - a);
