/** A record of a file. */
export interface CsvLine {
  /** Where it begins in the file, from 1. */
  readonly line: number;
  readonly fields: string[];
}

/** The rows of comma-separated text, as {@link csvLines} finds them. */
export function parseCsv(text: string): string[][] {
  return [...csvLines(text, ',')].flatMap((row) => (row === null ? [] : [row.fields]));
}

/** Pieces of text between two pauses; together they take a few milliseconds. */
const piecesBetweenPauses = 20_000;

/**
 * Splits separated text into rows of fields (RFC 4180): quoted fields may hold separators, line ends and doubled
 * quotes. A byte order mark and empty lines are skipped.
 * @param separator one character
 * @param check told how many complete fields the row has so far, and how long the next one is: it throws where that is
 *   too much
 * @returns the rows, and null now and then, also within a row that has no end: whoever shares the thread with others
 *   gives them a turn there
 */
export function* csvLines(
  text: string,
  separator: string,
  check: (fields: number, length: number) => void = () => undefined,
): Generator<CsvLine | null> {
  const special = new RegExp(`["\\r\\n${separator}]`, 'g');
  let row: string[] = [];
  let field = '';
  let quoted = false;
  let line = 1;
  let begun = 1;
  let pieces = 0;
  let at = text.startsWith('\uFEFF') ? 1 : 0;

  while (at < text.length) {
    const end = nextSpecial(text, at, quoted, special);
    const piece = text.slice(at, end);
    field += piece;
    check(row.length, field.length);
    if (quoted) line += newlinesIn(piece);
    const char = text[end];
    at = end + 1;
    if (char === '"') {
      const isDoubled = quoted && text[at] === '"';
      if (isDoubled) at += 1;
      if (isDoubled || (!quoted && field !== '')) field += '"';
      else quoted = !quoted;
    } else if (char === separator || char === '\n') {
      row.push(field);
      field = '';
      if (char === '\n') {
        line += 1;
        if (row.some((value) => value !== '')) yield { line: begun, fields: row };
        row = [];
        begun = line;
      }
    }
    if (++pieces % piecesBetweenPauses === 0) yield null;
  }
  row.push(field);
  if (row.some((value) => value !== '')) yield { line: begun, fields: row };
}

/** Within quotes only a quote ends a piece. */
function nextSpecial(text: string, at: number, quoted: boolean, special: RegExp): number {
  if (quoted) {
    const end = text.indexOf('"', at);
    return end < 0 ? text.length : end;
  }
  special.lastIndex = at;
  return special.exec(text)?.index ?? text.length;
}

function newlinesIn(text: string): number {
  return text.split('\n').length - 1;
}
