/** Writes Windows bitmaps for the tests: header, palette and rows, bottom row first. */
export interface BmpParts {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly compression?: number;
  /** R G B per entry. */
  readonly palette?: readonly (readonly [number, number, number])[];
  /** Bytes of R, G and B masks. */
  readonly masks?: readonly [number, number, number];
  /** Pixel data exactly as in the file. */
  readonly pixels: Uint8Array;
  readonly topDown?: boolean;
}

export function bmpFile(parts: BmpParts): Buffer {
  const { width, height, bits, compression = 0, palette = [], masks, pixels, topDown = false } = parts;
  const offset = 54 + (masks ? 12 : 0) + palette.length * 4;
  const file = Buffer.alloc(offset + pixels.length);
  file.write('BM', 0, 'latin1');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(offset, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(topDown ? -height : height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(bits, 28);
  file.writeUInt32LE(compression, 30);
  file.writeUInt32LE(pixels.length, 34);
  file.writeUInt32LE(palette.length, 46);
  masks?.forEach((mask, i) => file.writeUInt32LE(mask, 54 + 4 * i));
  palette.forEach(([r, g, b], i) => file.set([b, g, r, 0], offset - 4 * (palette.length - i)));
  file.set(pixels, offset);
  return file;
}

/** Packs rows of numbers of `bits` bits, most significant first, padded to 4 bytes, bottom row first. */
export function packRows(rows: readonly (readonly number[])[], bits: number): Uint8Array {
  const packed = rows.toReversed().flatMap((row) => {
    const text = row.map((value) => value.toString(2).padStart(bits, '0')).join('');
    const bytes = (text.match(/.{1,8}/g) ?? []).map((byte) => parseInt(byte.padEnd(8, '0'), 2));
    while (bytes.length % 4 !== 0) bytes.push(0);
    return bytes;
  });
  return Uint8Array.from(packed);
}
