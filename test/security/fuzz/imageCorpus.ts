import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { bmpFile } from '../../unit/native-models/images/bmpFiles.ts';

const width = 40;
const height = 24;

/** Small intact files of every format, depth and colour that is read, and of some that come along. */
export async function intactImages(): Promise<Uint8Array[]> {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7) % 256);
  const open = () => sharp(data, { raw: { width, height, channels: 3 } });
  const grey = () => open().toColourspace('b-w');
  const deep = () => open().toColourspace('rgb16');
  const cmyk = () => open().toColourspace('cmyk');
  const frames = () =>
    sharp(data, { raw: { width, height: height / 2, channels: 3, pageHeight: height / 4 } });
  return Promise.all([
    open().png().toBuffer(),
    deep().png({ progressive: true }).toBuffer(),
    open().png({ palette: true }).toBuffer(),
    open().jpeg().toBuffer(),
    grey().jpeg().toBuffer(),
    open().jpeg({ progressive: true }).toBuffer(),
    cmyk().jpeg().toBuffer(),
    open().withMetadata({ orientation: 6 }).jpeg().toBuffer(),
    open().webp().toBuffer(),
    open().webp({ lossless: true }).toBuffer(),
    frames().webp().toBuffer(),
    open().tiff({ compression: 'none' }).toBuffer(),
    deep().tiff({ compression: 'deflate' }).toBuffer(),
    grey().tiff({ compression: 'jpeg' }).toBuffer(),
    cmyk().tiff({ compression: 'lzw', tile: true }).toBuffer(),
    bmpFile({ width: 3, height: 2, bits: 24, pixels: new Uint8Array(24) }),
    bmpFile({
      ...{ width: 4, height: 4, bits: 8, compression: 1 },
      palette: [
        [0, 0, 0],
        [255, 0, 0],
      ],
      pixels: Uint8Array.of(4, 1, 0, 0, 4, 0, 0, 0, 2, 1, 2, 0, 0, 0, 4, 1, 0, 1),
    }),
    bmpFile({
      width: 2,
      height: 2,
      bits: 16,
      compression: 3,
      masks: [0xf800, 0x7e0, 0x1f],
      pixels: new Uint8Array(8),
    }),
  ]);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(12 + data.length);
  bytes.writeUInt32BE(data.length);
  bytes.write(type, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}

/** 8 bit, grey. */
function png(w: number, h: number, data: Uint8Array, ...more: Buffer[]): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(w, 0);
  header.writeUInt32BE(h, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    ...more,
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** One entry of a TIFF directory. */
type Tag = readonly [tag: number, type: number, count: number, value: number];

function tiff(tags: readonly Tag[], data = Buffer.alloc(64)): Uint8Array {
  const directory = Buffer.alloc(2 + tags.length * 12 + 4);
  directory.writeUInt16LE(tags.length);
  tags.forEach(([tag, type, count, value], i) => {
    directory.writeUInt16LE(tag, 2 + i * 12);
    directory.writeUInt16LE(type, 4 + i * 12);
    directory.writeUInt32LE(count, 6 + i * 12);
    directory.writeUInt32LE(value, 10 + i * 12);
  });
  const head = Buffer.from([0x49, 0x49, 42, 0, 0, 0, 0, 0]);
  head.writeUInt32LE(8 + data.length, 4);
  return Buffer.concat([head, data, directory]);
}

const tiffOf = (w: number, h: number, ...more: Tag[]): Tag[] => [
  ...([
    [256, 4, 1, w],
    [257, 4, 1, h],
    [258, 3, 1, 8],
    [259, 3, 1, 1],
    [262, 3, 1, 1],
  ] as const),
  ...([
    [273, 4, 1, 8],
    [277, 3, 1, 1],
    [278, 4, 1, h],
    [279, 4, 1, 64],
  ] as const),
  ...more,
];

/** A JPEG's frame header that says it is so large. */
function frame(w: number, h: number): Buffer {
  return Buffer.from([0xff, 0xc0, 0, 11, 8, h >> 8, h & 255, w >> 8, w & 255, 1, 1, 0x11, 0]);
}

/** The JPEG with other bytes in front of its first segment. */
const before = (jpeg: Uint8Array, ...bytes: Uint8Array[]) =>
  Buffer.concat([jpeg.subarray(0, 2), ...bytes, jpeg.subarray(2)]);

/** The frame header of a JPEG, with this size. */
function resized(jpeg: Uint8Array, w: number, h: number): Uint8Array {
  const copy = Buffer.from(jpeg);
  const at = copy.indexOf(Buffer.from([0xff, 0xc0]));
  copy.writeUInt16BE(h, at + 5);
  copy.writeUInt16BE(w, at + 7);
  return copy;
}

const zeros = (bytes: number) => deflateSync(Buffer.alloc(bytes));

/** Files that were made to do harm, by what they try. */
export async function hostileImages(): Promise<Readonly<Record<string, () => Uint8Array>>> {
  const files = await intactImages();
  const [colourPng, jpeg, webp] = [files[0]!, files[4]!, files[8]!];
  return {
    nothing: () => new Uint8Array(),
    'a PNG of no size': () => png(0, 0, zeros(1)),
    'a PNG as large as can be said': () => png(2 ** 32 - 1, 2 ** 32 - 1, zeros(1)),
    'a PNG that unpacks to a gigabyte': () => png(40_000, 25_000, zeros(1_000_000)),
    'a PNG one pixel high': () => png(100_000_001, 1, zeros(1)),
    'a PNG with less in it than it says': () => png(9_000, 9_000, zeros(10)),
    'a PNG with a bomb of text': () =>
      png(8, 8, zeros(72), chunk('zTXt', Buffer.concat([Buffer.from('a\0\0'), zeros(200_000_000)]))),
    'a PNG with a bomb of a profile': () =>
      png(8, 8, zeros(72), chunk('iCCP', Buffer.concat([Buffer.from('a\0\0'), zeros(200_000_000)]))),
    'a PNG of very many empty chunks': () =>
      png(8, 8, zeros(72), ...new Array<Buffer>(50_000).fill(chunk('tEXt', Buffer.alloc(0)))),
    'a PNG of the largest size, in a hundredth of it': () => png(10_000, 10_000, zeros(10_000 * 10_001)),
    'a PNG cut in its data': () => colourPng.subarray(0, colourPng.length - 20),
    'an animated PNG with too many frames': () =>
      png(8, 8, zeros(72), chunk('acTL', Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]))),
    'a JPEG of no size': () => resized(jpeg, 0, 0),
    'a JPEG as large as can be said': () => resized(jpeg, 65_535, 65_535),
    'a JPEG that says it is larger than it is': () => resized(jpeg, 9_000, 9_000),
    'a JPEG that hides a large frame behind a restart': () =>
      before(jpeg, Buffer.from([0xff, 0xd0]), frame(65_000, 65_000)),
    'a JPEG that hides a large frame behind a zero': () =>
      before(jpeg, Buffer.from([0xff, 0x00]), frame(30_000, 30_000)),
    'a JPEG with two frames': () => before(jpeg, frame(20_000, 20_000)),
    'a JPEG with segments of no length': () =>
      before(jpeg, ...new Array<Buffer>(50_000).fill(Buffer.from([0xff, 0xe0, 0, 0]))),
    'a WebP of another length': () =>
      Buffer.concat([webp.subarray(0, 4), Buffer.from([0, 0, 0, 0]), webp.subarray(8)]),
    'a WebP with a canvas as large as can be said': () => {
      const head = Buffer.from('RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0', 'latin1');
      return Buffer.concat([head, Buffer.from([2, 0, 0, 0]), Buffer.alloc(6, 0xff)]);
    },
    'a TIFF of no size': () => tiff(tiffOf(0, 0)),
    'a TIFF as large as can be said': () => tiff(tiffOf(2 ** 32 - 1, 2 ** 32 - 1)),
    'a TIFF with a thousand samples a pixel': () =>
      tiff(tiffOf(10_000, 10_000).map((tag) => (tag[0] === 277 ? [277, 3, 1, 1000] : tag))),
    'a TIFF with seven samples a pixel': () =>
      tiff(tiffOf(2, 2).map((tag) => (tag[0] === 277 ? [277, 3, 1, 7] : tag))),
    'a TIFF whose directory lists its file thousands of times': () =>
      tiff(
        [...tiffOf(8, 8), ...new Array<Tag>(65_000).fill([273, 1, 2_000_000, 8])],
        Buffer.alloc(2_000_100),
      ),
    'a TIFF with a directory behind its end': () => Uint8Array.of(0x49, 0x49, 42, 0, 0xff, 0xff, 0xff, 0xff),
    'a TIFF whose next directory is itself': () => {
      const bytes = Buffer.from(tiff(tiffOf(8, 8)));
      bytes.writeUInt32LE(72, bytes.length - 4);
      return bytes;
    },
    'a TIFF with tiles of a gigabyte': () =>
      tiff(tiffOf(8, 8, [322, 4, 1, 32_768], [323, 4, 1, 32_768], [324, 4, 1, 8], [325, 4, 1, 64])),
    'a bitmap as large as can be said': () =>
      bmpFile({ width: 2 ** 31 - 1, height: 2 ** 31 - 1, bits: 24, pixels: new Uint8Array(9) }),
    'a bitmap of runs that unpacks to 100 MB': () =>
      bmpFile({
        width: 10_000,
        height: 10_000,
        bits: 8,
        compression: 1,
        palette: [[1, 2, 3]],
        pixels: Uint8Array.of(0, 1),
      }),
    'a bitmap of no size': () => bmpFile({ width: 0, height: 0, bits: 24, pixels: new Uint8Array() }),
    'a bitmap of runs without an end': () =>
      bmpFile({
        width: 10,
        height: 10,
        bits: 4,
        compression: 2,
        palette: [[1, 2, 3]],
        pixels: Uint8Array.of(0, 255),
      }),
    'a drawing': () =>
      Buffer.from(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="/etc/passwd"/></svg>',
      ),
    'a GIF': () => Buffer.from('GIF89a\xff\xff\xff\xff\0\0\0;', 'latin1'),
  };
}
