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

/** Control points of a smooth surface, row by row. */
interface Grid {
  readonly columns: number;
  readonly rows: number;
  readonly points: Float32Array;
}

/**
 * Smooth noise: random numbers on a coarse grid, interpolated by a cubic that keeps the spread near 1.
 * @param cellX distance of the grid's lines in pixels, `cellY` likewise
 * @returns float32 [side, side]
 */
export function smoothNoise(random: Random, cellX: number, cellY = cellX): Float32Array {
  return interpolate(randomGrid(random, pointsFor(cellX), pointsFor(cellY)), cellX, cellY, random);
}

/** Several octaves of smooth noise, each finer and weaker by half: clouds, stone, grime. */
export function cloudNoise(random: Random, largestCell: number, octaves: number): Float32Array {
  const cell = largestCell * 0.5 ** (octaves - 1);
  const sizes = [pointsFor(cell)];
  for (let octave = 1; octave < octaves; octave++) sizes.unshift(Math.ceil(sizes[0]! / 2) + 2);
  let grid = randomGrid(random, sizes[0]!, sizes[0]!);
  for (let octave = 1; octave < octaves; octave++) {
    grid = refine(grid);
    const weight = 0.5 ** octave;
    const finer = whiteNoise(random, grid.columns, grid.rows);
    for (let i = 0; i < finer.length; i++) grid.points[i] = grid.points[i]! + weight * finer[i]!;
  }
  return interpolate(grid, cell, cell, random);
}

function pointsFor(cell: number): number {
  return Math.ceil(side / cell) + 4;
}

function randomGrid(random: Random, columns: number, rows: number): Grid {
  return { columns, rows, points: whiteNoise(random, columns, rows) };
}

/** The same cubic B-spline surface on a grid twice as fine (Lane and Riesenfeld 1980). */
function refine({ columns, rows, points }: Grid): Grid {
  const wide = 2 * (columns - 2);
  const high = 2 * (rows - 2);
  const rowsDone = new Float32Array(rows * wide);
  for (let row = 0; row < rows; row++) refineLine(points, row * columns, 1, rowsDone, row * wide, 1, wide);
  const done = new Float32Array(high * wide);
  for (let column = 0; column < wide; column++) refineLine(rowsDone, column, wide, done, column, wide, high);
  return { columns: wide, rows: high, points: done };
}

function refineLine(
  from: Float32Array,
  start: number,
  stride: number,
  to: Float32Array,
  toStart: number,
  toStride: number,
  length: number,
): void {
  for (let i = 0; i < length; i += 2) {
    const at = start + (i / 2) * stride;
    const a = from[at]!;
    const b = from[at + stride]!;
    const c = from[at + 2 * stride]!;
    to[toStart + i * toStride] = (a + 6 * b + c) / 8;
    to[toStart + (i + 1) * toStride] = (b + c) / 2;
  }
}

/** The surface of a grid at every pixel, from a random place within the first cell. */
function interpolate(grid: Grid, cellX: number, cellY: number, random: Random): Float32Array {
  const { columns, points } = grid;
  const shiftX = random.uniform();
  const shiftY = random.uniform();
  const rows = pointsFor(cellY);
  const wide = new Float32Array(rows * side);
  for (let x = 0; x < side; x++) {
    const position = x / cellX + shiftX;
    const cell = Math.floor(position);
    const [a, b, c, d] = spline(position - cell);
    for (let from = cell, to = x; to < wide.length; from += columns, to += side) {
      wide[to] = a * points[from]! + b * points[from + 1]! + c * points[from + 2]! + d * points[from + 3]!;
    }
  }
  const noise = new Float32Array(side * side);
  for (let y = 0; y < side; y++) {
    const position = y / cellY + shiftY;
    const cell = Math.floor(position);
    const [a, b, c, d] = spline(position - cell);
    for (let to = y * side, from = cell * side; to < (y + 1) * side; to++, from++) {
      noise[to] =
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
