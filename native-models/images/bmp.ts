import { ModelError } from '../errors.ts';
import type { Picture } from './picture.ts';

const compressions = { none: 0, rle8: 1, rle4: 2, bitfields: 3, alphaBitfields: 6 } as const;

interface BmpHeader {
  readonly width: number;
  readonly height: number;
  readonly bottomUp: boolean;
  readonly bits: number;
  readonly compression: number;
  /** Byte offset of the first pixel row. */
  readonly pixels: number;
  /** R G B of each palette entry; empty above 8 bit. */
  readonly palette: Uint8Array;
  /** Bits of a 16- or 32-bit pixel that hold R, G and B. */
  readonly masks: readonly [number, number, number];
  readonly grey: boolean;
}

/**
 * Reads the header of a Windows bitmap (BITMAPFILEHEADER and BITMAPCOREHEADER … BITMAPV5HEADER).
 * @throws ModelError `imageUnreadable` for other kinds, `imageIncomplete` when the file is shorter than its rows
 */
export function readBmpHeader(bytes: Buffer): BmpHeader {
  if (bytes.length < 30) throw new ModelError('imageIncomplete', { reason: 'BMP header' });
  const headerBytes = bytes.readUInt32LE(14);
  const core = headerBytes === 12;
  if (!core && (headerBytes < 40 || headerBytes > 124)) {
    throw new ModelError('imageUnreadable', { reason: 'not a Windows bitmap' });
  }
  if (bytes.length < 14 + headerBytes) throw new ModelError('imageIncomplete', { reason: 'BMP header' });
  const signedHeight = core ? bytes.readUInt16LE(20) : bytes.readInt32LE(22);
  const width = core ? bytes.readUInt16LE(18) : bytes.readInt32LE(18);
  const height = Math.abs(signedHeight);
  const bits = bytes.readUInt16LE(core ? 24 : 28);
  const compression = core ? compressions.none : bytes.readUInt32LE(30);
  if (width <= 0 || height === 0) throw new ModelError('imageUnreadable', { reason: 'BMP without a size' });
  if (!isKnown(bits, compression)) {
    throw new ModelError('imageUnreadable', { reason: `BMP of ${bits} bit, compression ${compression}` });
  }
  const pixels = bytes.readUInt32LE(10);
  const masks = readMasks(bytes, bits, compression);
  const palette = bits > 8 ? new Uint8Array(0) : readPalette(bytes, headerBytes, bits, pixels);
  const packed = compression === compressions.rle8 || compression === compressions.rle4;
  const wanted = packed ? bytes.readUInt32LE(34) : rowBytes(width, bits) * height;
  // Checked only below a size that could be held at all, so that a forged size is refused as too large.
  if (pixels + wanted > bytes.length && width * height < 2 ** 31) {
    throw new ModelError('imageIncomplete', { reason: 'BMP shorter than its rows' });
  }
  const grey = bits <= 8 && isGrey(palette);
  return { width, height, bottomUp: signedHeight > 0, bits, compression, pixels, palette, masks, grey };
}

/** Decodes a Windows bitmap; a palette of greys gives one channel. A fourth byte of a pixel is ignored. */
export function decodeBmp(bytes: Buffer): Picture {
  const header = readBmpHeader(bytes);
  const { width, height, grey } = header;
  const channels = grey ? 1 : 3;
  const data = new Uint8Array(width * height * channels);
  if (header.bits <= 8) {
    const packed = header.compression !== compressions.none;
    const indices = packed ? unpackRuns(bytes, header) : unpackIndices(bytes, header);
    for (let i = 0; i < indices.length; i++) {
      const entry = (indices[i] ?? 0) * 3;
      for (let c = 0; c < channels; c++) data[i * channels + c] = header.palette[entry + c] ?? 0;
    }
  } else {
    unpackColours(bytes, header, data);
  }
  return { width, height, channels, depth: 8, data };
}

function isKnown(bits: number, compression: number): boolean {
  if (compression === compressions.none) return [1, 4, 8, 16, 24, 32].includes(bits);
  if (compression === compressions.rle8) return bits === 8;
  if (compression === compressions.rle4) return bits === 4;
  const masked = compression === compressions.bitfields || compression === compressions.alphaBitfields;
  return masked && (bits === 16 || bits === 32);
}

/** Rows are padded to whole 32-bit words. */
function rowBytes(width: number, bits: number): number {
  return Math.ceil((width * bits) / 32) * 4;
}

function readMasks(bytes: Buffer, bits: number, compression: number): [number, number, number] {
  if (compression >= compressions.bitfields) {
    if (bytes.length < 66) throw new ModelError('imageIncomplete', { reason: 'BMP header' });
    return [bytes.readUInt32LE(54), bytes.readUInt32LE(58), bytes.readUInt32LE(62)];
  }
  return bits === 16 ? [0x7c00, 0x03e0, 0x001f] : [0xff0000, 0x00ff00, 0x0000ff];
}

function readPalette(bytes: Buffer, headerBytes: number, bits: number, pixels: number): Uint8Array {
  const entryBytes = headerBytes === 12 ? 3 : 4;
  const start = 14 + headerBytes;
  const used = headerBytes === 12 ? 0 : bytes.readUInt32LE(46);
  const room = Math.floor((Math.min(pixels, bytes.length) - start) / entryBytes);
  const entries = Math.max(0, Math.min(used === 0 ? 2 ** bits : used, 2 ** bits, room));
  const palette = new Uint8Array(entries * 3);
  for (let entry = 0; entry < entries; entry++) {
    const at = start + entry * entryBytes;
    for (let c = 0; c < 3; c++) palette[entry * 3 + c] = bytes[at + 2 - c] ?? 0;
  }
  return palette;
}

function isGrey(palette: Uint8Array): boolean {
  for (let at = 0; at < palette.length; at += 3) {
    if (palette[at] !== palette[at + 1] || palette[at] !== palette[at + 2]) return false;
  }
  return true;
}

function unpackIndices(bytes: Buffer, header: BmpHeader): Uint8Array {
  const { width, height, bits, bottomUp, pixels } = header;
  const stride = rowBytes(width, bits);
  const perByte = 8 / bits;
  const mask = 2 ** bits - 1;
  const indices = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = pixels + (bottomUp ? height - 1 - y : y) * stride;
    for (let x = 0; x < width; x++) {
      const byte = bytes[row + Math.floor(x / perByte)] ?? 0;
      indices[y * width + x] = (byte >> (8 - bits * ((x % perByte) + 1))) & mask;
    }
  }
  return indices;
}

/** Run-length encoding of 8- and 4-bit bitmaps: (count, value) pairs, and escapes that start with 0. */
function unpackRuns(bytes: Buffer, header: BmpHeader): Uint8Array {
  const { width, height, bits, pixels } = header;
  const indices = new Uint8Array(width * height);
  let x = 0;
  let y = 0;
  const put = (index: number) => {
    const row = header.bottomUp ? height - 1 - y : y;
    if (x < width && y < height) indices[row * width + x] = index;
    x++;
  };
  /** The `position`-th index of packed data at `at`; in a run of 4-bit pairs `at` holds the same two throughout. */
  const indexAt = (at: number, position: number) => {
    if (bits === 8) return bytes[at + position] ?? 0;
    const byte = bytes[at + (position >> 1)] ?? 0;
    return position % 2 === 0 ? byte >> 4 : byte & 15;
  };
  let at = pixels;
  while (y < height) {
    if (at + 2 > bytes.length) throw new ModelError('imageIncomplete', { reason: 'BMP runs without an end' });
    const count = bytes[at] ?? 0;
    const value = bytes[at + 1] ?? 0;
    at += 2;
    if (count > 0) {
      for (let i = 0; i < count; i++) put(bits === 8 ? value : indexAt(at - 1, i % 2));
    } else if (value === 0) {
      x = 0;
      y++;
    } else if (value === 1) {
      // The last row need not say that it ends; a picture of which rows are missing is none.
      if (y < height - 1) throw new ModelError('imageIncomplete', { reason: 'BMP runs end early' });
      break;
    } else if (value === 2) {
      x += bytes[at] ?? 0;
      y += bytes[at + 1] ?? 0;
      at += 2;
    } else {
      for (let i = 0; i < value; i++) put(indexAt(at, i));
      at += Math.ceil((value * bits) / 16) * 2;
    }
  }
  return indices;
}

function unpackColours(bytes: Buffer, header: BmpHeader, data: Uint8Array): void {
  const { width, height, bits, bottomUp, pixels, masks } = header;
  const stride = rowBytes(width, bits);
  const bytesPerPixel = bits / 8;
  const fields = masks.map((mask) => {
    const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
    return { shift, top: mask >>> shift || 1, mask };
  });
  const plain = bits === 24 || masks.every((mask, c) => mask === 0xff0000 >> (8 * c));
  let to = 0;
  for (let y = 0; y < height; y++) {
    let from = pixels + (bottomUp ? height - 1 - y : y) * stride;
    for (let x = 0; x < width; x++, from += bytesPerPixel, to += 3) {
      if (plain) {
        data[to] = bytes[from + 2] ?? 0;
        data[to + 1] = bytes[from + 1] ?? 0;
        data[to + 2] = bytes[from] ?? 0;
        continue;
      }
      const pixel = bytes.readUIntLE(from, bytesPerPixel);
      fields.forEach(({ mask, shift, top }, c) => {
        data[to + c] = Math.round((((pixel & mask) >>> shift) * 255) / top);
      });
    }
  }
}
