import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import sharp from 'sharp';
import { ModelError } from '../errors.ts';
import { readRegularFile, RefusedFile } from '../regularFile.ts';
import { decodeBmp } from './bmp.ts';
import { readHeader, type ImageHeader } from './headers.ts';
import { decodeSmallJpeg } from './jpeg.ts';
import type { Picture } from './picture.ts';

// Every part is a new image: a cache of decoded ones would only hold memory.
sharp.cache(false);
// Parts are decoded side by side; threads within one would only hand its rows about.
sharp.concurrency(1);

/** Extensions, lower case with the dot, of the files that are taken for images. */
export const imageExtensions: readonly string[] = ['.png', '.jpg', '.jpeg', '.bmp', '.tif', '.tiff', '.webp'];

/** Whether a path looks like an image by its extension, upper or lower case. */
export function isImagePath(path: string): boolean {
  return imageExtensions.includes(extname(path).toLowerCase());
}

export interface DecodeLimits {
  /** Width · height above which an image is refused before anything is decoded. */
  readonly maxPixels?: number;
}

const defaultMaxPixels = 100_000_000;

/** What so many pixels take without compression, three channels of 16 bit each, and some more. */
const mostFileBytes = 7 * defaultMaxPixels;

/**
 * Decodes a PNG, JPEG, BMP, TIFF or WebP image: grey stays one channel, palettes and CMYK become RGB,
 * transparency lies over black, the EXIF orientation is applied, only the first page or frame is read.
 * Colour profiles are ignored: the values are those in the file, as training frameworks read them.
 * @throws ModelError `imageUnreadable`, `imageIncomplete` (the file stops early), or `imageTooLarge`
 *   (judged by the header, nothing is allocated)
 */
export async function decodeImage(bytes: Uint8Array, limits: DecodeLimits = {}): Promise<Picture> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const maxPixels = limits.maxPixels ?? defaultMaxPixels;
  const header = readHeader(buffer);
  if (header.width * header.height > maxPixels) {
    throw new ModelError('imageTooLarge', { width: header.width, height: header.height, maxPixels });
  }
  if (header.format === 'bmp') return decodeBmp(buffer);
  return (await decodeSmallJpeg(buffer, header)) ?? decodeWithSharp(buffer, header, maxPixels);
}

async function decodeWithSharp(bytes: Buffer, header: ImageHeader, maxPixels: number): Promise<Picture> {
  const deep = header.depth === 16;
  const space = header.grey ? (deep ? 'grey16' : 'b-w') : deep ? 'rgb16' : 'srgb';
  // To libjpeg missing data are only worth a warning, and grey takes their place.
  const failOn = header.format === 'jpeg' ? 'warning' : 'error';
  const image = sharp(bytes, { failOn, limitInputPixels: maxPixels, ignoreIcc: true })
    .autoOrient()
    .toColourspace(space)
    .raw({ depth: deep ? 'ushort' : 'uchar' });
  // JPEG has no transparency; each step that does nothing still costs its turn.
  if (header.format !== 'jpeg') image.flatten({ background: '#000' });
  const { data, info } = await image.toBuffer({ resolveWithObject: true }).catch((cause: unknown) => {
    throw new ModelError(
      isEarlyEnd(cause) ? 'imageIncomplete' : 'imageUnreadable',
      { reason: header.format },
      { cause },
    );
  });
  const { width, height, channels } = info;
  if (channels !== 1 && channels !== 3) {
    throw new ModelError('imageUnreadable', { reason: `${channels} samples a pixel` });
  }
  const values = deep
    ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2)
    : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { width, height, channels, depth: header.depth, data: values };
}

function isEarlyEnd(cause: unknown): boolean {
  return (
    cause instanceof Error &&
    /premature end|truncated|unexpected end|end of (file|stream|image)/i.test(cause.message)
  );
}

export interface ImageFile {
  readonly bytes: Buffer;
  readonly picture: Picture;
  /** Lower-case hexadecimal SHA-256 of `bytes`. */
  readonly sha256: string;
}

/**
 * Reads and decodes an image file. The reading holds up the thread: where images are judged there is nothing
 * else to do, and a local file costs a tenth of what going through the thread pool does.
 * @throws ModelError as `decodeImage`, naming the file (`imageUnreadable` also for a pipe or a device, and for more
 *   bytes than the largest image has), and `imageVanished` when it is gone or may not be read
 */
export async function readImageFile(path: string, limits: DecodeLimits = {}): Promise<ImageFile> {
  const bytes = readBytes(path);
  try {
    return {
      bytes,
      picture: await decodeImage(bytes, limits),
      sha256: createHash('sha256').update(bytes).digest('hex'),
    };
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    throw new ModelError(error.kind, { ...error.params, file: path }, { cause: error.cause });
  }
}

function readBytes(path: string): Buffer {
  try {
    return readRegularFile(path, mostFileBytes);
  } catch (cause) {
    if (cause instanceof RefusedFile) {
      throw new ModelError('imageUnreadable', { file: path, reason: cause.message }, { cause });
    }
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw new ModelError('imageVanished', { file: path, reason }, { cause });
  }
}
