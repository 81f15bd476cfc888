import { KenroError } from '../contract/errors.ts';
import type { textEncodings } from '../contract/review.ts';

export type TextEncoding = (typeof textEncodings)[number];

/** What a byte order mark says of the bytes behind it. */
const marks: readonly (readonly [readonly number[], TextEncoding])[] = [
  [[0xef, 0xbb, 0xbf], 'utf-8'],
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
];

/**
 * Text of a file whose encoding nobody states: by its byte order mark, else UTF-8 where the bytes are that throughout,
 * else Shift_JIS, as Excel on a Japanese Windows writes CSV (by the WHATWG Encoding standard: with the extensions of
 * Windows code page 932).
 * @throws {KenroError} `encodingUnknown` naming the file
 */
export function decodeText(bytes: Uint8Array, path: string): { text: string; encoding: TextEncoding } {
  const marked = marks.find(([mark]) => mark.every((byte, i) => bytes[i] === byte))?.[1];
  for (const encoding of marked === undefined ? (['utf-8', 'shift_jis'] as const) : [marked]) {
    const text = decodeAs(bytes, encoding);
    // Text has no NUL; a picture or a spreadsheet has.
    if (text !== null && !text.includes('\0')) return { text, encoding };
  }
  throw new KenroError('encodingUnknown', { path });
}

function decodeAs(bytes: Uint8Array, encoding: TextEncoding): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
