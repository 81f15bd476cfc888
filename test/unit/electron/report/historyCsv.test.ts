import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvCell } from '../../../../electron/report/csv.ts';

/** What a reader that follows RFC 4180 makes of one line of cells. */
function parse(line: string): string[] {
  const cells: string[] = [];
  for (let rest = `,${line}`; rest !== '';) {
    const cell = /^,(?:"((?:[^"]|"")*)"|([^",\r\n]*))/.exec(rest);
    if (!cell) throw new Error(`not CSV: ${rest}`);
    cells.push(cell[1]?.replaceAll('""', '"') ?? cell[2] ?? '');
    rest = rest.slice(cell[0].length);
  }
  return cells;
}

describe('a cell', () => {
  test('that no spreadsheet takes for a formula comes back as it was', () => {
    const text = fc
      .string({ unit: 'binary' })
      .filter((value) => !/(^|[;\t\r\n])[=+\-@＝＋－＠]|^[\t\r\n]/.test(value));
    fc.assert(
      fc.property(fc.array(text, { minLength: 1 }), (cells) => {
        expect(parse(cells.map(csvCell).join(','))).toEqual(cells);
      }),
    );
  });

  test.each(['=1+1', '+1', '-1', '@SUM(A1)', '＝1', '\t1', '\r1'])('%j is never a formula', (text) => {
    expect(parse(csvCell(text))).toEqual([`'${text}`]);
  });

  test.each([
    ['\t=1', "'\t'=1"],
    ['\r=1', "'\r'=1"],
    ['a;=1', "a;'=1"],
    ['a\n@b', "a\n'@b"],
  ])('%j is none either where a spreadsheet begins a cell within it', (text, safe) => {
    expect(parse(csvCell(text))).toEqual([safe]);
  });

  test('is a plain number where it is a number, and empty where there is nothing', () => {
    expect([csvCell(-1.5), csvCell(0), csvCell(null)]).toEqual(['-1.5', '0', '']);
  });
});
