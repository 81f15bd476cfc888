import type { EngineProgress } from '../contract/engine.ts';
import type { Clock } from '../platform/clock.ts';

/** Wrong usage: exit code 2, the reason and a pointer to the help. */
export class UsageError extends Error {}

export interface Flag {
  readonly type: 'string' | 'boolean';
  readonly help: string;
  /** What stands for the value in the help, e.g. `FILE`. */
  readonly value?: string;
  readonly multiple?: boolean;
  readonly required?: boolean;
}
export type Flags = Readonly<Record<string, Flag>>;

/** What a command was given, as text. */
export interface Given {
  readonly positionals: readonly string[];
  /** The last value of a flag, or `undefined`. */
  text(flag: string): string | undefined;
  /** Every value of a flag that may be repeated. */
  texts(flag: string): readonly string[];
  has(flag: string): boolean;
  /** @throws {UsageError} when it is not a whole number within the bounds. */
  integer(flag: string, fallback: number, min: number, max: number): number;
  /** @throws {UsageError} when it is not a number. */
  number(flag: string): number | undefined;
}

/** Where a command tells what it does. */
export interface Terminal {
  /** With `--json` one line of JSON, else the lines for people. Standard output. */
  result(record: Readonly<Record<string, unknown>>, lines: readonly string[]): void;
  /** Standard error, silenced by `--quiet`. */
  note(line: string): void;
  /** A bar on standard error, where that is a terminal. */
  progress(progress: EngineProgress): void;
}

export interface Context {
  readonly terminal: Terminal;
  readonly clock: Clock;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Without `kenro` and the name. */
  readonly usage: string;
  readonly flags: Flags;
  /** Further lines of the help. */
  readonly details?: readonly string[];
  /** @throws {UsageError | KenroError} */
  run(given: Given, context: Context): Promise<void>;
}
