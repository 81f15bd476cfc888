/** A record of a file. */
export interface CsvLine {
  /** Where it begins in the file, from 1. */
  readonly line: number;
  readonly fields: string[];
}

/** The rows of comma-separated text, as {@link parseCsvLines} finds them. */
export function parseCsv(text: string): string[][] {
  return parseCsvLines(text, ',').map(({ fields }) => fields);
}

/**
 * Splits separated text into rows of fields (RFC 4180): quoted fields may hold separators, line ends and doubled
 * quotes. A byte order mark and empty lines are skipped.
 * @param separator one character
 */
export function parseCsvLines(text: string, separator: string): CsvLine[] {
  const rows: CsvLine[] = [];
  let row: string[] = [];
  let field = '';
  let quoted = false;
  let line = 1;
  let begun = 1;

  const endRow = () => {
    row.push(field);
    if (row.some((value) => value !== '')) rows.push({ line: begun, fields: row });
    row = [];
    field = '';
    begun = line;
  };

  for (let at = text.startsWith('\uFEFF') ? 1 : 0; at < text.length; at++) {
    const char = text[at];
    if (char === '\n') line += 1;
    if (quoted && char === '"' && text[at + 1] === '"') {
      field += '"';
      at += 1;
    } else if (char === '"' && (quoted || field === '')) {
      quoted = !quoted;
    } else if (!quoted && char === separator) {
      row.push(field);
      field = '';
    } else if (!quoted && char === '\n') {
      endRow();
    } else if (quoted || char !== '\r') {
      field += char;
    }
  }
  endRow();
  return rows;
}
