import { commonFlags } from './arguments.ts';
import type { Command, Flag, Flags } from './command.ts';

/** What `kenro --help` prints. */
export function overview(commands: readonly Command[], version: string): string[] {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    `kenro ${version}: visual inspection that stays robust on site`,
    '',
    'usage: kenro COMMAND ...',
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    '"kenro COMMAND --help" tells more. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 cancelled.',
  ];
}

/** What `kenro COMMAND --help` prints. */
export function helpFor(command: Command): string[] {
  return [
    `usage: kenro ${command.name} ${command.usage}`,
    '',
    command.summary,
    ...(command.details ? ['', ...command.details] : []),
    '',
    ...flagLines({ ...command.flags, ...commonFlags }),
  ];
}

function flagLines(flags: Flags): string[] {
  const left = ([name, { value }]: [string, Flag]) => `--${name}${value ? ` ${value}` : ''}`;
  const entries = Object.entries(flags);
  const width = Math.max(...entries.map((entry) => left(entry).length));
  return entries.map((entry) => `  ${left(entry).padEnd(width)}  ${entry[1].help}${marks(entry[1])}`);
}

function marks({ required, multiple }: Flag): string {
  return `${required ? ' (required)' : ''}${multiple ? ' (may be repeated)' : ''}`;
}
