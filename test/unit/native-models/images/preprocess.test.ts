import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { normalMean, normalSpread } from '../../../../native-models/images/illumination.ts';
import type { Picture } from '../../../../native-models/images/picture.ts';
import { inputLength, preprocess, type Preprocess } from '../../../../native-models/images/preprocess.ts';
import { seededRandom } from '../../../../native-models/random.ts';

const plain: Preprocess = { order: 'RGB', size: [8, 8], mean: [0], std: [1], scale: 1, normalise: 'none' };

function randomPicture(width: number, height: number, channels: 1 | 3, depth: 8 | 16 = 8): Picture {
  const random = seededRandom(width * 1000 + height);
  const length = width * height * channels;
  const top = depth === 8 ? 256 : 65536;
  const values = Array.from({ length }, () => random.integer(top));
  return {
    width,
    height,
    channels,
    depth,
    data: depth === 8 ? Uint8Array.from(values) : Uint16Array.from(values),
  };
}

function run(picture: Picture, spec: Preprocess): Float32Array {
  const out = new Float32Array(inputLength(spec));
  preprocess(picture, spec, out);
  return out;
}

/** Largest absolute difference between two arrays of the same length. */
function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
}

/** Area average by its definition: each output pixel is the integral of the source over its own square. */
function areaReference(picture: Picture, height: number, width: number, channel: number): number[] {
  const result: number[] = [];
  const overlap = (low: number, high: number, cell: number) =>
    Math.max(0, Math.min(high, cell + 1) - Math.max(low, cell));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [top, bottom] = [(y * picture.height) / height, ((y + 1) * picture.height) / height];
      const [left, right] = [(x * picture.width) / width, ((x + 1) * picture.width) / width];
      let sum = 0;
      for (let sy = 0; sy < picture.height; sy++) {
        for (let sx = 0; sx < picture.width; sx++) {
          const weight = overlap(top, bottom, sy) * overlap(left, right, sx);
          sum += weight * picture.data[(sy * picture.width + sx) * picture.channels + channel]!;
        }
      }
      result.push(sum / ((bottom - top) * (right - left)));
    }
  }
  return result;
}

describe('resizing', () => {
  test.each([
    [30, 20, 8, 8],
    [16, 24, 8, 12],
    [33, 17, 13, 16],
    [300, 10, 9, 9],
  ])('shrinking %i × %i to %i × %i is the area average', (width, height, toHeight, toWidth) => {
    const picture = randomPicture(width, height, 3);
    const out = run(picture, { ...plain, size: [toHeight, toWidth] });
    for (const channel of [0, 1, 2]) {
      const plane = out.subarray(channel * toHeight * toWidth, (channel + 1) * toHeight * toWidth);
      expect(distance(plane, areaReference(picture, toHeight, toWidth, channel))).toBeLessThan(1e-4);
    }
  });

  test('the same size changes nothing', () => {
    const picture = randomPicture(12, 9, 1);
    const out = run(picture, { ...plain, order: 'GRAY', size: [9, 12] });
    expect([...out]).toEqual([...picture.data]);
  });

  test('enlarging interpolates between pixel centres and repeats the edge', () => {
    const picture: Picture = { width: 2, height: 1, channels: 1, depth: 8, data: Uint8Array.of(0, 100) };
    const out = run(picture, { ...plain, order: 'GRAY', size: [8, 8] });
    const row = [0, 0, 12.5, 37.5, 62.5, 87.5, 100, 100];
    expect(distance(out.subarray(0, 8), row)).toBeLessThan(1e-4);
    expect([...out.subarray(8, 16)]).toEqual([...out.subarray(0, 8)]);
  });

  test('agrees with libvips where it averages whole blocks', async () => {
    const picture = randomPicture(96, 64, 3);
    const raw = { width: 96, height: 64, channels: 3 } as const;
    // A box kernel of 4 × 4, read at the middle of each block, is what libvips calls a shrink by four.
    const box = { width: 4, height: 4, kernel: new Array<number>(16).fill(1) };
    const mean = await sharp(picture.data, { raw }).convolve(box).raw().toBuffer();
    const blocks = run(picture, { ...plain, size: [16, 24] });
    const picked = Array.from({ length: 16 * 24 }, (_, i) => {
      const [y, x] = [Math.floor(i / 24) * 4 + 2, (i % 24) * 4 + 2];
      return mean[(y * 96 + x) * 3]!;
    });
    expect(distance(blocks.subarray(0, 16 * 24), picked)).toBeLessThanOrEqual(1);
  });
});

describe('planes', () => {
  const picture = randomPicture(20, 20, 3);
  const size = 64;

  test('BGR is RGB turned round', () => {
    const rgb = run(picture, plain);
    const bgr = run(picture, { ...plain, order: 'BGR' });
    expect([...bgr.subarray(0, size)]).toEqual([...rgb.subarray(2 * size)]);
    expect([...bgr.subarray(size, 2 * size)]).toEqual([...rgb.subarray(size, 2 * size)]);
    expect([...bgr.subarray(2 * size)]).toEqual([...rgb.subarray(0, size)]);
  });

  test('GRAY of a colour picture is its luma', () => {
    const rgb = run(picture, plain);
    const grey = run(picture, { ...plain, order: 'GRAY' });
    const expected = grey.map(
      (_, i) => 0.299 * rgb[i]! + 0.587 * rgb[size + i]! + 0.114 * rgb[2 * size + i]!,
    );
    expect(distance(grey, expected)).toBeLessThan(1e-4);
  });

  test('a grey picture fills all planes, each with its own mean and std', () => {
    const grey = randomPicture(20, 20, 1);
    const raw = run(grey, { ...plain, order: 'GRAY' });
    const spec = { ...plain, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], scale: 1 / 255 };
    const out = run(grey, spec);
    for (const plane of [0, 1, 2]) {
      const expected = raw.map((value) => (value / 255 - spec.mean[plane]!) / spec.std[plane]!);
      expect(distance(out.subarray(plane * size, (plane + 1) * size), expected)).toBeLessThan(1e-5);
    }
  });

  test('16 bit keeps its fractions', () => {
    const deep: Picture = {
      width: 8,
      height: 8,
      channels: 1,
      depth: 16,
      data: new Uint16Array(64).fill(12_345),
    };
    expect(distance(run(deep, { ...plain, order: 'GRAY' }), new Array(64).fill(12_345 / 257))).toBeLessThan(
      1e-4,
    );
  });

  test('writes from the offset and nowhere else', () => {
    const out = new Float32Array(3 * size + 10).fill(-1);
    preprocess(picture, plain, out, 4);
    expect([...out.subarray(0, 4), ...out.subarray(3 * size + 4)]).toEqual(new Array(10).fill(-1));
    expect([...out.subarray(4, 3 * size + 4)]).toEqual([...run(picture, plain)]);
  });

  test('refuses lists that do not fit and an output that is too short', () => {
    const refused = { name: 'ModelError', kind: 'badRequest' };
    expect(() => run(picture, { ...plain, mean: [1, 2] })).toThrow(expect.objectContaining(refused));
    expect(() => run(picture, { ...plain, order: 'GRAY', std: [1, 1, 1] })).toThrow(
      expect.objectContaining(refused),
    );
    expect(() => preprocess(picture, plain, new Float32Array(10))).toThrow(expect.objectContaining(refused));
  });
});

function statistics(values: Float32Array): { mean: number; spread: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return { mean, spread };
}

describe('normalisation', () => {
  const spec: Preprocess = { ...plain, size: [32, 32], normalise: 'image' };
  const picture = randomPicture(64, 64, 3);
  const relit = (gain: number, shift: number): Picture => ({
    ...picture,
    data: Uint8Array.from(picture.data, (value) => Math.round(value * gain + shift)),
  });

  test('image: mean and spread become the constants, whatever the light', () => {
    const { mean, spread } = statistics(run(picture, spec));
    expect(mean).toBeCloseTo(normalMean, 2);
    expect(spread).toBeCloseTo(normalSpread, 2);
    expect(distance(run(picture, spec), run(relit(0.5, 30), spec))).toBeLessThan(2.5);
  });

  test('a flat picture stays flat', () => {
    const flat: Picture = { ...picture, data: new Uint8Array(picture.data.length).fill(200) };
    for (const normalise of ['image', 'local'] as const) {
      const out = run(flat, { ...spec, normalise });
      expect(distance(out, new Array(out.length).fill(normalMean))).toBeLessThan(0.01);
    }
  });

  test.each([
    [1, [40, 48]],
    [3, [48, 40]],
  ] as const)(
    'local: %i channels agree with the mean over the window by its definition',
    (channels, size) => {
      const source = randomPicture(60, 60, channels);
      const [height, width] = size;
      const local: Preprocess = {
        ...spec,
        size: [height, width],
        normalise: 'local',
        order: channels === 1 ? 'GRAY' : 'RGB',
      };
      const resized = run(source, { ...local, normalise: 'none' });
      const radius = Math.round(48 / 6);
      const expected = Float32Array.from(resized, (value, i) => {
        const at = i % (height * width);
        const [y, x] = [Math.floor(at / width), at % width];
        let sum = 0;
        let count = 0;
        for (let wy = Math.max(0, y - radius); wy <= Math.min(height - 1, y + radius); wy++) {
          for (let wx = Math.max(0, x - radius); wx <= Math.min(width - 1, x + radius); wx++) {
            for (let c = 0; c < channels; c++, count++) sum += resized[c * height * width + wy * width + wx]!;
          }
        }
        return (value * normalMean) / (sum / count);
      });
      const { mean, spread } = statistics(expected);
      const normalised = expected.map((value) => normalMean + ((value - mean) * normalSpread) / spread);
      expect(distance(run(source, local), normalised)).toBeLessThan(0.01);
    },
  );

  test('local takes out a gradient of the light that image leaves in', () => {
    const random = seededRandom(5);
    const texture = Array.from({ length: 64 * 64 }, () => 90 + 20 * random.normal());
    const lit = (slope: number): Picture => ({
      width: 64,
      height: 64,
      channels: 1,
      depth: 16,
      data: Uint16Array.from(texture, (value, i) => 257 * value * (1 + slope * ((i % 64) / 32 - 1))),
    });
    const change = (normalise: 'image' | 'local') => {
      const one = { ...spec, order: 'GRAY' as const, size: [64, 64] as [number, number], normalise };
      const [even, uneven] = [run(lit(0), one), run(lit(0.5), one)];
      return Math.sqrt(even.reduce((sum, value, i) => sum + (value - uneven[i]!) ** 2, 0) / even.length);
    };
    expect(change('local')).toBeLessThan(0.4 * change('image'));
  });
});

test('the same picture gives the same bits', () => {
  const picture = randomPicture(300, 300, 3);
  const spec: Preprocess = { ...plain, size: [224, 224], normalise: 'local' };
  expect(Buffer.from(run(picture, spec).buffer).equals(Buffer.from(run(picture, spec).buffer))).toBe(true);
});
