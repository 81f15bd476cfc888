import { unitsPerLevel, type Picture } from './picture.ts';

/** Rec. 601 luma, the grey of PIL and OpenCV. */
const luma = [0.299, 0.587, 0.114] as const;

/** For each output position the first source position it draws from, how many, and their weights (sum 1). */
interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** Weight k of output i at i · stride + k; 0 from its count on. */
  readonly weights: Float64Array;
  readonly stride: number;
}

/**
 * Resizes a picture to height × width and splits it into planes of values 0..255, fractions kept.
 * Shrinking averages over the area that an output pixel covers, enlarging interpolates linearly between pixel
 * centres, each axis on its own; the edge repeats outward.
 * @param planes 1 gives grey (a colour picture's luma), 3 gives R, G, B (of a colour picture only)
 * @param out float32 [planes, height, width], written from `offset` on
 */
export function resample(
  picture: Picture,
  height: number,
  width: number,
  planes: 1 | 3,
  out: Float32Array,
  offset: number,
): void {
  const rows = axisTaps(picture.height, height, 1 / unitsPerLevel(picture));
  const columns = axisTaps(picture.width, width, 1);
  const toLuma = planes === 1 && picture.channels === 3;
  // What lies behind the edge has weight 0, but is a number.
  const line = new Float64Array((picture.width + columns.stride) * picture.channels);
  const write = columns.stride > 4 ? writeRow : writeRowOfFew;
  for (let y = 0; y < height; y++) {
    blendRows(picture, rows, y, line);
    if (toLuma) greyLine(line);
    for (let plane = 0; plane < planes; plane++) {
      write(line, planes, plane, columns, out, offset + (plane * height + y) * width, width);
    }
  }
}

/** The luma of an interleaved R G B line, packed into its own first third. */
function greyLine(line: Float64Array): void {
  for (let x = 0, at = 0; at < line.length; x++, at += 3) {
    line[x] = luma[0] * line[at]! + luma[1] * line[at + 1]! + luma[2] * line[at + 2]!;
  }
}

/**
 * Weighted sum of the source rows that make output row `y`, all channels. Two rows at a time: most of the time goes into
 * fetching and storing the line.
 */
function blendRows({ data, width, channels }: Picture, taps: Taps, y: number, line: Float64Array): void {
  const length = width * channels;
  const count = taps.count[y]!;
  for (let k = 0; k < count; k += 2) {
    const row = (taps.first[y]! + k) * length;
    const next = k + 1 < count ? row + length : row;
    const weight = taps.weights[y * taps.stride + k]!;
    const nextWeight = k + 1 < count ? taps.weights[y * taps.stride + k + 1]! : 0;
    if (k === 0) {
      for (let i = 0; i < length; i++) line[i] = weight * data[row + i]! + nextWeight * data[next + i]!;
    } else {
      for (let i = 0; i < length; i++) {
        line[i] = line[i]! + weight * data[row + i]! + nextWeight * data[next + i]!;
      }
    }
  }
}

function writeRow(
  line: Float64Array,
  channels: number,
  channel: number,
  taps: Taps,
  out: Float32Array,
  to: number,
  width: number,
): void {
  const { first, count, weights, stride } = taps;
  for (let x = 0; x < width; x++) {
    const n = count[x]!;
    let at = first[x]! * channels + channel;
    let weight = x * stride;
    let sum = 0;
    for (let k = 0; k < n; k++, at += channels, weight++) sum += weights[weight]! * line[at]!;
    out[to + x] = sum;
  }
}

/** As `writeRow`, for up to four taps: a loop of so few rounds takes longer than what it does. */
function writeRowOfFew(
  line: Float64Array,
  channels: number,
  channel: number,
  { first, weights, stride }: Taps,
  out: Float32Array,
  to: number,
  width: number,
): void {
  const hasThird = stride > 2;
  const hasFourth = stride > 3;
  for (let x = 0; x < width; x++) {
    const at = first[x]! * channels + channel;
    const weight = x * stride;
    let sum = weights[weight]! * line[at]! + weights[weight + 1]! * line[at + channels]!;
    if (hasThird) sum += weights[weight + 2]! * line[at + 2 * channels]!;
    if (hasFourth) sum += weights[weight + 3]! * line[at + 3 * channels]!;
    out[to + x] = sum;
  }
}

function axisTaps(from: number, to: number, gain: number): Taps {
  const scale = from / to;
  const stride = Math.max(2, Math.ceil(scale) + 1);
  const taps = {
    first: new Int32Array(to),
    count: new Int32Array(to),
    weights: new Float64Array(to * stride),
    stride,
  };
  for (let i = 0; i < to; i++) {
    if (scale > 1) coverArea(taps, i, scale, from, gain);
    else interpolate(taps, i, scale, from, gain);
  }
  return taps;
}

/** Output pixel i covers the source interval [i · scale, (i + 1) · scale). */
function coverArea(taps: Taps, i: number, scale: number, from: number, gain: number): void {
  const start = i * scale;
  const end = Math.min(from, start + scale);
  const first = Math.floor(start);
  const last = Math.min(from, Math.ceil(end - 1e-9));
  taps.first[i] = first;
  taps.count[i] = last - first;
  for (let source = first; source < last; source++) {
    const covered = Math.min(end, source + 1) - Math.max(start, source);
    taps.weights[i * taps.stride + source - first] = (gain * covered) / (end - start);
  }
}

/** The centre of output pixel i lies at (i + ½) · scale − ½ between the source's pixel centres. */
function interpolate(taps: Taps, i: number, scale: number, from: number, gain: number): void {
  const centre = Math.min(Math.max((i + 0.5) * scale - 0.5, 0), from - 1);
  const first = Math.floor(centre);
  const fraction = centre - first;
  taps.first[i] = first;
  taps.count[i] = fraction > 0 ? 2 : 1;
  taps.weights[i * taps.stride] = gain * (1 - fraction);
  if (fraction > 0) taps.weights[i * taps.stride + 1] = gain * fraction;
}
