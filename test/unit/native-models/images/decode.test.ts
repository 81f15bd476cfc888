import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  decodeImage,
  imageExtensions,
  isImagePath,
  readImageFile,
} from '../../../../native-models/images/decode.ts';
import { encodeJpeg, encodeMask, encodePng } from '../../../../native-models/images/encode.ts';
import type { Picture } from '../../../../native-models/images/picture.ts';

const width = 40;
const height = 24;

function gradient(channels: 1 | 3, depth: 8 | 16): Picture {
  const length = width * height * channels;
  const top = depth === 8 ? 255 : 65535;
  const values = Array.from({ length }, (_, i) => Math.round((top * ((i * 7) % length)) / length));
  return {
    width,
    height,
    channels,
    depth,
    data: depth === 8 ? Uint8Array.from(values) : Uint16Array.from(values),
  };
}

function open(picture: Picture) {
  const grey = picture.channels === 1;
  const space = picture.depth === 16 ? (grey ? 'grey16' : 'rgb16') : grey ? 'b-w' : 'srgb';
  return sharp(picture.data, { raw: { width, height, channels: picture.channels } }).toColourspace(space);
}

const cases = ([1, 3] as const).flatMap((channels) =>
  ([8, 16] as const).map((depth) => ({ channels, depth, picture: gradient(channels, depth) })),
);

describe('lossless formats give back what was written', () => {
  test.each(cases)('PNG, $channels channels, $depth bit', async ({ picture }) => {
    expect(await decodeImage(await encodePng(picture))).toEqual(picture);
  });

  test.each(
    cases.flatMap((entry) =>
      (['none', 'deflate', 'lzw'] as const).map((compression) => ({ ...entry, compression })),
    ),
  )('TIFF, $channels channels, $depth bit, $compression', async ({ picture, compression }) => {
    expect(await decodeImage(await open(picture).tiff({ compression }).toBuffer())).toEqual(picture);
  });

  test('tiled TIFF', async () => {
    const picture = gradient(3, 8);
    const file = await open(picture)
      .tiff({ tile: true, tileWidth: 16, tileHeight: 16, compression: 'lzw' })
      .toBuffer();
    expect(await decodeImage(file)).toEqual(picture);
  });

  test('WebP, colour', async () => {
    const picture = gradient(3, 8);
    expect(await decodeImage(await open(picture).webp({ lossless: true }).toBuffer())).toEqual(picture);
  });

  test.each([1, 4, 8] as const)('PNG palette of %i bit', async (bits) => {
    const colours = [Buffer.of(200, 30, 10), Buffer.of(10, 60, 220)];
    const data = Buffer.concat(Array.from({ length: width * height }, (_, i) => colours[(i >> 2) % 2]!));
    const file = await sharp(data, { raw: { width, height, channels: 3 } })
      .png({ palette: true, colours: 2 ** bits })
      .toBuffer();
    const picture = await decodeImage(file);
    expect(picture).toMatchObject({ channels: 3, depth: 8, width, height });
    expect(Buffer.from(picture.data as Uint8Array).equals(data)).toBe(true);
  });

  test('1-bit TIFF becomes 0 and 255', async () => {
    const data = Uint8Array.from({ length: width * height }, (_, i) => ((i >> 3) % 2) * 255);
    const picture: Picture = { width, height, channels: 1, depth: 8, data };
    const file = await open(picture).tiff({ bitdepth: 1, compression: 'none' }).toBuffer();
    expect(await decodeImage(file)).toEqual(picture);
  });
});

describe('lossy formats come close', () => {
  test.each([1, 3] as const)('JPEG, %i channels', async (channels) => {
    const flat: Picture = {
      width,
      height,
      channels,
      depth: 8,
      data: new Uint8Array(width * height * channels).fill(90),
    };
    const picture = await decodeImage(await encodeJpeg(flat));
    expect(picture).toMatchObject({ width, height, channels, depth: 8 });
    for (const value of picture.data) expect(Math.abs(value - 90)).toBeLessThanOrEqual(1);
  });

  test('16-bit pictures are encoded by their upper byte', async () => {
    const deep: Picture = {
      width,
      height,
      channels: 1,
      depth: 16,
      data: new Uint16Array(width * height).fill(90 * 257),
    };
    const picture = await decodeImage(await encodeJpeg(deep));
    expect(Math.abs(picture.data[5]! - 90)).toBeLessThanOrEqual(1);
  });

  test('JPEG shrinks to its longer side and never grows', async () => {
    const picture = gradient(3, 8);
    expect(await decodeImage(await encodeJpeg(picture, { maxSide: 20 }))).toMatchObject({
      width: 20,
      height: 12,
    });
    expect(await decodeImage(await encodeJpeg(picture, { maxSide: 90 }))).toMatchObject({ width, height });
  });

  test('CMYK JPEG becomes RGB', async () => {
    const file = await open(gradient(3, 8)).toColourspace('cmyk').jpeg().toBuffer();
    expect(await decodeImage(file)).toMatchObject({ width, height, channels: 3, depth: 8 });
  });

  test('lossy WebP', async () => {
    expect(await decodeImage(await open(gradient(3, 8)).webp().toBuffer())).toMatchObject({
      width,
      height,
      channels: 3,
    });
  });
});

test.each([8, 16] as const)('transparency of %i bit lies over black', async (depth) => {
  const top = depth === 8 ? 255 : 65535;
  const pixels = [top, top, top, 0, top, 0, 0, top];
  const data = depth === 8 ? Uint8Array.from(pixels) : Uint16Array.from(pixels);
  const file = await sharp(data, { raw: { width: 2, height: 1, channels: 4 } })
    .toColourspace(depth === 8 ? 'srgb' : 'rgb16')
    .png()
    .toBuffer();
  const picture = await decodeImage(file);
  expect(picture).toMatchObject({ channels: 3, depth });
  expect([...picture.data]).toEqual([0, 0, 0, top, 0, 0]);
});

test('grey with transparency stays grey', async () => {
  const file = await sharp(Uint8Array.of(255, 0, 100, 255), { raw: { width: 2, height: 1, channels: 2 } })
    .toColourspace('b-w')
    .png()
    .toBuffer();
  const picture = await decodeImage(file);
  expect(picture.channels).toBe(1);
  expect([...picture.data]).toEqual([0, 100]);
});

test.each(['jpeg', 'png', 'webp', 'tiff'] as const)('EXIF orientation of a %s is applied', async (format) => {
  const file = await open(gradient(3, 8)).withMetadata({ orientation: 6 }).toFormat(format).toBuffer();
  expect(await decodeImage(file)).toMatchObject({ width: height, height: width });
});

test('a colour profile does not change the values', async () => {
  const picture = gradient(3, 8);
  const file = await open(picture).withIccProfile('p3').png().toBuffer();
  const stored = await sharp(file, { ignoreIcc: true }).raw().toBuffer();
  expect(Buffer.from((await decodeImage(file)).data as Uint8Array).equals(stored)).toBe(true);
});

describe('bad input is refused by name', () => {
  test.each([
    ['zero bytes', Buffer.alloc(0)],
    ['text', Buffer.from('part 17 was fine')],
    ['text that starts like a bitmap', Buffer.from('BMW is a maker of cars, not of images, is it?')],
    ['a GIF', Buffer.from('GIF89a\x01\x00\x01\x00\x00\x00\x00;', 'latin1')],
  ])('%s', async (_, bytes) => {
    await expect(decodeImage(bytes)).rejects.toMatchObject({ name: 'ModelError', kind: 'imageUnreadable' });
  });

  const noise: Picture = {
    width: 64,
    height: 64,
    channels: 3,
    depth: 8,
    data: Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * i * 31) % 251),
  };
  const raw = () => sharp(noise.data, { raw: { width: 64, height: 64, channels: 3 } });

  test.each(['png', 'jpeg', 'webp', 'tiff'] as const)(
    'a %s cut off anywhere is incomplete',
    async (format) => {
      const file = await raw().toFormat(format).toBuffer();
      for (const share of [0.02, 0.1, 0.5, 0.9, 0.99]) {
        const cut = file.subarray(0, Math.floor(file.length * share));
        await expect(decodeImage(cut), `${format} at ${share}`).rejects.toMatchObject({
          kind: 'imageIncomplete',
        });
      }
    },
  );

  test('a JPEG without its end marker and a PNG without its end chunk', async () => {
    const jpeg = await raw().jpeg().toBuffer();
    await expect(decodeImage(jpeg.subarray(0, -2))).rejects.toMatchObject({ kind: 'imageIncomplete' });
    const png = await raw().png().toBuffer();
    await expect(decodeImage(png.subarray(0, -12))).rejects.toMatchObject({ kind: 'imageIncomplete' });
  });

  test('a progressive JPEG that holds a thumbnail with its own end marker', async () => {
    const thumbnail = await raw().resize(8, 8).jpeg().toBuffer();
    const jpeg = await raw().jpeg({ progressive: true }).toBuffer();
    const comment = Buffer.concat([Buffer.of(0xff, 0xfe, 0, 0), thumbnail]);
    comment.writeUInt16BE(thumbnail.length + 2, 2);
    const whole = Buffer.concat([jpeg.subarray(0, 2), comment, jpeg.subarray(2)]);
    expect(await decodeImage(whole)).toMatchObject({ width: 64, height: 64 });
    const cut = whole.subarray(0, Math.floor(whole.length * 0.8));
    await expect(decodeImage(cut)).rejects.toMatchObject({ kind: 'imageIncomplete' });
  });

  test('a PNG with a damaged chunk is unreadable, not incomplete', async () => {
    const png = await raw().png().toBuffer();
    png[Math.floor(png.length / 2)]! ^= 0xff;
    await expect(decodeImage(png)).rejects.toMatchObject({ kind: 'imageUnreadable' });
  });

  test.each(['png', 'jpeg'] as const)('20,000 × 20,000 as %s is refused unallocated', async (format) => {
    const file = await raw().toFormat(format).toBuffer();
    if (format === 'png') {
      file.writeUInt32BE(20_000, 16);
      file.writeUInt32BE(20_000, 20);
    } else {
      const frame = file.indexOf(Buffer.of(0xff, 0xc0));
      file.writeUInt16BE(20_000, frame + 5);
      file.writeUInt16BE(20_000, frame + 7);
    }
    const before = process.memoryUsage();
    await expect(decodeImage(file)).rejects.toMatchObject({
      kind: 'imageTooLarge',
      params: { width: 20_000, height: 20_000, maxPixels: 100_000_000 },
    });
    const after = process.memoryUsage();
    expect(after.rss - before.rss).toBeLessThan(50e6);
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(50e6);
  });

  test('the limit is an argument', async () => {
    const file = await raw().png().toBuffer();
    await expect(decodeImage(file, { maxPixels: 4095 })).rejects.toMatchObject({ kind: 'imageTooLarge' });
    await expect(decodeImage(file, { maxPixels: 4096 })).resolves.toMatchObject({ width: 64 });
  });

  test('a floating-point TIFF', async () => {
    const file = await raw().toColourspace('b-w').tiff({ compression: 'none' }).toBuffer();
    const at = file.indexOf(Buffer.of(0x53, 0x01, 0x03, 0x00));
    expect(at).toBeGreaterThan(0);
    file.writeUInt16LE(3, at + 8);
    await expect(decodeImage(file)).rejects.toMatchObject({ kind: 'imageUnreadable' });
  });
});

describe('image files', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'kenro-images-'));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  test('gives bytes, picture and hash', async () => {
    const bytes = await encodePng(gradient(3, 8));
    await writeFile(join(dir, 'part.png'), bytes);
    const file = await readImageFile(join(dir, 'part.png'));
    expect(file.bytes.equals(bytes)).toBe(true);
    expect(file.picture).toEqual(gradient(3, 8));
    expect(file.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  test('a file that is gone has vanished, and errors name the file', async () => {
    const gone = join(dir, 'gone.png');
    await expect(readImageFile(gone)).rejects.toMatchObject({
      kind: 'imageVanished',
      params: { file: gone },
    });
    const text = join(dir, 'text.png');
    await writeFile(text, 'not an image');
    await expect(readImageFile(text)).rejects.toMatchObject({
      kind: 'imageUnreadable',
      params: { file: text },
    });
  });

  test.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    'a file that may not be read',
    async () => {
      const path = join(dir, 'secret.png');
      await writeFile(path, await encodePng(gradient(1, 8)));
      await chmod(path, 0);
      await expect(readImageFile(path)).rejects.toMatchObject({
        kind: 'imageVanished',
        params: { reason: 'EACCES' },
      });
    },
  );

  test('image paths are known by their extension', () => {
    for (const extension of imageExtensions) expect(isImagePath(`/a/b${extension.toUpperCase()}`)).toBe(true);
    for (const path of ['/a/b.gif', '/a/png', '/a/.png/b.txt', 'part.png.tmp'])
      expect(isImagePath(path)).toBe(false);
  });
});

test('a mask is written as grey and read back', async () => {
  const mask = Uint8Array.from({ length: 12 }, (_, i) => (i % 3 === 0 ? 255 : 0));
  expect(await decodeImage(await encodeMask(mask, 4, 3))).toEqual({
    width: 4,
    height: 3,
    channels: 1,
    depth: 8,
    data: mask,
  });
});
