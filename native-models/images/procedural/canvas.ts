import { seededRandom, type Random } from '../../random.ts';

/** Width and height of every drawn part in pixels. */
export const side = 300;

/** A part while it is drawn: what the camera will see, before the camera. */
export interface Scene {
  /** One plane (grey) or three (R, G, B) of float32 [side, side], light in 0..1. */
  readonly planes: readonly Float32Array[];
  /** float32 [side, side]: how much of a pixel the defect covers, 0..1. */
  readonly defect: Float32Array;
}

export function emptyScene(planes: 1 | 3): Scene {
  return {
    planes: Array.from({ length: planes }, () => new Float32Array(side * side)),
    defect: new Float32Array(side * side),
  };
}

/** Marks a pixel as belonging to the defect, keeping the larger cover. */
export function markDefect(scene: Scene, at: number, cover: number): void {
  if (cover > scene.defect[at]!) scene.defect[at] = cover;
}

export function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}

/** 0 below `low`, 1 above `high`, smooth between (Hermite). */
export function smoothstep(low: number, high: number, value: number): number {
  const t = clamp((value - low) / (high - low), 0, 1);
  return t * t * (3 - 2 * t);
}

export function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random.uniform();
}

const grainLength = 1 << 16;
let grainTable: Float32Array | undefined;

/**
 * Standard normal numbers, always the same 65,536 of them. A texture reads runs of it from places it draws at
 * random: as good to the eye as fresh numbers, and several times as fast.
 */
function grains(): Float32Array {
  if (grainTable === undefined) {
    const random = seededRandom(0x6a41);
    grainTable = Float32Array.from({ length: grainLength }, () => random.normal());
  }
  return grainTable;
}

/** White noise, mean 0 and spread 1: float32 [height, width]. */
export function whiteNoise(random: Random, width: number, height = width): Float32Array {
  const table = grains();
  const noise = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const start = random.integer(grainLength - width);
    noise.set(table.subarray(start, start + width), y * width);
  }
  return noise;
}

/**
 * Smooth noise: random numbers on a coarse grid, interpolated by a cubic that keeps the spread near 1.
 * @param cellX distance of the grid's lines in pixels, `cellY` likewise
 * @returns float32 [side, side]
 */
export function smoothNoise(random: Random, cellX: number, cellY = cellX): Float32Array {
  const columns = Math.ceil(side / cellX) + 4;
  const rows = Math.ceil(side / cellY) + 4;
  const grid = whiteNoise(random, columns, rows);
  const shiftX = random.uniform();
  const shiftY = random.uniform();
  const wide = new Float32Array(rows * side);
  for (let x = 0; x < side; x++) {
    const position = x / cellX + shiftX;
    const cell = Math.floor(position);
    const [a, b, c, d] = spline(position - cell);
    for (let row = 0; row < rows; row++) {
      const at = row * columns + cell;
      wide[row * side + x] = a * grid[at]! + b * grid[at + 1]! + c * grid[at + 2]! + d * grid[at + 3]!;
    }
  }
  const noise = new Float32Array(side * side);
  for (let y = 0; y < side; y++) {
    const position = y / cellY + shiftY;
    const cell = Math.floor(position);
    const [a, b, c, d] = spline(position - cell);
    const at = cell * side;
    for (let x = 0; x < side; x++) {
      const from = at + x;
      noise[y * side + x] =
        a * wide[from]! + b * wide[from + side]! + c * wide[from + 2 * side]! + d * wide[from + 3 * side]!;
    }
  }
  return noise;
}

/** Uniform cubic B-spline, scaled so that interpolated white noise keeps a spread near 1. */
function spline(t: number): [number, number, number, number] {
  const gain = 1.45 / 6;
  const u = 1 - t;
  return [
    gain * u * u * u,
    gain * (3 * t * t * t - 6 * t * t + 4),
    gain * (3 * u * u * u - 6 * u * u + 4),
    gain * t * t * t,
  ];
}

/** Several octaves of smooth noise, each finer and weaker by half: clouds, stone, grime. */
export function cloudNoise(random: Random, largestCell: number, octaves: number): Float32Array {
  const clouds = smoothNoise(random, largestCell);
  for (let octave = 1; octave < octaves; octave++) {
    const weight = 0.5 ** octave;
    const layer = smoothNoise(random, largestCell * 0.5 ** octave);
    for (let i = 0; i < clouds.length; i++) clouds[i] = clouds[i]! + weight * layer[i]!;
  }
  return clouds;
}
