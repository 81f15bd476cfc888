import type { EngineProgress } from '../contract/engine.ts';
import type { Terminal } from './command.ts';

/** The part of a stream that is written to. */
export interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const barWidth = 30;

export interface TerminalOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly stdout: Output;
  readonly stderr: Output;
}

/** `close` wipes the progress bar away. */
export function openTerminal(options: TerminalOptions): Terminal & { close(): void } {
  const { json, quiet, stdout, stderr } = options;
  const showsBar = !quiet && stderr.isTTY === true;
  let barShown = false;

  const wipe = () => {
    if (barShown) stderr.write('\r\u001b[K');
    barShown = false;
  };

  return {
    result: (record, lines) => {
      wipe();
      const text = json ? [JSON.stringify(record)] : lines;
      for (const line of text) stdout.write(`${line}\n`);
    },
    note: (line) => {
      wipe();
      if (!quiet) stderr.write(`${line}\n`);
    },
    progress: (progress) => {
      if (!showsBar) return;
      stderr.write(`\r\u001b[K${barFor(progress)}`);
      barShown = true;
    },
    close: wipe,
  };
}

/** E.g. `features [#######.......]  50 %  20/40`. */
export function barFor({ stage, done, total }: EngineProgress): string {
  const share = total > 0 ? Math.min(1, done / total) : 0;
  const filled = Math.round(share * barWidth);
  const bar = '#'.repeat(filled) + '.'.repeat(barWidth - filled);
  return `${stage.padEnd(10)} [${bar}] ${Math.floor(share * 100)
    .toString()
    .padStart(3)} %  ${done}/${total}`;
}

/** Columns padded to their widest cell. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)));
  }
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
