import { readFile, stat } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { KenroError } from '../contract/errors.ts';
import { asFolderError } from '../platform/imageFiles.ts';
import { csvLines, type CsvLine } from './csv.ts';
import { decodeText, type TextEncoding } from './decodeText.ts';

/** A table comes from anywhere, and is read where the line is run: these bound what it can take of either. */
const mostBytes = 32_000_000;
const mostColumns = 1_000;
const mostFields = 6_000_000;
const mostFieldLength = 65_536;

export interface TableFile {
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly encoding: TextEncoding;
}

/**
 * A text file that holds a table.
 * @throws {KenroError} `folderMissing`, `folderForbidden`; `notFound` for what is no file, e.g. a pipe; `tableTooLarge`;
 *   `encodingUnknown`
 */
export async function readTableFile(path: string): Promise<TableFile> {
  const found = await stat(path).catch((thrown: unknown) => {
    throw asFolderError(thrown, path);
  });
  // Reading a pipe would keep one of the few threads that read files, for ever.
  if (!found.isFile()) throw new KenroError('notFound', { what: 'file', path });
  if (found.size > mostBytes) throw tooLarge(path);
  const bytes = await readFile(path).catch((thrown: unknown) => {
    throw asFolderError(thrown, path);
  });
  return { bytes, ...decodeText(bytes, path) };
}

/**
 * The rows of a table, others having their turns meanwhile.
 * @param path names the file in errors
 * @throws {KenroError} `tableTooLarge`: more than `mostRows`, or rows or fields of an absurd size
 */
export async function readRows(
  { text }: TableFile,
  separator: string,
  path: string,
  mostRows: number,
): Promise<CsvLine[]> {
  const rows: CsvLine[] = [];
  let fields = 0;
  const check = (ofRow: number, length: number) => {
    if (ofRow >= mostColumns || fields + ofRow > mostFields || length > mostFieldLength) throw tooLarge(path);
  };
  for (const row of csvLines(text, separator, check)) {
    if (row === null) {
      await setImmediate();
      continue;
    }
    fields += row.fields.length;
    if (rows.push(row) > mostRows) throw tooLarge(path);
  }
  return rows;
}

function tooLarge(path: string): KenroError {
  return new KenroError('tableTooLarge', { path, megabytes: mostBytes / 1e6 });
}
