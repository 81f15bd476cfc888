import type { AnomalyMap } from '../../contract/domain.ts';

/** A map as a detector gives it: float32 [height, width], row-major. */
export interface FloatMap {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** More cells than this along a side no screen shows over a part; they would only be carried about. */
const longestSide = 128;

/** Packs a map of finite values into bytes between its own lowest and highest value, at most 128 × 128 of them. */
export function quantise(map: FloatMap): AnomalyMap {
  const { width, height, data } = shrink(map);
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const steps = high > low ? 255 / (high - low) : 0;
  const bytes = Buffer.allocUnsafe(data.length);
  // Adding a half and cutting off rounds, since no value lies below `low`.
  for (let i = 0; i < data.length; i++) bytes[i] = (data[i]! - low) * steps + 0.5;
  return { width, height, low, high, data: bytes.toString('base64') };
}

/** Takes the highest value of each block of cells, so that no defect is lost, however small. */
function shrink(map: FloatMap): FloatMap {
  const factor = Math.ceil(Math.max(map.width, map.height) / longestSide);
  if (factor === 1) return map;
  const width = Math.ceil(map.width / factor);
  const height = Math.ceil(map.height / factor);
  const data = new Float32Array(width * height);
  const highest = new Float32Array(map.width);
  for (let y = 0; y < height; y++) {
    highest.fill(-Infinity);
    const end = Math.min((y + 1) * factor, map.height) * map.width;
    for (let at = y * factor * map.width; at < end;) {
      for (let x = 0; x < map.width; x++, at++) if (map.data[at]! > highest[x]!) highest[x] = map.data[at]!;
    }
    for (let x = 0, cell = y * width; x < map.width; cell++) {
      let best = highest[x]!;
      const next = Math.min(x + factor, map.width);
      for (x++; x < next; x++) if (highest[x]! > best) best = highest[x]!;
      data[cell] = best;
    }
  }
  return { width, height, data };
}
