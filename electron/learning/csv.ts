/**
 * Splits comma-separated text into rows of fields (RFC 4180): quoted fields may hold commas, line ends and
 * doubled quotes. A byte order mark and empty lines are skipped.
 */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let field = '';
  let quoted = false;

  const endRow = () => {
    row.push(field);
    if (row.some((value) => value !== '')) rows.push(row);
    row = [];
    field = '';
  };

  for (let at = text.startsWith('\uFEFF') ? 1 : 0; at < text.length; at++) {
    const char = text[at];
    if (quoted && char === '"' && text[at + 1] === '"') {
      field += '"';
      at += 1;
    } else if (char === '"' && (quoted || field === '')) {
      quoted = !quoted;
    } else if (!quoted && char === ',') {
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
