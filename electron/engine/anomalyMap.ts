import type { AnomalyMap } from '../contract/domain.ts';

/** A map as a detector gives it: float32 [height, width], row-major. */
export interface FloatMap {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** More cells than this along a side no screen shows; they would only be carried about. */
const longestSide = 256;

/** Packs a map of finite values into bytes between its own lowest and highest value, at most 256 × 256 of them. */
export function quantise(map: FloatMap): AnomalyMap {
  const { width, height, data } = shrink(map);
  let low = Infinity;
  let high = -Infinity;
  for (const value of data) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const steps = high > low ? 255 / (high - low) : 0;
  const bytes = Buffer.allocUnsafe(data.length);
  for (let i = 0; i < data.length; i++) bytes[i] = Math.round((data[i]! - low) * steps);
  return { width, height, low, high, data: bytes.toString('base64') };
}

/** Takes the highest value of each block of cells, so that no defect is lost, however small. */
function shrink(map: FloatMap): FloatMap {
  const factor = Math.ceil(Math.max(map.width, map.height) / longestSide);
  if (factor === 1) return map;
  const width = Math.ceil(map.width / factor);
  const height = Math.ceil(map.height / factor);
  const data = new Float32Array(width * height).fill(-Infinity);
  for (let y = 0; y < map.height; y++) {
    const row = Math.floor(y / factor) * width;
    for (let x = 0; x < map.width; x++) {
      const cell = row + Math.floor(x / factor);
      data[cell] = Math.max(data[cell]!, map.data[y * map.width + x]!);
    }
  }
  return { width, height, data };
}
