import { describe, expect, it } from 'vitest';
import { pixelsOf } from '../../../../../native-models/evaluate/pixelSource.ts';
import { correctImage } from '../../../../../native-models/images/correction/correct.ts';
import { usualBounds, type Correction } from '../../../../../native-models/images/correction/correction.ts';
import { correctionTo } from '../../../../../native-models/images/correction/reference.ts';
import { sketchOf } from '../../../../../native-models/images/correction/sketch.ts';
import { mapFrame, toFrame, toPicture } from '../../../../../native-models/images/corruptions/frame.ts';
import { warp } from '../../../../../native-models/images/corruptions/warp.ts';
import type { Picture } from '../../../../../native-models/images/picture.ts';
import {
  inputLength,
  preprocess,
  preprocessWithin,
  type Preprocess,
} from '../../../../../native-models/images/preprocess.ts';
import { drawPart } from '../../../../../native-models/images/procedural/draw.ts';
import { seededRandom } from '../../../../../native-models/random.ts';

const side = 160;
const spec: Preprocess = {
  ...{ order: 'GRAY', size: [side, side], mean: [0], std: [1], scale: 1, normalise: 'none' },
};
const parts = Array.from({ length: 8 }, (_, index) => {
  const disturbances = { light: 0, blur: 0, noise: 0 };
  return drawPart({ part: 'label', seed: 4, index, defectRate: 0, disturbances }).picture;
});

function valuesOf(picture: Picture): Float32Array {
  const values = new Float32Array(inputLength(spec));
  preprocess(picture, spec, values);
  return values;
}

const sketches = parts.map((picture) => ({ sketch: sketchOf(valuesOf(picture), side, side), aspect: 1 }));
const whole = correctionTo(sketches, { position: true, light: 'field' });
const corrected = (picture: Picture, correction: Correction = whole) => {
  const values = valuesOf(picture);
  const aspect = picture.width / picture.height;
  return { values, ...correctImage(values, side, side, aspect, correction) };
};
const moved = (picture: Picture, degrees: number, x: number, y: number) => {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return toPicture(warp(toFrame(picture), [cos, -sin, sin, cos], { x, y }), picture.depth);
};
const lit = (picture: Picture, gain: number, slope: number) =>
  toPicture(
    mapFrame(toFrame(picture), (value, x) => value * gain * (1 + slope * ((2 * x) / picture.width - 1))),
    picture.depth,
  );
const meanDifference = (a: Float32Array, b: Float32Array) =>
  a.reduce((sum, value, at) => sum + Math.abs(value - b[at]!), 0) / a.length;

describe('a part that lies a little off', () => {
  const picture = parts[0]!;
  const own = corrected(picture).placement;

  it.each([
    [0, 6, -4],
    [3, 0, 0],
    [-2, -9, 3],
  ])('is found to half a pixel of the picture: %f degrees, %f and %f px', (degrees, x, y) => {
    const { placement, beyond } = corrected(moved(picture, degrees, x, y));
    expect(beyond).toBeNull();
    const pixels = picture.width;
    // The picture was sampled at R·p + (x, y), so that its content lies at the inverse.
    const angle = (-degrees * Math.PI) / 180;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const expected = {
      x: cos * (own.x * pixels - x) - sin * (own.y * pixels - y),
      y: sin * (own.x * pixels - x) + cos * (own.y * pixels - y),
    };
    expect(Math.abs(placement.x * pixels - expected.x)).toBeLessThan(0.5);
    expect(Math.abs(placement.y * pixels - expected.y)).toBeLessThan(0.5);
    expect(Math.abs(placement.angle - own.angle - angle) * (180 / Math.PI)).toBeLessThan(0.2);
  });

  it('comes out as it would have where it belongs', () => {
    const there = corrected(picture).values;
    const off = moved(picture, 2, 7, -5);
    expect(meanDifference(corrected(off).values, there)).toBeLessThan(
      0.2 * meanDifference(valuesOf(off), there),
    );
  });

  it('is left as taken when nothing matches', () => {
    const random = seededRandom(2);
    const data = Uint8Array.from({ length: 300 * 300 }, () => 100 + 30 * random.normal());
    const noise: Picture = { width: 300, height: 300, channels: 1, depth: 8, data };
    const { values, placement } = corrected(noise, { ...whole, light: 'none' });
    expect(placement).toEqual({ x: 0, y: 0, angle: 0 });
    expect(values).toEqual(valuesOf(noise));
  });
});

describe('light', () => {
  const picture = parts[1]!;

  it.each([
    [0.7, 0],
    [0.8, 0.3],
    [0.9, -0.4],
  ])('of gain %f and slope %f is taken back', (gain, slope) => {
    const there = corrected(picture);
    const dim = lit(picture, gain, slope);
    const found = corrected(dim);
    expect(found.light.field.u - there.light.field.u).toBeCloseTo(slope, 1);
    expect(meanDifference(found.values, there.values)).toBeLessThan(
      0.2 * meanDifference(valuesOf(dim), there.values),
    );
  });

  it('does not take a defect back', () => {
    const clean = corrected(picture).values;
    const spot = (x: number, y: number) => (x - 140) ** 2 + (y - 160) ** 2 < 40 ** 2;
    const stained = toPicture(
      mapFrame(toFrame(picture), (value, x, y) => (spot(x, y) ? 0.5 * value : value)),
      picture.depth,
    );
    const inside = (values: Float32Array) =>
      values.filter((_, at) => spot(((at % side) * 300) / side, (Math.floor(at / side) * 300) / side));
    const kept = meanDifference(inside(corrected(stained).values), inside(clean));
    expect(kept).toBeGreaterThan(0.85 * meanDifference(inside(valuesOf(stained)), inside(valuesOf(picture))));
  });
});

describe('a picture beyond the bounds', () => {
  it.each([
    ['stops', lit(parts[2]!, 0.2, 0)],
    ['slope', lit(parts[2]!, 0.6, 0.65)],
    ['shift', moved(parts[2]!, 0, 30, 0)],
  ] as const)('is named by its %s, left as taken, and refused', (what, picture) => {
    const { beyond, values } = corrected(picture);
    expect(beyond).toMatchObject({ what, bound: usualBounds[what] });
    expect(beyond!.value).toBeGreaterThan(usualBounds[what]);
    expect(values).toEqual(valuesOf(picture));
    const out = new Float32Array(inputLength(spec));
    expect(() => preprocessWithin(picture, { ...spec, correction: whole }, out)).toThrow(
      'imageBeyondCorrection',
    );
  });

  it('is one that shows nothing', () => {
    const black: Picture = { width: 64, height: 64, channels: 1, depth: 8, data: new Uint8Array(64 * 64) };
    expect(corrected(black).beyond).not.toBeNull();
  });
});

it('is the same for the live engine and for evaluation, training and attacks', () => {
  const picture = lit(moved(parts[3]!, 2, 5, 3), 0.8, 0.2);
  const planes = new Float32Array(3 * side * side);
  preprocess(picture, { ...spec, order: 'RGB', std: [255], correction: whole }, planes);
  const pixels = pixelsOf([picture], { shape: [3, side, side], correction: whole });
  expect(meanDifference(pixels, planes)).toBeLessThan(1e-6);
});
