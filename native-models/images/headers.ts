import { ModelError } from '../errors.ts';
import { readBmpHeader } from './bmp.ts';
import { readTiffHeader } from './tiffHeader.ts';

export type ImageFormat = 'png' | 'jpeg' | 'webp' | 'tiff' | 'bmp';

/** What the first bytes of an image file say about it; nothing has been decoded. */
export interface ImageHeader {
  readonly format: ImageFormat;
  readonly width: number;
  readonly height: number;
  readonly depth: 8 | 16;
  readonly grey: boolean;
  /** Of a JPEG: baseline, grey or three colours of 8 bit, no EXIF data (which may turn it). */
  readonly plain?: boolean;
}

const pngSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * Reads size, depth and colour of an image and checks that the file reaches to its own end.
 * @throws ModelError `imageUnreadable` when the bytes are none of the five formats,
 *   `imageIncomplete` when the file stops before the end that its own structure announces
 */
export function readHeader(bytes: Buffer): ImageHeader {
  if (bytes.length === 0) throw new ModelError('imageUnreadable', { reason: 'empty file' });
  if (startsLike(bytes, pngSignature)) return readPngHeader(bytes);
  if (startsLike(bytes, [0xff, 0xd8, 0xff])) return readJpegHeader(bytes);
  if (startsLike(bytes, ascii('RIFF')) && startsLike(bytes.subarray(8), ascii('WEBP'))) {
    return readWebpHeader(bytes);
  }
  if (startsLike(bytes, [0x49, 0x49, 42, 0]) || startsLike(bytes, [0x4d, 0x4d, 0, 42])) {
    return { format: 'tiff', ...readTiffHeader(bytes) };
  }
  if (startsLike(bytes, ascii('BM'))) {
    const { width, height, grey } = readBmpHeader(bytes);
    return { format: 'bmp', width, height, depth: 8, grey };
  }
  throw new ModelError('imageUnreadable', { reason: 'not a PNG, JPEG, BMP, TIFF or WebP image' });
}

/** Whether the bytes start with the signature, or are themselves only the start of it. */
function startsLike(bytes: Uint8Array, signature: readonly number[]): boolean {
  return signature.every((value, index) => index >= bytes.length || bytes[index] === value);
}

function ascii(text: string): number[] {
  return [...Buffer.from(text, 'latin1')];
}

/** PNG (ISO/IEC 15948): chunks of length, type, data, checksum; IHDR is the first and IEND the last. */
function readPngHeader(bytes: Buffer): ImageHeader {
  if (bytes.length < 33) throw incomplete('PNG header');
  const depth = bytes[24] === 16 ? 16 : 8;
  const grey = bytes[25] === 0 || bytes[25] === 4;
  const width = bytes.readUInt32BE(16);
  const height = bytes.readUInt32BE(20);
  let at = 8;
  for (;;) {
    if (at + 12 > bytes.length) throw incomplete('PNG without its end chunk');
    if (bytes.toString('latin1', at + 4, at + 8) === 'IEND') break;
    at += 12 + bytes.readUInt32BE(at);
  }
  return { format: 'png', width, height, depth, grey };
}

/** JPEG (ITU-T T.81, annex B): the frame header SOFn holds the size; compressed data never contains FF D9. */
function readJpegHeader(bytes: Buffer): ImageHeader {
  let header: ImageHeader | undefined;
  let exif = false;
  let at = 2;
  for (;;) {
    while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at++;
    if (at + 4 > bytes.length) throw incomplete('JPEG header');
    if (bytes[at] !== 0xff) throw new ModelError('imageUnreadable', { reason: 'damaged JPEG header' });
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xda) break;
    // Decoders pass over these without looking for a length: one could hide a frame of another size from us.
    if (marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd9)) {
      throw new ModelError('imageUnreadable', { reason: 'damaged JPEG header' });
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) {
      if (at + 10 > bytes.length) throw incomplete('JPEG header');
      if (header) throw new ModelError('imageUnreadable', { reason: 'JPEG with two frames' });
      header = {
        format: 'jpeg',
        width: bytes.readUInt16BE(at + 7),
        height: bytes.readUInt16BE(at + 5),
        depth: 8,
        grey: bytes[at + 9] === 1,
        plain: marker === 0xc0 && bytes[at + 4] === 8 && (bytes[at + 9] === 1 || bytes[at + 9] === 3),
      };
    }
    exif ||= marker === 0xe1 && bytes.toString('latin1', at + 4, at + 8) === 'Exif';
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  if (header === undefined) throw new ModelError('imageUnreadable', { reason: 'JPEG without a frame' });
  if (bytes.lastIndexOf('\xff\xd9', bytes.length, 'latin1') <= at)
    throw incomplete('JPEG without its end marker');
  return exif ? { ...header, plain: false } : header;
}

/** WebP (RFC 9649): a RIFF container whose first chunk is VP8 (lossy), VP8L (lossless) or VP8X (extended). */
function readWebpHeader(bytes: Buffer): ImageHeader {
  if (bytes.length < 30) throw incomplete('WebP header');
  if (bytes.readUInt32LE(4) + 8 > bytes.length) throw incomplete('WebP shorter than it says');
  const kind = bytes.toString('latin1', 12, 16);
  const size = webpSizes[kind]?.(bytes);
  if (size === undefined) throw new ModelError('imageUnreadable', { reason: 'unknown kind of WebP' });
  return { format: 'webp', ...size, depth: 8, grey: false };
}

const webpSizes: Readonly<Record<string, (bytes: Buffer) => { width: number; height: number }>> = {
  'VP8 ': lossySize,
  VP8L: losslessSize,
  VP8X: extendedSize,
};

function lossySize(bytes: Buffer) {
  return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
}

function losslessSize(bytes: Buffer) {
  const bits = bytes.readUInt32LE(21);
  return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
}

function extendedSize(bytes: Buffer) {
  return { width: 1 + bytes.readUIntLE(24, 3), height: 1 + bytes.readUIntLE(27, 3) };
}

function incomplete(reason: string): ModelError {
  return new ModelError('imageIncomplete', { reason });
}
