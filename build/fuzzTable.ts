/** What one target of the fuzzing came to. */
export interface FuzzRow {
  readonly target: string;
  readonly inputs: number;
  readonly refused: number;
  /** Most processor time of the thread for one input, and growth of the process's peak memory over all. */
  readonly worstMs: number;
  readonly worstMb: number;
  readonly seconds: number;
}

/** The rows as text, with a sum. */
export function fuzzTable(rows: readonly FuzzRow[]): string {
  const sum = (of: (row: FuzzRow) => number) => rows.reduce((total, row) => total + of(row), 0);
  const worst = (of: (row: FuzzRow) => number) => Math.max(0, ...rows.map(of));
  const cells = [
    ['target', 'inputs', 'refused', 'worst ms', 'worst MB', 'seconds'],
    ...rows.map((row) => [row.target, row.inputs, row.refused, row.worstMs, row.worstMb, row.seconds]),
    [
      ...['all', sum(({ inputs }) => inputs), sum(({ refused }) => refused)],
      ...[worst(({ worstMs }) => worstMs), worst(({ worstMb }) => worstMb)],
      Math.round(sum(({ seconds }) => seconds)),
    ],
  ].map((row) => row.map(String));
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells
    .map((row) =>
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '),
    )
    .join('\n');
}
