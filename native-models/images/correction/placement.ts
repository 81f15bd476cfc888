import { solve } from '../site/linear.ts';
import { inPlace, type Placement } from './correction.ts';
import { halved, type Sketch } from './sketch.ts';
import { pixelMap, warpPlane } from './warpPlane.ts';

/** How a picture lies against the reference. */
export interface Match {
  readonly placement: Placement;
  /** Correlation with the reference as taken and at the placement, over the cells that both show. */
  readonly before: number;
  readonly after: number;
}

/** The reference at each fineness, coarse first, with its slopes: computed once. */
export type Pyramid = readonly Level[];

interface Level extends Sketch {
  /** Change of the value per cell. */
  readonly alongX: Float32Array;
  readonly alongY: Float32Array;
}

const coarsestSide = 16;

export function pyramidOf(sketch: Sketch): Pyramid {
  const level = { ...sketch, ...slopesOf(sketch) };
  return sketch.side <= coarsestSide ? [level] : [...pyramidOf(halved(sketch)), level];
}

const steps = 8;
/** A step shorter than this, in cells, ends a level. */
const settled = 0.04;
/** Neighbouring cells go together; so many count as one witness. */
const cellsPerWitness = 16;
/** Usual size of a shift, share of the shorter side, and of a turn, radians. */
const usual = [0.03, 0.03, 0.05] as const;
/** Beyond so many standard deviations a cell counts less (Huber). */
const outlier = 1.5;

/**
 * Shift and turn of a picture by the enhanced correlation with the reference (Evangelidis & Psarakis, PAMI 2008; the
 * inverse composition of Baker & Matthews, IJCV 2004), from coarse to fine, below a pixel. Brightness and contrast do
 * not count. What the picture has no edges for (the turn of a round part, the way along a strip) stays at nothing:
 * each number is drawn there unless the cells speak against it (ridge).
 * @param aspect width / height of the picture
 */
export function matchOf(sketch: Sketch, reference: Pyramid, aspect: number): Match {
  const own = [sketch];
  while (own.length < reference.length) own.unshift(halved(own[0]!));
  let placement = inPlace;
  reference.forEach((level, at) => {
    placement = refined(own[at]!, level, aspect, placement);
  });
  const finest = reference.at(-1)!;
  const before = correlation(sketch, finest, aspect, inPlace);
  return { placement, before, after: correlation(sketch, finest, aspect, placement) };
}

function refined(sketch: Sketch, level: Level, aspect: number, start: Placement): Placement {
  const { side } = level;
  let placement = start;
  for (let step = 0; step < steps; step++) {
    const error = differences(seen(sketch, aspect, placement), level);
    const change = gaussNewton(error, level, aspect, placement);
    placement = {
      x: placement.x + change[0]!,
      y: placement.y + change[1]!,
      angle: placement.angle + change[2]!,
    };
    if (Math.max(...change.map(Math.abs)) * side < settled) break;
  }
  return placement;
}

/** The sketch at a placement; NaN where it shows nothing. */
function seen({ side, values }: Sketch, aspect: number, placement: Placement): Float32Array {
  const out = new Float32Array(values.length);
  const map = pixelMap(placement, side, side, aspect);
  warpPlane(values, out, 0, { height: side, width: side }, map, NaN);
  return out;
}

/** What the sketch lies above the reference by, brought to its mean and spread; NaN where it shows nothing. */
function differences(sketch: Float32Array, { values }: Level): Float32Array {
  const own = moments(sketch, sketch);
  const other = moments(values, sketch);
  const gain = other.spread / Math.max(own.spread, leastSpread);
  const shift = other.mean - own.mean * gain;
  const error = new Float32Array(sketch.length);
  for (let at = 0; at < error.length; at++) error[at] = sketch[at]! * gain + shift - values[at]!;
  return error;
}

const leastSpread = 0.5;

/** Mean and spread over the cells that `shown` shows. */
function moments(values: Float32Array, shown: Float32Array): { mean: number; spread: number } {
  let [count, sum, squares] = [0, 0, 0];
  for (let at = 0; at < values.length; at++) {
    if (shown[at] !== shown[at]) continue;
    const value = values[at]!;
    count += 1;
    sum += value;
    squares += value * value;
  }
  const mean = sum / (count || 1);
  return { mean, spread: Math.sqrt(Math.max(0, squares / (count || 1) - mean * mean)) };
}

/** The step that takes the differences back, shares of the shorter side and radians. */
function gaussNewton(error: Float32Array, level: Level, aspect: number, at: Placement): Float64Array {
  const { side, alongX, alongY } = level;
  const across = aspect >= 1 ? side / aspect : side;
  const down = aspect >= 1 ? side : side * aspect;
  const centre = (side - 1) / 2;
  const sigma = spreadOf(error);
  // Upper triangle of the normal equations, and their right side.
  let [xx, xy, xt, yy, yt, tt, rx, ry, rt] = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (let y = 0, cell = 0; y < side; y++) {
    const py = (y - centre) / down;
    for (let x = 0; x < side; x++, cell++) {
      const value = error[cell]!;
      // Not a number where the sketch shows nothing.
      if (value !== value) continue;
      const size = Math.abs(value);
      const weight = size > outlier * sigma ? (outlier * sigma) / size : 1;
      const gx = alongX[cell]! * across;
      const gy = alongY[cell]! * down;
      const gt = gy * ((x - centre) / across) - gx * py;
      xx += weight * gx * gx;
      xy += weight * gx * gy;
      xt += weight * gx * gt;
      yy += weight * gy * gy;
      yt += weight * gy * gt;
      tt += weight * gt * gt;
      rx -= weight * gx * value;
      ry -= weight * gy * value;
      rt -= weight * gt * value;
    }
  }
  const [kx, ky, kt] = usual.map((size) => (cellsPerWitness * sigma ** 2) / size ** 2) as [
    number,
    number,
    number,
  ];
  const rows = [
    Float64Array.of(xx + kx, xy, xt),
    Float64Array.of(xy, yy + ky, yt),
    Float64Array.of(xt, yt, tt + kt),
  ];
  return solve(rows, Float64Array.of(rx - kx * at.x, ry - ky * at.y, rt - kt * at.angle));
}

function spreadOf(error: Float32Array): number {
  let [squares, count] = [0, 0];
  for (const value of error) {
    if (value !== value) continue;
    squares += value * value;
    count += 1;
  }
  return Math.sqrt(squares / (count || 1)) || leastSpread;
}

function correlation(sketch: Sketch, level: Level, aspect: number, placement: Placement): number {
  const own = seen(sketch, aspect, placement);
  const [a, b] = [moments(own, own), moments(level.values, own)];
  let [sum, count] = [0, 0];
  for (let at = 0; at < own.length; at++) {
    if (own[at] !== own[at]) continue;
    sum += (own[at]! - a.mean) * (level.values[at]! - b.mean);
    count += 1;
  }
  return sum / (count || 1) / Math.max(leastSpread ** 2, a.spread * b.spread);
}

function slopesOf({ side, values }: Sketch): { alongX: Float32Array; alongY: Float32Array } {
  const slope = (step: number, place: (at: number) => number) =>
    values.map((_, at) => {
      const before = place(at) > 0 ? at - step : at;
      const after = place(at) < side - 1 ? at + step : at;
      return (values[after]! - values[before]!) / ((after - before) / step);
    });
  return { alongX: slope(1, (at) => at % side), alongY: slope(side, (at) => Math.floor(at / side)) };
}
