import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** Why a file is not read. */
export type FileRefusal = 'noRegularFile' | 'tooLarge';

/** A file that must not be read, by what the system says of it. */
export class RefusedFile extends Error {
  readonly refusal: FileRefusal;

  constructor(refusal: FileRefusal, reason: string) {
    super(reason);
    this.refusal = refusal;
  }
}

/**
 * A stretch of a regular file. A pipe would keep the reader waiting for ever and a device would never end, and a name
 * says nothing of either; so they are refused, before a byte is read.
 * @param maxBytes longer stretches are refused before any memory is taken
 * @param stretch from `offset`, `length` bytes or, with null, to the end; without it the whole file
 * @throws RefusedFile; RangeError where the file ends within the stretch; the system's error where the file cannot be
 *   opened
 */
export function readRegularFile(
  path: string,
  maxBytes: number,
  stretch: { readonly offset: number; readonly length: number | null } = { offset: 0, length: null },
): Buffer<ArrayBuffer> {
  // Not there on Windows, which has no pipes among its files either.
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const facts = fstatSync(file);
    if (!facts.isFile()) throw new RefusedFile('noRegularFile', 'no regular file');
    const { offset } = stretch;
    const length = stretch.length ?? facts.size - offset;
    if (length < 0 || offset + length > facts.size) {
      throw new RangeError(`the file ends before byte ${offset + Math.max(length, 0)}`);
    }
    if (length > maxBytes) throw new RefusedFile('tooLarge', `${length} bytes, at most ${maxBytes} are read`);
    return readFully(file, offset, length);
  } finally {
    closeSync(file);
  }
}

function readFully(file: number, offset: number, length: number): Buffer<ArrayBuffer> {
  const bytes = Buffer.from(new ArrayBuffer(length));
  let done = 0;
  while (done < length) {
    const count = readSync(file, bytes, done, length - done, offset + done);
    if (count === 0) throw new RangeError('the file became shorter while it was read');
    done += count;
  }
  return bytes;
}
