import { ModelError } from '../errors.ts';

/** Bytes of one value of each TIFF data type. */
const typeBytes: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
};

const tags = {
  width: 256,
  height: 257,
  bitsPerSample: 258,
  photometric: 262,
  stripOffsets: 273,
  samplesPerPixel: 277,
  stripBytes: 279,
  tileOffsets: 324,
  tileBytes: 325,
  sampleFormat: 339,
} as const;

/** CMYK with transparency. The header's size says nothing of how much more would be decoded. */
const mostSamples = 5;

/**
 * Reads the first picture's directory of a TIFF file (Adobe TIFF 6.0, section 2) and checks that every
 * strip or tile it lists lies within the file.
 * @throws ModelError `imageIncomplete` when it does not, `imageUnreadable` for samples that are not unsigned
 *   integers of up to 16 bit, or more of them a pixel than a picture has
 */
export function readTiffHeader(bytes: Buffer): {
  width: number;
  height: number;
  depth: 8 | 16;
  grey: boolean;
} {
  const directory = readDirectory(bytes);
  const first = (tag: number) => directory.get(tag)?.[0];
  const width = first(tags.width);
  const height = first(tags.height);
  if (width === undefined || height === undefined) {
    throw new ModelError('imageUnreadable', { reason: 'TIFF without a size' });
  }
  const bits = first(tags.bitsPerSample) ?? 1;
  if (bits > 16 || (first(tags.sampleFormat) ?? 1) !== 1) {
    throw new ModelError('imageUnreadable', {
      reason: `TIFF with ${bits}-bit samples of an unsupported kind`,
    });
  }
  const samples = first(tags.samplesPerPixel) ?? 1;
  if (samples > mostSamples) {
    throw new ModelError('imageUnreadable', { reason: `TIFF with ${samples} samples a pixel` });
  }
  const offsets = directory.get(tags.stripOffsets) ?? directory.get(tags.tileOffsets) ?? [];
  const lengths = directory.get(tags.stripBytes) ?? directory.get(tags.tileBytes) ?? [];
  offsets.forEach((offset, index) => {
    if (offset + (lengths[index] ?? 0) > bytes.length) {
      throw new ModelError('imageIncomplete', { reason: 'TIFF data beyond the end of the file' });
    }
  });
  const photometric = first(tags.photometric) ?? 1;
  return { width, height, depth: bits > 8 ? 16 : 8, grey: photometric <= 1 };
}

function readDirectory(bytes: Buffer): Map<number, number[]> {
  const little = bytes[0] === 0x49;
  const read = (at: number, size: number): number => {
    if (at + size > bytes.length) throw new ModelError('imageIncomplete', { reason: 'TIFF directory' });
    return little ? bytes.readUIntLE(at, size) : bytes.readUIntBE(at, size);
  };
  const wanted = new Set<number>(Object.values(tags));
  const directory = new Map<number, number[]>();
  const start = read(4, 4);
  const entries = read(start, 2);
  for (let entry = 0; entry < entries; entry++) {
    const at = start + 2 + entry * 12;
    const tag = read(at, 2);
    const size = typeBytes[read(at + 2, 2)];
    if (size === undefined) continue;
    const count = read(at + 4, 4);
    const values = count * size <= 4 ? at + 8 : read(at + 8, 4);
    if (values + count * size > bytes.length)
      throw new ModelError('imageIncomplete', { reason: 'TIFF directory' });
    // The first counts, as for libtiff; each of 65,535 entries could list all the file holds.
    if (!wanted.has(tag) || size > 4 || directory.has(tag)) continue;
    directory.set(
      tag,
      Array.from({ length: count }, (_, index) => read(values + index * size, size)),
    );
  }
  return directory;
}
