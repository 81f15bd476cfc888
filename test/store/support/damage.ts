import { closeSync, openSync, readSync, statSync, truncateSync, writeSync } from 'node:fs';

/** Overwrites `length` bytes of a file from `offset` with rubbish. */
export function scribble(path: string, offset: number, length: number): void {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(length, 'rubbish '), 0, length, offset);
  closeSync(file);
}

/** Cuts a file to half its length. */
export function halve(path: string): void {
  truncateSync(path, Math.floor(statSync(path).size / 2));
}

export const pageBytes = 4096;

/** First byte of a page that holds rows of a table (SQLite file format, section 1.6). */
const tableLeaf = 0x0d;

/** Numbers (from 1) of the pages of a database file that hold rows of a table with `text` in them. */
export function pagesWith(path: string, text: string): number[] {
  const file = openSync(path, 'r');
  const page = Buffer.alloc(pageBytes);
  const found: number[] = [];
  for (let number = 1; readSync(file, page, 0, pageBytes, (number - 1) * pageBytes) > 0; number++) {
    if (page[0] === tableLeaf && page.includes(text)) found.push(number);
  }
  closeSync(file);
  return found;
}
