export type Cell = string | number | null;

/** Tells spreadsheet programs that the text is UTF-8. */
export const byteOrderMark = '\uFEFF';

/** One line of RFC 4180: CRLF, quotes doubled. */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

/**
 * One cell. Text that a spreadsheet would run as a formula gets an apostrophe in front, full-width signs included, which a
 * Japanese Excel takes for the same ones; so does what would begin a cell for a spreadsheet that takes semicolons, tabs or
 * line ends within a cell for the end of one.
 */
export function csvCell(value: Cell): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = value.replaceAll(/^(?=[\t\r\n])|(?<=^|[;\t\r\n])(?=[=+\-@＝＋－＠])/g, "'");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
