import { createHash } from 'node:crypto';

/**
 * The identity of a part: 32 hex digits, kept as 16 bytes. Source id (4 bytes, big-endian), how the part is
 * named (1), and its number or a hash of its name (11). Source and number stand in front so that neighbours
 * on the line are neighbours in the index, which keeps inserting fast.
 */
export type PartKey = string;

const numbered = 0;
const named = 1;

/** Key of the `number`-th part (integer ≥ 0) of a source that counts: demo line, camera. */
export function numberedPartKey(sourceId: number, number: number): PartKey {
  const key = start(sourceId, numbered);
  key.writeBigUInt64BE(BigInt(number), 8);
  return key.toString('hex');
}

/** Key of a part known by name, e.g. a file by its path, size and time of change. 88 bits of SHA-256. */
export function namedPartKey(sourceId: number, ...name: ReadonlyArray<string | number>): PartKey {
  const key = start(sourceId, named);
  createHash('sha256').update(JSON.stringify(name)).digest().copy(key, 5, 0, 11);
  return key.toString('hex');
}

/** The 16 bytes of a key. Throws for anything but 32 hex digits. */
export function partKeyBytes(key: PartKey): Buffer {
  const bytes = Buffer.from(key, 'hex');
  if (bytes.length !== 16 || key.length !== 32) throw new Error(`Not a part key: ${key}`);
  return bytes;
}

/** The number in the bytes of a numbered key, or `null`. */
export function partNumber(bytes: Buffer): number | null {
  return bytes[4] === numbered ? Number(bytes.readBigUInt64BE(8)) : null;
}

/** First and last possible numbered key of a source, as bytes. */
export function numberedRange(sourceId: number): [Buffer, Buffer] {
  const last = start(sourceId, numbered);
  last.fill(0xff, 5);
  return [start(sourceId, numbered), last];
}

function start(sourceId: number, kind: number): Buffer {
  const key = Buffer.alloc(16);
  key.writeUInt32BE(sourceId, 0);
  key[4] = kind;
  return key;
}
