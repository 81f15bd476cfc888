import sharp from 'sharp';
import type { Picture } from './picture.ts';

export interface JpegOptions {
  /** The longer side is shrunk to this many pixels; never enlarged. */
  readonly maxSide?: number;
  /** 1..100. */
  readonly quality?: number;
}

/** Encodes a picture as JPEG, 8 bit whatever its depth; grey stays one channel. */
export async function encodeJpeg(picture: Picture, options: JpegOptions = {}): Promise<Buffer> {
  const { maxSide, quality = 90 } = options;
  const image = open(picture).toColourspace(picture.channels === 1 ? 'b-w' : 'srgb');
  const small =
    maxSide === undefined
      ? image
      : image.resize({ width: maxSide, height: maxSide, fit: 'inside', withoutEnlargement: true });
  return small.jpeg({ quality }).toBuffer();
}

/** Encodes a picture as PNG without loss, at its own depth; compression is the fastest. */
export async function encodePng(picture: Picture): Promise<Buffer> {
  const deep = picture.depth === 16;
  const space = picture.channels === 1 ? (deep ? 'grey16' : 'b-w') : deep ? 'rgb16' : 'srgb';
  return open(picture).toColourspace(space).png({ compressionLevel: 1 }).toBuffer();
}

/** Encodes a mask (one byte a pixel, 255 = marked) as a grey PNG. */
export async function encodeMask(mask: Uint8Array, width: number, height: number): Promise<Buffer> {
  return encodePng({ width, height, channels: 1, depth: 8, data: mask });
}

function open(picture: Picture) {
  const { width, height, channels, data } = picture;
  return sharp(data, { raw: { width, height, channels } });
}
