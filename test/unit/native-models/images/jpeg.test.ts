import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodeImage } from '../../../../native-models/images/decode.ts';
import { readHeader } from '../../../../native-models/images/headers.ts';
import { decodeSmallJpeg } from '../../../../native-models/images/jpeg.ts';
import { seededRandom } from '../../../../native-models/random.ts';

/** A picture with edges, flat areas and noise. */
function drawn(width: number, height: number, channels: 1 | 3) {
  const random = seededRandom(width + height);
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) =>
    i % 61 < 20 ? 230 : 60 + random.integer(80),
  );
  const image = sharp(data, { raw: { width, height, channels } });
  return channels === 1 ? image.toColourspace('b-w') : image;
}

const small = (bytes: Buffer) => decodeSmallJpeg(bytes, readHeader(bytes));
const bySharp = (bytes: Buffer, space: 'b-w' | 'srgb') =>
  sharp(bytes, { failOn: 'error' }).toColourspace(space).raw().toBuffer();

describe('small plain JPEGs have the values that sharp gives', () => {
  const sizes = [
    [1, 1],
    [7, 13],
    [16, 16],
    [131, 97],
    [250, 301],
  ] as const;

  test.each(sizes.flatMap(([width, height]) => [30, 75, 98].map((quality) => ({ width, height, quality }))))(
    'grey, $width × $height, quality $quality',
    async ({ width, height, quality }) => {
      const file = await drawn(width, height, 1).jpeg({ quality }).toBuffer();
      const picture = await small(file);
      expect(picture).toMatchObject({ width, height, channels: 1, depth: 8 });
      expect(Buffer.from(picture!.data).equals(await bySharp(file, 'b-w'))).toBe(true);
    },
  );

  test.each(
    sizes.flatMap(([width, height]) =>
      ['4:2:0', '4:4:4'].map((chromaSubsampling) => ({ width, height, chromaSubsampling })),
    ),
  )('colour, $width × $height, $chromaSubsampling', async ({ width, height, chromaSubsampling }) => {
    const file = await drawn(width, height, 3).jpeg({ chromaSubsampling }).toBuffer();
    const picture = await small(file);
    expect(picture).toMatchObject({ width, height, channels: 3, depth: 8 });
    expect(Buffer.from(picture!.data).equals(await bySharp(file, 'srgb'))).toBe(true);
  });

  test('one after the other, also after one that was refused', async () => {
    const first = await drawn(90, 60, 1).jpeg().toBuffer();
    const second = await drawn(33, 44, 3).jpeg().toBuffer();
    const before = await small(first);
    const copy = before!.data.slice();
    expect(await small(damaged(first))).toBeNull();
    expect(await small(second)).toMatchObject({ width: 33, height: 44, channels: 3 });
    expect(before!.data).toEqual(copy);
    expect((await small(first))!.data).toEqual(copy);
  });
});

describe('everything else is left to sharp', () => {
  test.each([
    ['progressive', () => drawn(64, 48, 3).jpeg({ progressive: true })],
    ['CMYK', () => drawn(64, 48, 3).toColourspace('cmyk').jpeg()],
    ['with EXIF data, which may turn it', () => drawn(64, 48, 3).withMetadata({ orientation: 6 }).jpeg()],
    ['large', () => drawn(700, 700, 1).jpeg()],
  ])('%s', async (_, image) => {
    const file = await image().toBuffer();
    expect(await small(file)).toBeNull();
    expect(await decodeImage(file)).toMatchObject({ depth: 8 });
  });

  test.each([
    ['cut off in the middle, with an end marker of its own', cutOff],
    ['with damaged data', damaged],
  ])('one %s is refused: grey in place of what is missing could hide a defect', async (_, harm) => {
    const file = harm(await drawn(120, 90, 1).jpeg().toBuffer());
    expect(await small(file)).toBeNull();
    expect((await bySharp(file, 'b-w')).length).toBe(120 * 90);
    await expect(decodeImage(file)).rejects.toMatchObject({ kind: 'imageIncomplete' });
  });

  test('one that sharp refuses', async () => {
    const file = await drawn(120, 90, 1).jpeg().toBuffer();
    // A quantisation table that is not there.
    file[file.indexOf(Buffer.of(0xff, 0xc0)) + 12] = 3;
    expect(await small(file)).toBeNull();
    await expect(decodeImage(file)).rejects.toMatchObject({
      kind: 'imageUnreadable',
      params: { reason: 'jpeg' },
    });
  });
});

function cutOff(file: Buffer): Buffer {
  return Buffer.concat([file.subarray(0, Math.floor(file.length / 2)), Buffer.of(0xff, 0xd9)]);
}

/** With a marker that does not belong there in the middle of its data. */
function damaged(file: Buffer): Buffer {
  const copy = Buffer.from(file);
  copy.set([0xff, 0xc4, 0x00, 0x08], Math.floor(copy.length * 0.7));
  return copy;
}
