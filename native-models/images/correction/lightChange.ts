import { median } from '../site/quantiles.ts';
import { solve } from '../site/linear.ts';
import { noField, type LightChange } from './correction.ts';
import type { Sketch } from './sketch.ts';

/** Shares of the values whose quantiles are compared: neither the darkest nor the brightest spots. */
const shares = Array.from({ length: 19 }, (_, at) => (at + 1) / 20);
/** Quantiles go together; so few of them count as witnesses of their own. */
const witnesses = 4;
/** Usual size of a haze, levels; what rounding alone leaves of a fit. */
const usualHaze = 10;
const leastVariance = 1;

export function quantilesOf({ values }: Sketch): Float64Array {
  const sorted = values.slice().sort();
  return Float64Array.from(shares, (share) => sorted[Math.round(share * (sorted.length - 1))]!);
}

/**
 * Brightness and haze of a picture against the reference, from the quantiles of their values: it need not lie where
 * the reference lies, and what covers a small part of it does not count. A haze is believed as far as the quantiles
 * speak for it (ridge).
 * @returns with no field; a gain of 0 for a picture that is all dark
 */
export function gainAndHaze(own: Float64Array, usual: Float64Array): LightChange {
  const count = own.length;
  const sums = { r: 0, rr: 0, c: 0, rc: 0 };
  usual.forEach((r, at) => {
    sums.r += r;
    sums.rr += r * r;
    sums.c += own[at]!;
    sums.rc += r * own[at]!;
  });
  const plain = sums.rc / Math.max(sums.rr, leastVariance);
  const residual = own.reduce((sum, c, at) => sum + (c - plain * usual[at]!) ** 2, 0) / count;
  const ridge = ((count / witnesses) * Math.max(residual, leastVariance)) / usualHaze ** 2;
  // [rr r; r n + ridge] · [gain, haze] = [rc, c]
  const determinant = sums.rr * (count + ridge) - sums.r ** 2;
  if (determinant <= 0) return { gain: Math.max(0, plain), haze: 0, field: noField };
  const gain = (sums.rc * (count + ridge) - sums.r * sums.c) / determinant;
  const haze = (sums.rr * sums.c - sums.r * sums.rc) / determinant;
  return { gain: Math.max(0, gain), haze, field: noField };
}

/** Neighbouring cells go together; so many count as one witness. */
const cellsPerWitness = 4;
/** Usual size of the relative change of the light over the picture. */
const usualSlope = 0.3;
const rounds = 4;
/** Beyond so many standard deviations a cell shows something else than light. */
const outlier = 3;
const madToSigma = 1.4826;
const leastSigma = 1;

/**
 * The slope of the light that is left once gain and haze are taken out: least squares on the cells, in which a cell
 * that differs by more than the light does loses its say (Tukey's biweight), so that a defect is no light. With two
 * numbers for the whole picture it has no way of taking back anything small.
 * @param sketch at its place, its gain and haze taken out
 */
export function fieldOf({ side, values }: Sketch, usual: Sketch): LightChange['field'] {
  const places = placesOf(side);
  const rest = values.map((value, at) => value - usual.values[at]!);
  const left = new Float32Array(rest.length);
  let [mean, u, v] = [0, 0, 0];
  for (let round = 0; round < rounds; round++) {
    for (let at = 0; at < rest.length; at++) {
      left[at] = rest[at]! - usual.values[at]! * (mean + u * places.x[at]! + v * places.y[at]!);
    }
    const sigma = Math.max(leastSigma, madToSigma * median(left.map(Math.abs)));
    [mean, u, v] = fit(rest, left, usual.values, places, sigma) as unknown as [number, number, number];
  }
  // The mean is part of the gain that the quantiles have found already.
  return { u: u / (1 + mean), v: v / (1 + mean) };
}

function fit(
  rest: Float32Array,
  left: Float32Array,
  usual: Float32Array,
  places: Places,
  sigma: number,
): Float64Array {
  let [mm, mu, mv, uu, uv, vv, rm, ru, rv] = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (let at = 0; at < rest.length; at++) {
    const t = left[at]! / (outlier * sigma);
    if (Math.abs(t) >= 1) continue;
    const weight = (1 - t * t) ** 2;
    const light = usual[at]!;
    const [x, y] = [light * places.x[at]!, light * places.y[at]!];
    mm += weight * light * light;
    mu += weight * light * x;
    mv += weight * light * y;
    uu += weight * x * x;
    uv += weight * x * y;
    vv += weight * y * y;
    rm += weight * light * rest[at]!;
    ru += weight * x * rest[at]!;
    rv += weight * y * rest[at]!;
  }
  const ridge = (cellsPerWitness * sigma ** 2) / usualSlope ** 2;
  const rows = [
    Float64Array.of(mm + ridge, mu, mv),
    Float64Array.of(mu, uu + ridge, uv),
    Float64Array.of(mv, uv, vv + ridge),
  ];
  return solve(rows, Float64Array.of(rm, ru, rv));
}

/** Centre of each cell, −1 to 1 from edge to edge. */
interface Places {
  readonly x: Float32Array;
  readonly y: Float32Array;
}

function placesOf(side: number): Places {
  const place = (n: number) => (n - (side - 1) / 2) / (side / 2);
  const cells = side * side;
  return {
    x: Float32Array.from({ length: cells }, (_, at) => place(at % side)),
    y: Float32Array.from({ length: cells }, (_, at) => place(Math.floor(at / side))),
  };
}
